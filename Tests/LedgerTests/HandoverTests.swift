import Ledger
import Postgres
import Testing

@testable import Reconciliation

/// What a worker that leaves or takes up a run may do while others live, and once they are gone.
@Suite struct HandoverTests {
    @Test func `a reason to stop is forgotten by who takes the run up, and by nobody while others work on it`()
        async throws
    {
        let bench = try await Bench()
        try await bench.stuck(1)
        let first = try await Desktop(bench)
        try await first.ledger.stop(first.run, .keyRefused("401"))
        let second = try await bench.worker(of: first.run)
        try await second.forgetStop(of: first.run)
        #expect(try await second.signs(of: first.run.runID).stop == .keyRefused("401"))
        try await bench.kill(first.ledger)
        try await second.forgetStop(of: first.run)
        #expect(try await second.signs(of: first.run.runID).stop == nil)
    }

    @Test func `an interrupted worker defers the rest as the last one only`() async throws {
        let bench = try await Bench()
        try await bench.stuck(2)
        let first = try await Desktop(bench)
        let second = try await bench.worker(of: first.run)
        try await first.ledger.deferRest(of: first.run, why: "interrupted", onlyAsLast: true)
        #expect(try await Self.open(bench) == 2)
        try await bench.kill(second)
        try await first.ledger.deferRest(of: first.run, why: "interrupted", onlyAsLast: true)
        #expect(try await Self.open(bench) == 0)
    }

    @Test func `a deferred case has a time of its own only while Mono's limit holds it back`() async throws {
        let bench = try await Bench()
        try await bench.account("just-now", debt: 3_600, tried: 10)
        try await bench.account("long-ago", debt: 3_600, tried: 3_600)
        try await bench.account("never", debt: 3_600)
        let scheduler = try await Desktop(bench, accounts: ["just-now", "long-ago", "never"])
        try await scheduler.ledger.deferRest(of: scheduler.run, why: "a test")
        #expect(try await bench.caseColumn("next_attempt_at", of: "long-ago") == "-")
        #expect(try await bench.caseColumn("next_attempt_at", of: "never") == "-")
        let wait = try await bench.database.text(
            """
            select (c.next_attempt_at - a.last_sync_requested_at)::text
            from mono.reconciliation_cases c join mono.accounts a using (account_id) where account_id = 'just-now'
            """)
        #expect(wait == "00:02:00")
    }

    @Test func `a waiting worker that asks for the close leaves what is not done as it is`() async throws {
        let bench = try await Bench()
        try await bench.stuck(1)
        let first = try await Desktop(bench)
        try await first.settleAll(.partial)
        _ = try await first.ledger.close(first.run)
        let night = try await Desktop(bench)
        let waiting = try await bench.worker(of: night.run)
        try await night.settleAll(.partial)
        #expect(try await waiting.close(night.run) == nil)
        #expect(try await bench.caseColumn("nights_in_a_row", of: "a-0000") == "1")
        try await bench.kill(night.ledger)
        #expect(try await waiting.close(night.run) == 0)
        #expect(try await bench.caseColumn("nights_in_a_row", of: "a-0000") == "2")
    }

    private static func open(_ bench: Bench) async throws -> Int {
        try await bench.database.value("select count(*) from mono.reconciliation_cases where outcome is null") ?? -1
    }
}
