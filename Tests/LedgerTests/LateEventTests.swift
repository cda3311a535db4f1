import Postgres
import Testing

@testable import Reconciliation

/// What a run writes has no time of Mono's: an older event that comes late must not undo it.
@Suite struct LateEventTests {
    private func record(_ event: String, at hour: Int, meta: String = "{}", in fixture: LedgerFixture) async throws
        -> String
    {
        try await fixture.database.record(
            """
            {"event":"mono.events.\(event)","timestamp":"2026-11-02T\(hour):00:00Z",
            "data":{"account":"x","meta":\(meta)}}
            """)
    }

    private static let good = #"{"data_status":"AVAILABLE"}"#

    /// An account whose newest event is of 12 o'clock, in a run's hands.
    private func scheduler(_ fixture: LedgerFixture) async throws -> ManualWorker {
        _ = try await record("account_updated", at: 12, meta: #"{"data_status":"PARTIAL"}"#, in: fixture)
        try await fixture.database.execute("update mono.accounts set awaiting_update_since = now() - interval '1 hour'")
        return try await ManualWorker(fixture)
    }

    @Test func `a flag that a run has set stays`() async throws {
        let fixture = try await LedgerFixture()
        try await scheduler(fixture).settleAll(.reauthorisationRequired)
        #expect(try await record("account_updated", at: 11, meta: Self.good, in: fixture) == "stale")
        #expect(try await fixture.row("x") == "data awaiting flagged cool-down failures 1")
        #expect(try await record("account_updated", at: 12, meta: Self.good, in: fixture) == "applied")
        #expect(try await fixture.row("x") == "data failures 0")
    }

    @Test func `a flag that a run has cleared stays so, and data that it has found`() async throws {
        let fixture = try await LedgerFixture()
        let scheduler = try await scheduler(fixture)
        _ = try await scheduler.write(
            .settlement(Settlement(.recovered, cause: .syncInDoubt, "x", clearsFlag: true)), ["x"])
        for event in ["reauthorisation_required", "sync_failed", "account_unlinked"] {
            #expect(try await record(event, at: 11, in: fixture) == "stale")
        }
        #expect(try await fixture.row("x") == "data failures 0")
    }

    @Test func `a debt of a sync asked for stays`() async throws {
        let fixture = try await LedgerFixture()
        _ = try await record("reauthorisation_required", at: 12, in: fixture)
        var scheduler = try await ManualWorker(fixture)
        _ = try await scheduler.intend(["x"])
        #expect(try await record("account_updated", at: 11, meta: Self.good, in: fixture) == "stale")
        #expect(try await fixture.row("x") == "data awaiting flagged failures 0")
    }

    @Test func `a debt that was there before a sync goes by its own event`() async throws {
        let fixture = try await LedgerFixture()
        _ = try await record("account_updated", at: 10, meta: #"{"data_status":"PARTIAL"}"#, in: fixture)
        _ = try await record("reauthorisation_required", at: 12, in: fixture)
        var scheduler = try await ManualWorker(fixture)
        _ = try await scheduler.intend(["x"])
        _ = try await scheduler.write(.withdrawal, ["x"])
        #expect(try await fixture.row("x") == "no-data awaiting flagged failures 0")
        #expect(try await record("account_updated", at: 11, meta: Self.good, in: fixture) == "stale")
        #expect(try await fixture.row("x") == "data flagged failures 0")
    }

    @Test func `a withdrawn intent leaves the order of events as it was`() async throws {
        let fixture = try await LedgerFixture()
        _ = try await record("account_updated", at: 11, meta: Self.good, in: fixture)
        _ = try await record("reauthorisation_required", at: 13, in: fixture)
        var scheduler = try await ManualWorker(fixture)
        _ = try await scheduler.intend(["x"])
        _ = try await scheduler.write(.withdrawal, ["x"])
        #expect(try await record("sync_failed", at: 10, in: fixture) == "stale")
        #expect(try await fixture.row("x") == "data flagged failures 0")
        #expect(try await record("sync_failed", at: 12, in: fixture) == "stale")
        #expect(try await fixture.row("x") == "data awaiting flagged failures 0")
    }

    @Test func `a job that the trigger named stays`() async throws {
        let fixture = try await LedgerFixture()
        var scheduler = try await scheduler(fixture)
        _ = try await scheduler.intend(["x"])
        scheduler["x"].intent.job = "new"
        _ = try await scheduler.write(.progress, ["x"])
        _ = try await fixture.database.record(
            """
            {"event":"mono.accounts.jobs.update","timestamp":"2026-11-02T11:30:00Z",
            "data":{"account":"x","id":"old","status":"finished"}}
            """)
        #expect(try await fixture.column("last_sync_job_id", of: "x") == "new")
    }

    @Test func `what a run has learned of status and job stays`() async throws {
        let fixture = try await LedgerFixture()
        var scheduler = try await scheduler(fixture)
        _ = try await scheduler.intend(["x"])
        scheduler["x"].history.statusAfter = "UNAVAILABLE"
        scheduler["x"].intent.job = "new"
        try await scheduler.settleAll(.bankUnavailable)
        _ = try await record("account_updated", at: 11, meta: #"{"data_status":"FAILED"}"#, in: fixture)
        let old = try await fixture.database.record(
            """
            {"event":"mono.accounts.jobs.update","timestamp":"2026-11-02T11:30:00Z",
            "data":{"account":"x","id":"old","status":"finished"}}
            """)
        #expect(old == "stale")
        #expect(try await fixture.column("data_status", of: "x") == "UNAVAILABLE")
        #expect(try await fixture.column("last_sync_job_id", of: "x") == "new")
    }
}
