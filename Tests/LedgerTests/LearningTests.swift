import Ledger
import Postgres
import Reconciliation
import RunStoreConformance
import Testing

/// What only PostgreSQL can do wrong with what is learned.
@Suite struct LearningTests {
    private static let kuda = LookKey(api: .dataSync, kind: .job, institution: "Kuda")
    private static let gtb = LookKey(api: .dataSync, kind: .job, institution: "GTBank")

    private static var options: RunOptions {
        var options = RunOptions.test
        options.rules.patience = .seconds(60)
        return options
    }

    private static func tally(_ from: Int, _ count: Int) -> LookTally {
        var tally = LookTally()
        for _ in 0..<count { tally.add(LookCell(from: from, to: from + 9)) }
        tally.add(LookCell(from: from, to: nil))
        (tally.told, tally.untold, tally.looks, tally.plainLooks) = (1, Double(count - 1), Double(count), 40)
        tally.inspections.add(isHit: true, isFirstNight: false)
        return tally
    }

    private func history(_ fixture: LedgerFixture) async throws -> [LookKey: LookTally] {
        let ledger = try await fixture.worker()
        let run = try await ledger.openNightly(Self.options)
        let history = try await ledger.learn([:], of: run).history
        await ledger.database.close()
        return history
    }

    @Test func `runs that close at once fold all that they have seen, in one order or the other`() async throws {
        for _ in 0..<5 {
            let fixture = try await LedgerFixture()
            try await fixture.account("a")
            let (first, second) = (try await fixture.worker(), try await fixture.worker())
            let night = try await first.openNightly(Self.options)
            let oneOff = try await second.openOneOff([AccountID(test: "a")], Self.options)
            _ = try await first.learn([Self.kuda: Self.tally(30, 5), Self.gtb: Self.tally(20, 4)], of: night)
            _ = try await second.learn([Self.gtb: Self.tally(21, 3), Self.kuda: Self.tally(31, 2)], of: oneOff)
            try await first.deferRest(.test, of: night)
            try await second.deferRest(.test, of: oneOff)
            async let one = first.close(night)
            async let other = second.close(oneOff)
            let codes = try await (one, other)
            #expect(codes.0 != nil && codes.1 != nil)
            let history = try await history(fixture)
            for (key, tallies) in [
                (Self.kuda, [Self.tally(30, 5), Self.tally(31, 2)]),
                (Self.gtb, [Self.tally(20, 4), Self.tally(21, 3)]),
            ] {
                let orders = [tallies, tallies.reversed()].map { $0.reduce(into: LookTally()) { $0.fold(in: $1) } }
                #expect(orders.contains(try #require(history[key])))
            }
            #expect(
                try await fixture.database.text("select string_agg(nights::text, ' ') from mono.bank_laws") == "1 1")
        }
    }

    @Test func `totals that are as they were are not written`() async throws {
        let fixture = try await LedgerFixture()
        let ledger = try await fixture.worker()
        let run = try await ledger.openNightly(Self.options)
        let versions: SQL = "select xmin::text || ' ' || institution from mono.look_tallies order by institution"
        _ = try await ledger.learn([Self.kuda: Self.tally(30, 5), Self.gtb: Self.tally(20, 4)], of: run)
        let before = try await fixture.database.texts(versions)
        _ = try await ledger.learn([Self.kuda: Self.tally(30, 5), Self.gtb: Self.tally(20, 4)], of: run)
        #expect(try await fixture.database.texts(versions) == before)
        #expect(
            try await fixture.database.text("select count(*)::text from mono.look_tallies where xmax <> '0'") == "0")
        _ = try await ledger.learn([Self.kuda: Self.tally(30, 6), Self.gtb: Self.tally(20, 4)], of: run)
        let after = try await fixture.database.texts(versions)
        #expect(after[0] == before[0] && after[1] != before[1])
    }

    @Test func `what a night noted of its banks is read back as it was, and what is learned outlives the night`()
        async throws
    {
        let fixture = try await LedgerFixture()
        let ledger = try await fixture.worker()
        let run = try await ledger.openNightly(Self.options)
        let told = [
            Self.kuda: Self.tally(30, 5), LookKey(api: .dataSync, kind: .job, institution: ""): Self.tally(9, 1),
        ]
        _ = try await ledger.learn(told, of: run)
        _ = try await ledger.close(run)
        let closing = try #require(try await ledger.reader.record(of: run.runID)?.closing)
        let expected = ClosingLooks(of: run, tonight: told, before: [:])
        #expect(closing.laws == expected.laws && closing.callsSaved == expected.callsSaved)
        #expect(closing.laws.map(\.institution) == ["", "Kuda"])
        _ = try await ledger.openNightly(Self.options)
        try await fixture.database.execute(
            """
            update mono.reconciliation_runs set started_at = now() - interval '99 days',
                finished_at = now() - interval '98 days', kind = 'one_off' where run_id = \(run.runID)
            """)
        #expect(try await ledger.admin.prune(keep: .seconds(86_400)).runs == 1)
        #expect(try await fixture.database.text("select count(*)::text from mono.look_tallies") == "0")
        #expect(try await fixture.database.text("select count(*)::text from mono.bank_laws") == "2")
    }

    @Test func `an account's history has its bank's law, by the newest night's window and patience`() async throws {
        let fixture = try await LedgerFixture()
        try await fixture.account("a")
        let ledger = try await fixture.worker()
        let account = AccountID(test: "a")
        let unknown = try #require(try await ledger.reader.history(of: account, limit: 5).law)
        #expect(unknown.institution == "Bank" && unknown.cases == 0 && unknown.kind == .job)
        #expect(unknown.looks.last == 300)
        let run = try await ledger.openNightly(Self.options)
        let key = LookKey(api: .dataSync, kind: .details, institution: "Bank")
        _ = try await ledger.learn([key: Self.tally(30, 5)], of: run)
        try await ledger.deferRest(.test, of: run)
        _ = try await ledger.close(run)
        let law = try #require(try await ledger.reader.history(of: account, limit: 5).law)
        #expect(law.cases == 6 && law.nights == 1 && law.kind == .details && law.looks.last == 60)
        try await fixture.database.execute("update mono.accounts set institution = null")
        #expect(try await ledger.reader.history(of: account, limit: 5).law == nil)
        // A night that follows a schedule does not look by the law.
        try await fixture.database.execute("update mono.accounts set institution = 'Bank'")
        var plain = Self.options
        plain.rules.patience = nil
        _ = try await ledger.openNightly(plain)
        #expect(try await ledger.reader.history(of: account, limit: 5).law == nil)
    }
}
