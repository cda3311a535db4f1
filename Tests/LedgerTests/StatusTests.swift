import Postgres
import Reconciliation
import RunStoreConformance
import Testing

@testable import Ledger

/// What `status` reads.
@Suite struct StatusTests {
    private static let stuckAfter = Duration.seconds(300)

    @Test func `an empty database has an empty status`() async throws {
        let fixture = try await LedgerFixture()
        let status = try await (try await fixture.worker()).reader.status(
            stuckAfter: Self.stuckAfter, runs: 7, zone: .lagos)
        #expect(status.runs.isEmpty)
        #expect(status.workers.isEmpty)
        #expect([status.stuck, status.flagged, status.awaiting, status.eventsOfTheDay].allSatisfy { $0.number == 0 })
        #expect(status.oldestStuck == nil)
        #expect(status.lastEvent == nil)
        #expect(status.newestNightlyEnd == nil)
    }

    @Test func `the backlog is stuck, flagged or awaiting, each account once, and unlinked ones not at all`()
        async throws
    {
        let fixture = try await LedgerFixture()
        try await fixture.account("stuck", debt: 301)
        try await fixture.account("stuck-long", debt: 90_000)
        try await fixture.account("awaiting", debt: 290)
        try await fixture.account("flagged", data: true, flag: 1)
        try await fixture.account("both", debt: 400, flag: 80_000)
        try await fixture.account("fine", data: true)
        try await fixture.account("gone", debt: 900_000, flag: 900_000)
        try await fixture.database.execute("update mono.accounts set unlinked_at = now() where account_id = 'gone'")
        let status = try await (try await fixture.worker()).reader.status(
            stuckAfter: Self.stuckAfter, runs: 7, zone: .lagos)
        #expect([status.stuck, status.flagged, status.awaiting].map(\.number) == [2, 2, 1])
        let oldest = try #require(status.oldestStuck)
        #expect((90_000..<90_100).contains(status.now.since(oldest.since).components.seconds))
    }

    @Test func `an open run shows its progress, its calls and who works on it`() async throws {
        let fixture = try await LedgerFixture()
        for id in ["a", "b", "c"] { try await fixture.account(id, debt: 3_600) }
        let scheduler = try await ManualWorker(fixture, options: .test)
        var calls = CallCounts()
        calls.details = 4
        try await scheduler.ledger.tally(calls, unspent: 0, of: scheduler.run)
        try await fixture.database.execute(
            """
            update mono.reconciliation_cases set outcome = 'partial', settled_at = now() where account_id = 'a'
            """)
        let status = try await (try await fixture.worker()).reader.status(
            stuckAfter: Self.stuckAfter, runs: 7, zone: .lagos)
        let run = try #require(status.runs.first)
        #expect(run.finishedAt == nil)
        #expect(run.cases.number == 3)
        #expect(run.outcomes == [.partial: 1])
        #expect(run.calls.details == 4)
        #expect(status.workers.map(\.name) == [scheduler.ledger.worker.name])
        #expect(status.workers.first?.calls == 4)
        try await fixture.kill(scheduler.ledger)
        let after = try await (try await fixture.worker()).reader.status(
            stuckAfter: Self.stuckAfter, runs: 7, zone: .lagos)
        #expect(after.workers.isEmpty)
    }

    @Test func `closed runs come newest first after the open ones, with what their summary kept`() async throws {
        let fixture = try await LedgerFixture()
        try await fixture.database.execute(
            """
            insert into mono.reconciliation_runs (kind, started_at, finished_at, exit_code, calls_job, summary)
            select 'nightly', now() - n * interval '1 day', now() - n * interval '23 hours', n, 7,
                case when n < 3 then '{"outcomes": {"recovered": 200000, "errored": 0, "partial": 2}}'::jsonb end
            from generate_series(9, 1, -1) n
            """)
        try await fixture.database.execute(
            """
            insert into mono.reconciliation_runs (run_id, kind, started_at) overriding system value
            values (-1, 'one_off', now() - interval '100 days')
            """)
        let status = try await (try await fixture.worker()).reader.status(
            stuckAfter: Self.stuckAfter, runs: 4, zone: .lagos)
        #expect(status.runs.map(\.runID) == [-1, 9, 8, 7])
        #expect(status.runs.map(\.exitCode) == [nil, 1, 2, 3])
        #expect(status.runs[1].outcomes == [.recovered: 200_000, .partial: 2])
        #expect(status.runs[1].cases.number == 200_002)
        #expect(!status.runs[1].cases.isCut)
        #expect(status.runs[3].cases.number == 0)
        #expect(status.runs[1].calls.job == 7)
        #expect(status.newestNightlyEnd == status.runs[1].finishedAt)
    }

    @Test func `the newest event and those of a day are told`() async throws {
        let fixture = try await LedgerFixture()
        try await fixture.record("sync_failed", of: "a")
        try await fixture.database.execute(
            """
            insert into mono.webhook_events (event_key, payload, received_at, effect)
            values ('old', '{}', now() - interval '25 hours', 'ignored')
            """)
        let status = try await (try await fixture.worker()).reader.status(
            stuckAfter: Self.stuckAfter, runs: 7, zone: .lagos)
        #expect(status.lastEvent?.name == "mono.events.sync_failed")
        #expect(status.lastEvent?.effect == "applied")
        #expect(status.eventsOfTheDay.number == 1)
    }

    @Test(arguments: [(0, 0, false), (100_000, 100_000, false), (100_001, 100_000, true)])
    func `a count says when it is cut`(counted: Int, number: Int, isCut: Bool) {
        let count = LedgerStatus.Count(counted)
        #expect(count.number == number)
        #expect(count.isCut == isCut)
    }
}
