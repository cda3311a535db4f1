import Ledger
import Postgres
import Reconciliation
import Testing

/// Opening, joining and closing runs.
@Suite struct RunTests {
    private func reasons(_ bench: Bench, _ run: OpenRun) async throws -> [String] {
        try await bench.database.texts(
            """
            select concat_ws(' ', account_id, reason, case when stuck_since is null then 'no date' end)
            from mono.reconciliation_cases where run_id = \(run.runID) order by position
            """)
    }

    @Test func `a second worker joins the open run with its options`() async throws {
        let bench = try await Bench()
        try await bench.stuck(3)
        var options = RunOptions.test
        options.maxCalls = 40
        options.strict = true
        options.rules.asksForLinks = true
        options.rules.schedule = PollSchedule(first: .milliseconds(1_500), factor: 1.7, maximum: .seconds(20))
        let first = try await bench.worker().openNightly(options)
        let second = try await bench.worker().openNightly(.test)
        #expect(first.isNew && !second.isNew)
        #expect(first.runID == second.runID)
        #expect(first.startedAt == second.startedAt)
        #expect(second.options == options)
        #expect(first.budgetLeft == 40 && second.budgetLeft == 40)
        #expect(second.age > .zero)
        #expect(try await reasons(bench, first).count == 3)
    }

    @Test func `eight that start at once make one run`() async throws {
        let bench = try await Bench()
        try await bench.stuck(3)
        let runs = try await withThrowingTaskGroup(of: OpenRun.self) { group in
            for _ in 0..<8 { group.addTask { try await bench.worker().openNightly(.test) } }
            return try await group.reduce(into: [OpenRun]()) { $0.append($1) }
        }
        #expect(Set(runs.map(\.runID)).count == 1)
        #expect(runs.count { $0.isNew } == 1)
    }

    @Test func `a nightly run takes stuck and flagged accounts, and counts what the limit leaves out`() async throws {
        let bench = try await Bench()
        try await bench.account("a-flagged", data: true, debt: 400, flag: 10)
        try await bench.account("b-stuck", debt: 400, tried: 9_000)
        try await bench.account("c-fresh", debt: 200)
        try await bench.account("d-well", data: true)
        try await bench.account("e-stuck", data: true, debt: 400)
        try await bench.account("f-tried", debt: 400, tried: 60)
        var options = RunOptions.test
        options.limit = 2
        let ledger = try await bench.worker()
        let run = try await ledger.openNightly(options)
        #expect(try await reasons(bench, run) == ["a-flagged reauthorisation_required", "e-stuck missing_update"])
        let record = try #require(try await ledger.record(of: run.runID))
        #expect(record.notSelected == 1)
        #expect(record.kind == .nightly)
    }

    @Test func `an idle night has a run without cases, which closes with 0`() async throws {
        let bench = try await Bench()
        let ledger = try await bench.worker()
        let run = try await ledger.openNightly(.test)
        #expect(try await ledger.claim(of: run, limit: 10).claims == [])
        #expect(try await ledger.close(run) == 0)
        #expect(try await ledger.newestFinishedNightly() == run.runID)
    }

    @Test func `a one-off run names the reason of each account, in the order asked`() async throws {
        let bench = try await Bench()
        try await bench.account("well", data: true)
        try await bench.account("fresh", debt: 100)
        try await bench.account("stuck", debt: 400)
        try await bench.account("flagged", data: true, debt: 400, flag: 1)
        let accounts = ["well", "stuck", "flagged", "fresh"].map { AccountID(test: $0) }
        let ledger = try await bench.worker()
        let run = try await ledger.openOneOff(accounts, .test)
        #expect(
            try await reasons(bench, run) == [
                "well requested no date", "stuck missing_update", "flagged reauthorisation_required",
                "fresh requested",
            ])
        #expect(run.kind == .oneOff)
        let unknown = try await ledger.unknown(among: accounts + [AccountID(test: "z"), AccountID(test: "b")])
        #expect(unknown.map(\.rawValue) == ["z", "b"])
    }

    @Test func `an account that another run holds open has no second case`() async throws {
        let bench = try await Bench()
        try await bench.stuck(2)
        let ledger = try await bench.worker()
        _ = try await ledger.openNightly(.test)
        try await bench.account("free", debt: 400)
        let run = try await ledger.openOneOff(["a-0000", "free"].map { AccountID(test: $0) }, .test)
        #expect(try await reasons(bench, run) == ["free missing_update"])
    }

    // MARK: Closing

    @Test func `a run with an open case is not closed`() async throws {
        let bench = try await Bench()
        try await bench.stuck(2)
        let scheduler = try await Desktop(bench)
        #expect(try await scheduler.ledger.close(scheduler.run) == nil)
        _ = try await scheduler.write(.settlement(Settlement(.alreadyAvailable, cause: .syncInDoubt, "x")), ["a-0000"])
        try await scheduler.ledger.stop(scheduler.run, .tryLater(.seconds(900)))
        #expect(try await scheduler.ledger.close(scheduler.run) == nil)
        _ = try await scheduler.write(.settlement(Settlement(.alreadyAvailable, cause: .syncInDoubt, "x")), ["a-0001"])
        #expect(try await scheduler.ledger.close(scheduler.run) == 75)
        // Whoever comes later learns the same.
        #expect(try await bench.worker().close(scheduler.run) == 75)
    }

    static let codes: [(outcome: Outcome, isStrict: Bool, code: Int)] = Outcome.allCases.flatMap { outcome in
        [
            (outcome, false, outcome == .errored || outcome == .deferred ? 1 : 0),
            (outcome, true, outcome.isUnresolved ? 1 : 0),
        ]
    }

    @Test(arguments: codes)
    func `the exit code goes by the outcomes`(outcome: Outcome, isStrict: Bool, code: Int) async throws {
        let bench = try await Bench()
        try await bench.stuck(1)
        var options = RunOptions.test
        options.strict = isStrict
        let scheduler = try await Desktop(bench, options: options)
        try await scheduler.settleAll(outcome)
        #expect(try await scheduler.ledger.close(scheduler.run) == code)
        let record = try #require(try await scheduler.ledger.record(of: scheduler.run.runID))
        #expect(record.exitCode == code)
    }

    @Test func `a stop code is the run's exit code, and stays it`() async throws {
        let bench = try await Bench()
        try await bench.stuck(1)
        let scheduler = try await Desktop(bench)
        try await scheduler.settleAll(.deferred)
        #expect(try await scheduler.ledger.signs(of: scheduler.run.runID).stop == nil)
        try await scheduler.ledger.stop(scheduler.run, .keyRefused("Mono answered 401"))
        try await scheduler.ledger.stop(scheduler.run, .unreachable("nobody answers"))
        #expect(try await scheduler.ledger.close(scheduler.run) == 77)
        #expect(try await scheduler.ledger.close(scheduler.run) == 77)
        try await scheduler.ledger.stop(scheduler.run, .tryLater(.seconds(900)))
        #expect(try await scheduler.ledger.signs(of: scheduler.run.runID).stop == .keyRefused("Mono answered 401"))
    }

    @Test func `a new night begins after the close`() async throws {
        let bench = try await Bench()
        let ledger = try await bench.worker()
        let first = try await ledger.openNightly(.test)
        _ = try await ledger.close(first)
        let second = try await ledger.openNightly(.test)
        #expect(second.isNew && second.runID > first.runID)
    }

    @Test func `calls are summed over the workers, each one's total once`() async throws {
        let bench = try await Bench()
        let one = try await bench.worker()
        let run = try await one.openNightly(.test)
        try await one.enlist(runID: run.runID)
        let two = try await bench.worker(of: run)
        var calls = CallCounts()
        calls.details = 3
        calls.trigger = 2
        try await one.tally(calls, unspent: 0, of: run)
        calls.job = 7
        calls.reauth = 1
        try await one.tally(calls, unspent: 0, of: run)
        try await two.tally(calls, unspent: 0, of: run)
        // Who is still there may have calls to add.
        #expect(try await one.close(run) == nil)
        try await two.leave()
        #expect(try await one.close(run) == 0)
        let record = try #require(try await one.record(of: run.runID))
        #expect(record.calls.details == 6)
        #expect(record.calls.trigger == 4)
        #expect(record.calls.job == 14)
        #expect(record.calls.reauth == 2)
        #expect(record.workers == 2)
    }

    // MARK: What is left

    @Test func `the rest is deferred, unless a living worker holds it`() async throws {
        let bench = try await Bench()
        try await bench.stuck(4)
        let ledger = try await bench.worker()
        let run = try await ledger.openNightly(.test)
        let other = try await bench.worker(of: run)
        let theirs = try await other.claim(of: run, limit: 1).claims.map(\.accountID)
        _ = try await ledger.claim(of: run, limit: 1)
        try await ledger.deferRest(of: run, why: "a test")
        let outcomes = try await bench.database.texts(
            "select coalesce(outcome, 'open') from mono.reconciliation_cases order by account_id")
        #expect(theirs.map(\.rawValue) == ["a-0000"])
        #expect(outcomes == ["open", "deferred", "deferred", "deferred"])
        #expect(try await bench.caseColumn("detail", of: "a-0003") == "a test")
        try await bench.kill(other)
        try await ledger.deferRest(of: run, why: "a test")
        #expect(try await ledger.close(run) == 1)
    }

    @Test func `cases with an intent can be left for their last look`() async throws {
        let bench = try await Bench()
        try await bench.account("tried", data: true, debt: 400)
        try await bench.account("untried", data: true, debt: 400)
        var scheduler = try await Desktop(bench)
        #expect(try await scheduler.intend(["tried"]) == [:])
        try await scheduler.ledger.deferRest(of: scheduler.run, why: "too old", onlyUntriggered: true)
        #expect(try await bench.caseColumn("outcome", of: "tried") == "-")
        #expect(try await bench.caseColumn("outcome", of: "untried") == "deferred")
        #expect(try await bench.caseColumn("next_attempt_at", of: "untried") == "-")
        try await scheduler.ledger.deferRest(of: scheduler.run, why: "too old")
        #expect(try await bench.caseColumn("outcome", of: "tried") == "deferred")
        let wait = try await bench.database.text(
            """
            select (next_attempt_at - sync_intended_at)::text from mono.reconciliation_cases
            where account_id = 'tried'
            """)
        #expect(wait == "00:02:15")
    }
}
