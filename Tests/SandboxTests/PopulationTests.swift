import Testing
import Text

@testable import MonoSandbox

struct PopulationTests {
    @Test func `equal seeds make equal populations, others do not`() {
        let first = Population(count: 300, seed: 7)
        #expect(first.residents == Population(count: 300, seed: 7).residents)
        #expect(first.sql == Population(count: 300, seed: 7).sql)
        #expect(first.residents != Population(count: 300, seed: 8).residents)
    }

    @Test(arguments: [1, 14, 300, 1000])
    func `there are as many accounts as asked for, each once`(count: Int) {
        let accounts = Population(count: count, seed: 1).accounts
        #expect(accounts.count == count)
        #expect(Set(accounts.map(\.id)).count == count)
        #expect(accounts.allSatisfy { Identifier.isWellFormed($0.id) })
    }

    @Test(arguments: [1, 7, 42] as [UInt64])
    func `a realtime night in a short window meets nine outcomes, and most accounts are no case for an engineer`(
        seed: UInt64
    ) {
        var settings = Settings()
        settings.seed = seed
        settings.sendsWebhooks = true
        let truth = Truth(settings: settings, generation: .realtime, window: 20)
        let outcomes = Population(count: 300, seed: seed).accounts.map { truth.outcome(of: $0) }
        #expect(Set(outcomes.compactMap(\.self)).count >= 9)
        #expect(outcomes.count { $0 == "errored" } <= 12)
        #expect((50...130).contains(outcomes.count { $0 == nil }))
    }

    @Test func `one bank is down and the others are not`() {
        let accounts = Population(count: 300, seed: 7).accounts
        let down = accounts.filter { $0.behaviour == .unavailable }
        #expect(!down.isEmpty)
        #expect(down.allSatisfy { $0.institution == Population.bankDown.name })
        #expect(Set(accounts.map(\.institution)).count == Population.banks.count + 1)
    }

    @Test func `the statement has a row for each account and agrees with it`() throws {
        let population = Population(count: 50, seed: 7)
        let rows = population.sql.split(separator: "\n").filter { $0.hasPrefix("    ('") }
        #expect(rows.count == 50)
        for (row, resident) in zip(rows, population.residents) {
            #expect(row.contains("'\(resident.account.id)'"))
            #expect(row.contains(resident.account.hadData ? "true, 'AVAILABLE'" : "false, null"))
            #expect((resident.flaggedAge != nil) == resident.account.isFlagged)
            #expect((resident.awaitingAge != nil) == resident.account.isAwaiting)
        }
        #expect(population.sql.hasSuffix("on conflict (account_id) do nothing;\n"))
    }
}
