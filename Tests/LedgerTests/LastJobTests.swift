import Ledger
import Postgres
import Reconciliation
import Testing

/// `last_sync_job_id` names the job of the sync that was last requested, or none: a look at an earlier one's would
/// prove what it cannot.
@Suite struct LastJobTests {
    private static let deferred = CaseScheduler.Entry.Kind.settlement(
        Settlement(.deferred, cause: .syncInDoubt, "a test"))

    private func lastJob(_ bench: Bench) async throws -> String { try await bench.column("last_sync_job_id", of: "x") }

    @Test func `a sync that ends in doubt leaves no earlier job`() async throws {
        let bench = try await Bench()
        try await bench.account("x", data: true, debt: 400, job: "earlier")
        var scheduler = try await Desktop(bench)
        _ = try await scheduler.intend(["x"])
        #expect(try await lastJob(bench) == "earlier")
        _ = try await scheduler.write(Self.deferred, ["x"])
        #expect(try await lastJob(bench) == "-")
    }

    @Test func `one that was not requested keeps it`() async throws {
        let bench = try await Bench()
        try await bench.account("x", data: true, debt: 400, job: "earlier")
        let scheduler = try await Desktop(bench)
        _ = try await scheduler.write(Self.deferred, ["x"])
        #expect(try await lastJob(bench) == "earlier")
    }

    @Test func `what an event taught since stays`() async throws {
        let bench = try await Bench()
        try await bench.account("x", data: true, debt: 400, job: "earlier")
        var scheduler = try await Desktop(bench)
        _ = try await scheduler.intend(["x"])
        let effect = try await bench.database.record(
            #"{"event":"mono.accounts.jobs.update","data":{"id":"later","account":"x","status":"finished"}}"#)
        #expect(effect == "applied")
        _ = try await scheduler.write(Self.deferred, ["x"])
        #expect(try await lastJob(bench) == "later")
    }

    @Test(arguments: [(false, "-"), (true, "later")])
    func `deferring what a dead worker left does the same`(isTaught: Bool, job: String) async throws {
        let bench = try await Bench()
        try await bench.account("x", data: true, debt: 400, job: "earlier")
        var scheduler = try await Desktop(bench)
        _ = try await scheduler.intend(["x"])
        if isTaught {
            _ = try await bench.database.record(
                #"{"event":"mono.accounts.jobs.update","data":{"id":"later","account":"x","status":"finished"}}"#)
        }
        let other = try await bench.worker(of: scheduler.run)
        try await bench.kill(scheduler.ledger)
        try await other.deferRest(of: scheduler.run, why: "a test")
        #expect(try await bench.caseColumn("outcome", of: "x") == "deferred")
        #expect(try await lastJob(bench) == job)
    }
}
