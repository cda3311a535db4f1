import Ledger
import Postgres
import Reconciliation
import RunStoreConformance
import Testing

/// What pruning deletes, and what it never does.
@Suite struct PruneTests {
    private static let week = Duration.seconds(7 * 86_400)

    /// A run that ended so many days ago (nil: open), with cases.
    private func run(_ fixture: LedgerFixture, _ kind: RunKind, ended days: Double?, cases: [String] = []) async throws
        -> Int
    {
        let began = (days ?? 30) + 0.01
        return try await fixture.database.run { (session) throws(PostgresError) in
            let id = try session.first(
                """
                insert into mono.reconciliation_runs (kind, started_at, finished_at, exit_code)
                values (\(kind.rawValue), now() - \(began) * interval '1 day', now() - \(days) * interval '1 day', 0)
                returning run_id
                """
            ) { (row) throws(PostgresError) in try row.int(0) }
            try session.execute(
                """
                insert into mono.reconciliation_cases (run_id, account_id, reason, outcome, settled_at)
                select \(id)::bigint, c, 'requested', case when \(days != nil) then 'recovered' end,
                    case when \(days != nil) then now() end
                from unnest(\(cases)) c
                """)
            return id ?? 0
        }
    }

    private func event(_ fixture: LedgerFixture, _ key: String, days: Double) async throws {
        try await fixture.database.execute(
            """
            insert into mono.webhook_events (event_key, event, account_id, payload, received_at, effect)
            values (\(key), 'mono.events.other', 'a', '{}', now() - \(days) * interval '1 day', 'ignored')
            """)
    }

    private func runs(_ fixture: LedgerFixture) async throws -> [String] {
        try await fixture.database.texts("select run_id::text from mono.reconciliation_runs order by run_id")
    }

    private func events(_ fixture: LedgerFixture) async throws -> [String] {
        try await fixture.database.texts("select event_key from mono.webhook_events order by event_key")
    }

    @Test func `closed runs older than a week go with their cases, in whatever batches, and nothing else`() async throws
    {
        let fixture = try await LedgerFixture()
        let old = try await run(fixture, .nightly, ended: 9, cases: ["a", "b", "c", "d", "e"])
        let one = try await run(fixture, .oneOff, ended: 7.1, cases: ["a"])
        let young = try await run(fixture, .oneOff, ended: 6.9, cases: ["a"])
        let newest = try await run(fixture, .nightly, ended: 1, cases: ["a"])
        try await fixture.account("a", debt: 3_600)
        let ledger = try await fixture.worker()
        let rehearsed = try await ledger.admin.prunable(keep: Self.week)
        #expect((rehearsed.runs, rehearsed.cases, rehearsed.events) == (2, 6, 0))
        #expect(try await runs(fixture) == [old, one, young, newest].map(String.init))

        let pruned = try await ledger.admin.prune(keep: Self.week, batch: 2)
        #expect((pruned.runs, pruned.cases, pruned.events) == (2, 6, 0))
        #expect(try await runs(fixture) == [young, newest].map(String.init))
        let cases = try await fixture.database.texts("select run_id::text from mono.reconciliation_cases order by 1")
        #expect(cases == [young, newest].map(String.init))
        #expect(try await fixture.row("a") == "no-data awaiting failures 0")
        let again = try await ledger.admin.prune(keep: Self.week)
        #expect((again.runs, again.cases, again.events) == (0, 0, 0))
    }

    @Test func `an open run stays whatever its age, and the newest closed nightly run`() async throws {
        let fixture = try await LedgerFixture()
        let oldest = try await run(fixture, .nightly, ended: 200, cases: ["a"])
        let newest = try await run(fixture, .nightly, ended: 100, cases: ["a"])
        let open = try await run(fixture, .nightly, ended: nil, cases: ["a"])
        let later = try await run(fixture, .oneOff, ended: 90)
        let pruned = try await (try await fixture.worker()).admin.prune(keep: Self.week)
        #expect(pruned.runs == 2)
        #expect(try await runs(fixture) == [newest, open].map(String.init), "gone: \(oldest), \(later)")
    }

    @Test func `nights are counted from the standing's date, whatever was pruned`() async throws {
        let fixture = try await LedgerFixture()
        try await fixture.account("a", debt: 3_600)
        let first = try await run(fixture, .nightly, ended: 100, cases: ["a"])
        try await fixture.database.execute(
            """
            update mono.accounts set standing_outcome = 'partial', standing_since = now() - interval '4 days',
                standing_run_id = \(first)
            """)
        let ledger = try await fixture.worker()
        let night = try await ledger.openNightly(.test)
        _ = try await ledger.admin.prune(keep: Self.week)
        try await ledger.deferRest(.test, of: night)
        _ = try await ledger.close(night)
        #expect(try await fixture.caseColumn("nights_in_a_row", of: "a") == "5")
    }

    @Test func `old webhooks go, but the newest stays`() async throws {
        let fixture = try await LedgerFixture()
        for (key, days) in [("e1", 30.0), ("e2", 20), ("e3", 10), ("e4", 8)] {
            try await event(fixture, key, days: days)
        }
        let ledger = try await fixture.worker()
        #expect(try await ledger.admin.prune(keep: Self.week, batch: 2).events == 3)
        #expect(try await events(fixture) == ["e4"])
        try await event(fixture, "e5", days: 6)
        #expect(try await ledger.admin.prunable(keep: Self.week).events == 1)
        #expect(try await ledger.admin.prune(keep: Self.week).events == 1)
        #expect(try await events(fixture) == ["e5"])
    }

    @Test func `webhooks since an open run began stay: its cases are settled by them`() async throws {
        let fixture = try await LedgerFixture()
        _ = try await run(fixture, .oneOff, ended: nil, cases: ["a"])
        for (key, days) in [("before", 31.0), ("during", 29), ("newest", 1)] {
            try await event(fixture, key, days: days)
        }
        #expect(try await (try await fixture.worker()).admin.prune(keep: Self.week).events == 1)
        #expect(try await events(fixture) == ["during", "newest"])
    }

    @Test func `two at once delete everything once`() async throws {
        let fixture = try await LedgerFixture()
        for _ in 1...20 { _ = try await run(fixture, .oneOff, ended: 20, cases: ["a", "b"]) }
        for number in 0..<40 { try await event(fixture, "e\(number)", days: 20) }
        try await event(fixture, "newest", days: 1)
        let ledgers = [try await fixture.worker(), try await fixture.worker()]
        async let first = ledgers[0].admin.prune(keep: Self.week, batch: 3)
        async let second = ledgers[1].admin.prune(keep: Self.week, batch: 3)
        let (one, other) = try await (first, second)
        #expect(one.runs + other.runs == 20)
        #expect(one.cases + other.cases == 40)
        #expect(one.events + other.events == 40)
        #expect(try await runs(fixture).isEmpty)
    }
}
