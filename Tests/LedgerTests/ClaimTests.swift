import Ledger
import Postgres
import Reconciliation
import Testing

/// Who gets which cases.
@Suite struct ClaimTests {
    private func ids(_ claimed: (claims: [Claim], more: Bool)) -> [String] { claimed.claims.map(\.accountID.rawValue) }

    @Test func `cases come in the run's order, in batches, and more says whether others are left`() async throws {
        let bench = try await Bench()
        try await bench.account("c-never", debt: 400)
        try await bench.account("a-recent", debt: 400, tried: 500)
        try await bench.account("b-long-ago", debt: 400, tried: 90_000)
        let ledger = try await bench.worker()
        let run = try await ledger.openNightly(.test)
        try await ledger.enlist(runID: run.runID)
        let first = try await ledger.claim(of: run, limit: 2)
        #expect(ids(first) == ["c-never", "b-long-ago"])
        #expect(first.more)
        let second = try await ledger.claim(of: run, limit: 2)
        #expect(ids(second) == ["a-recent"])
        #expect(!second.more)
        let third = try await ledger.claim(of: run, limit: 2)
        #expect(third.claims == [] && !third.more)
    }

    @Test func `workers that claim at once share without overlap`() async throws {
        let bench = try await Bench()
        try await bench.stuck(200)
        let opener = try await bench.worker()
        let run = try await opener.openNightly(.test)
        var workers: [Ledger] = []
        for _ in 0..<4 { workers.append(try await bench.worker(of: run)) }
        let shares = try await withThrowingTaskGroup(of: [String].self) { group in
            for ledger in workers {
                group.addTask {
                    var claimed: [String] = []
                    while true {
                        let batch = try await ledger.claim(of: run, limit: 7).claims
                        if batch.isEmpty { return claimed }
                        claimed += batch.map(\.accountID.rawValue)
                    }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(shares.joined().count == 200)
        #expect(Set(shares.joined()).count == 200)
        // They lived to the end: a connection that is let go frees its worker's cases.
        for ledger in workers { await ledger.database.close() }
    }

    @Test func `a living worker's cases stay its own, a dead one's are free at once`() async throws {
        let bench = try await Bench()
        try await bench.stuck(3)
        let one = try await bench.worker()
        let run = try await one.openNightly(.test)
        try await one.enlist(runID: run.runID)
        let two = try await bench.worker(of: run)
        #expect(ids(try await one.claim(of: run, limit: 3)).count == 3)
        let before = try await two.claim(of: run, limit: 3)
        #expect(before.claims == [] && before.more)
        #expect(try await two.hasOtherWorkers(runID: run.runID))
        try await bench.kill(one)
        #expect(try await !two.hasOtherWorkers(runID: run.runID))
        #expect(ids(try await two.claim(of: run, limit: 3)).count == 3)
    }

    @Test(arguments: zip([-1, 5], [3, 0]))
    func `a worker whose lease has run out is dead although its lock is held`(lease: Int, free: Int) async throws {
        let bench = try await Bench()
        try await bench.stuck(3)
        let one = try await bench.worker()
        let run = try await one.openNightly(.test)
        try await one.enlist(runID: run.runID)
        _ = try await one.claim(of: run, limit: 3)
        let two = try await bench.worker(of: run)
        try await bench.database.execute(
            """
            update mono.workers set lease_until = clock_timestamp() + make_interval(secs => \(lease)::int)
            where worker = \(one.worker.name)
            """)
        #expect(try await two.claim(of: run, limit: 3).claims.count == free)
        // The lease is renewed by enlisting again.
        try await one.enlist(runID: run.runID)
        #expect(try await two.hasOtherWorkers(runID: run.runID))
    }

    @Test func `a worker that leaves hands its open cases back`() async throws {
        let bench = try await Bench()
        try await bench.stuck(3)
        let one = try await Desktop(bench)
        _ = try await one.write(.settlement(Settlement(.deferred, cause: .syncInDoubt, "x")), ["a-0000"])
        let two = try await bench.worker(of: one.run)
        try await one.ledger.leave()
        #expect(ids(try await two.claim(of: one.run, limit: 3)) == ["a-0001", "a-0002"])
        #expect(try await !two.hasOtherWorkers(runID: one.run.runID))
    }

    @Test func `after a claim whose answer was lost, what is not at hand is claimed again`() async throws {
        let bench = try await Bench()
        try await bench.stuck(4)
        let ledger = try await bench.worker()
        let run = try await ledger.openNightly(.test)
        try await ledger.enlist(runID: run.runID)
        let held = try await ledger.claim(of: run, limit: 1).claims.map(\.accountID)
        _ = try await ledger.claim(of: run, limit: 2)
        let again = try await ledger.claim(of: run, limit: 10, holding: held)
        #expect(ids(again) == ["a-0001", "a-0002", "a-0003"])
        #expect(!again.more)
        #expect(try await ledger.claim(of: run, limit: 10, holding: []).claims.count == 4)
    }

    @Test func `a claim carries the account as it is now, the events since the start and an earlier owner's story`()
        async throws
    {
        let bench = try await Bench()
        try await bench.account("x", data: true, debt: 400, tried: 9_000, job: "before")
        var one = try await Desktop(bench)
        one["x"].started(.details, at: try await one.ledger.clock())
        one["x"].answered(details: .success(Details(status: .partial)), chance: 0, at: try await one.ledger.clock())
        #expect(try await one.intend(["x"]) == [:])
        one["x"].started(.trigger, at: try await one.ledger.clock())
        one["x"].answered(trigger: .started(job: "ours"), at: try await one.ledger.clock())
        #expect(try await one.write(.progress, ["x"]) == WriteResult())
        try await bench.record("reauthorisation_required", of: "x")
        try await bench.kill(one.ledger)
        let two = try await bench.worker(of: one.run)
        let claim = try #require(try await two.claim(of: one.run, limit: 1).claims.first)
        #expect(claim.reason == .missingUpdate)
        #expect(claim.stuckSince == one["x"].stuckSince)
        #expect(claim.intent?.answer == .started)
        #expect(claim.intent?.jobID == "ours")
        #expect(claim.intent?.hadData == true)
        #expect(claim.intent?.at == one["x"].intendedAt)
        #expect(claim.apiCalls == 2)
        #expect(claim.steps.map(\.name) == [.details])
        #expect(claim.news.events.map(\.kind) == [.reauthorisationRequired])
        #expect(claim.news.account?.flaggedSince == claim.news.events.first?.receivedAt)
        #expect(claim.news.account?.lastSyncJobID == "ours")
    }

    @Test func `an account that is gone is claimed without its row`() async throws {
        let bench = try await Bench()
        try await bench.stuck(1)
        let ledger = try await bench.worker()
        let run = try await ledger.openNightly(.test)
        try await bench.database.execute("delete from mono.accounts")
        let claim = try #require(try await ledger.claim(of: run, limit: 1).claims.first)
        #expect(claim.news == News(account: nil))
    }
}
