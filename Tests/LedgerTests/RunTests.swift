import Ledger
import Postgres
import Reconciliation
import RunStoreConformance
import Testing

/// Opening, joining and closing runs.
@Suite struct RunTests {
    private func reasons(_ fixture: LedgerFixture, _ run: OpenRun) async throws -> [String] {
        try await fixture.database.texts(
            """
            select concat_ws(' ', account_id, reason, case when stuck_since is null then 'no date' end)
            from mono.reconciliation_cases where run_id = \(run.runID) order by position
            """)
    }

    @Test func `eight that start at once make one run`() async throws {
        let fixture = try await LedgerFixture()
        try await fixture.stuck(3)
        let runs = try await withThrowingTaskGroup(of: OpenRun.self) { group in
            for _ in 0..<8 { group.addTask { try await fixture.worker().openNightly(.test) } }
            return try await group.reduce(into: [OpenRun]()) { $0.append($1) }
        }
        #expect(Set(runs.map(\.runID)).count == 1)
        #expect(runs.count { $0.isNew } == 1)
    }

    @Test func `a nightly run takes stuck and flagged accounts, and counts what the limit leaves out`() async throws {
        let fixture = try await LedgerFixture()
        try await fixture.account("a-flagged", data: true, debt: 400, flag: 10)
        try await fixture.account("b-stuck", debt: 400, tried: 9_000)
        try await fixture.account("c-fresh", debt: 200)
        try await fixture.account("d-well", data: true)
        try await fixture.account("e-stuck", data: true, debt: 400)
        try await fixture.account("f-tried", debt: 400, tried: 60)
        var options = RunOptions.test
        options.limit = 2
        let ledger = try await fixture.worker()
        let run = try await ledger.openNightly(options)
        #expect(try await reasons(fixture, run) == ["a-flagged reauthorisation_required", "e-stuck missing_update"])
        let record = try #require(try await ledger.reader.record(of: run.runID))
        #expect(record.notSelected == 1)
        #expect(record.kind == .nightly)
    }

    @Test func `a joiner reads the options as the opener wrote them`() async throws {
        let fixture = try await LedgerFixture()
        for patience in [nil, Duration.milliseconds(1_500)] {
            var options = RunOptions.test
            options.rules.patience = patience
            options.rules.schedule = PollSchedule(first: .milliseconds(10), factor: 1.7, maximum: .seconds(3))
            options.rules.asksForLinks = true
            (options.limit, options.maxCalls, options.strict, options.timeZone) = (7, 8, true, "UTC")
            options.prices = try patience.map { _ in try Prices("details=0.05,trigger=10,job=0,reauth=5") }
            let opener = try await fixture.worker()
            #expect(try await opener.openNightly(options).options == options)
            let joined = try await fixture.worker().openNightly(.test)
            #expect(!joined.isNew)
            #expect(joined.options == options)
            #expect(try await opener.close(joined) == 0)
        }
    }

    @Test func `an idle night has a run without cases, which closes with 0`() async throws {
        let fixture = try await LedgerFixture()
        let ledger = try await fixture.worker()
        let run = try await ledger.openNightly(.test)
        #expect(try await ledger.claim(limit: 10, number: 1, of: run).claims == [])
        #expect(try await ledger.close(run) == 0)
        #expect(try await ledger.reader.newestFinishedNightly() == run.runID)
    }

    @Test func `calls are summed over the workers, each one's total once`() async throws {
        let fixture = try await LedgerFixture()
        let one = try await fixture.worker()
        let run = try await one.openNightly(.test)
        try await one.enlist(run: run.runID)
        let two = try await fixture.worker(of: run)
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
        let record = try #require(try await one.reader.record(of: run.runID))
        #expect(record.calls.details == 6)
        #expect(record.calls.trigger == 4)
        #expect(record.calls.job == 14)
        #expect(record.calls.reauth == 2)
        #expect(record.workers == 2)
    }
}
