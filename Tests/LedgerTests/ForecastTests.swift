import Postgres
import Reconciliation
import RunStoreConformance
import Testing

@testable import Ledger

/// What is foretold of a night: whom it counts, what the run's row keeps, and what `status` makes of it.
@Suite struct ForecastTests {
    private static let options: RunOptions = {
        var options = RunOptions(
            rules: Rules(api: .realtime, window: .seconds(60), patience: .seconds(60)), baseURL: "https://x.example")
        options.rules.syncLimit = .seconds(120)
        return options
    }()

    /// A worker whose runs are foretold.
    private func worker(_ fixture: LedgerFixture) async throws -> Ledger {
        let plain = try await fixture.worker()
        return Ledger(database: plain.database, worker: plain.worker, rate: 10, machine: MachineTime.test)
    }

    /// Two banks, each kind of account, and some that no night takes up.
    private func accounts(_ fixture: LedgerFixture) async throws {
        for number in 0..<4 { try await fixture.account("new-\(number)", debt: 3_600) }
        try await fixture.account("again", debt: 3_600, tried: 7_200)
        try await fixture.account("had", data: true, debt: 3_600, tried: 7_200)
        for number in 0..<2 { try await fixture.account("flagged-\(number)", data: true, flag: 60) }
        try await fixture.account("bare", flag: 60)
        try await fixture.account("limited", debt: 3_600, tried: 60)
        try await fixture.account("fresh", debt: 10)
        try await fixture.account("fine", data: true)
        try await fixture.account("resting", data: true, flag: 60, tried: 90_000)
        try await fixture.account("rested", debt: 3_600, tried: 90_000)
        try await fixture.database.execute(
            """
            update mono.accounts set standing_outcome = 'reauthorisation_required', standing_since = now(),
                retry_after = now() + case account_id when 'resting' then 1 else -1 end * interval '1 hour'
            where account_id in ('resting', 'rested')
            """)
        try await fixture.database.execute(
            "update mono.accounts set institution = null where account_id in ('new-3', 'flagged-1')")
    }

    private static func group(
        _ bank: String, _ start: NightForecast.Group.Start, hadData: Bool = false, isFlagged: Bool = false,
        isFirstNight: Bool = true
    ) -> NightForecast.Group {
        NightForecast.Group(
            bank: bank, start: start, hadData: hadData, isFlagged: isFlagged, isFirstNight: isFirstNight)
    }

    @Test func `the accounts of a night are counted by what their calls depend on`() async throws {
        let fixture = try await LedgerFixture()
        try await accounts(fixture)
        let groups = try await fixture.database.transaction { (session) throws(PostgresError) in
            try session.dueGroups(Self.options)
        }
        let flagged = Self.group("Bank", .sync, hadData: true, isFlagged: true)
        #expect(
            groups == [
                Self.group("Bank", .inspection): 3, Self.group("", .inspection): 1,
                Self.group("Bank", .inspection, isFirstNight: false): 2,
                Self.group("Bank", .sync, hadData: true, isFirstNight: false): 1,
                flagged: 1, Self.group("", .sync, hadData: true, isFlagged: true): 1,
                Self.group("Bank", .sync, isFlagged: true): 1,
            ])
    }

    @Test(arguments: [nil, 1, 3, 100], [false, true])
    func `a plan foretells what the run's opening does`(limit: Int?, force: Bool) async throws {
        let fixture = try await LedgerFixture()
        try await accounts(fixture)
        var options = Self.options
        (options.limit, options.force) = (limit, force)
        let plan = try await (try await fixture.worker()).reader.forecast(
            options.rules, limit: options.mostAccounts, force: force, accounts: [])
        let planned = Dictionary(plan.items.map { ($0.group, 1) }, uniquingKeysWith: +)
        let opened = try await fixture.database.transaction { [options] (session) throws(PostgresError) in
            try session.dueGroups(options)
        }
        #expect(planned == opened)
        #expect(planned.values.reduce(0, +) == min(limit ?? .max, force ? 11 : 10))
    }

    @Test func `whoever opens a run keeps its forecast with it, and status tells how far off it was`() async throws {
        let fixture = try await LedgerFixture(role: .reconciler)
        try await accounts(fixture)
        let ledger = try await worker(fixture)
        let expected = try #require(await ledger.foretell(.openNightly(Self.options)))
        let run = try await ledger.openNightly(Self.options)
        #expect(run.options == Self.options)
        // A joiner learns the same options, and writes nothing.
        let other = try await worker(fixture)
        #expect(await other.foretell(.openNightly(Self.options)) == nil)
        let joined = try await other.openNightly(Self.options)
        #expect(joined.options == Self.options && !joined.isNew)
        await other.database.close()
        let status = { try await ledger.reader.status(stuckAfter: .seconds(300), runs: 7, zone: .lagos).runs.first }
        let open = try #require(try await status())
        let foretold = LedgerStatus.Foretold(calls: expected.calls, duration: .seconds(expected.seconds.expected))
        #expect(open.foretold == foretold)
        #expect(open.forecastError == nil)
        try await ledger.deferRest(.test, of: run)
        var calls = CallCounts()
        calls.details = expected.calls.expected * 3 / 2
        try await ledger.tally(calls, unspent: 0, of: run)
        _ = try await ledger.close(run)
        let closed = try #require(try await status())
        #expect(closed.foretold == foretold)
        let error = try #require(closed.forecastError)
        #expect((45...50).contains(error))
        await ledger.database.close()
    }

    @Test func `a run of accounts named is not foretold`() async throws {
        let fixture = try await LedgerFixture()
        try await accounts(fixture)
        let ledger = try await worker(fixture)
        _ = try await ledger.openOneOff([AccountID(test: "had")], Self.options)
        let status = try await ledger.reader.status(stuckAfter: .seconds(300), runs: 7, zone: .lagos)
        #expect(status.runs.map(\.kind) == [.oneOff] && status.runs.first?.foretold == nil)
        await ledger.database.close()
    }

    @Test func `a run begins although nothing can be foretold`() async throws {
        let fixture = try await LedgerFixture()
        try await accounts(fixture)
        try await fixture.database.execute("alter table mono.bank_laws rename to bank_laws_gone")
        let ledger = try await worker(fixture)
        let run = try await ledger.openNightly(Self.options)
        #expect(run.isNew)
        #expect(
            try await fixture.database.text("select (options ? 'forecast')::text from mono.reconciliation_runs")
                == "false")
        await ledger.database.close()
    }

    @Test func `a bank in trouble is known, unless that is long ago`() async throws {
        let fixture = try await LedgerFixture()
        try await fixture.database.execute(
            """
            insert into mono.bank_health (bank, failures, failing_since, last_failure_at)
            values ('down', 3, now() - interval '2 days', now() - interval '35 hours'),
                ('shaky', 2, now() - interval '2 days', now()),
                ('long ago', 9, now() - interval '9 days', now() - interval '37 hours')
            """)
        let memory = try await fixture.database.transaction { (session) throws(PostgresError) in
            try session.knownBanks()
        }
        #expect(memory.troubles.map(\.bank) == ["down"])
    }
}
