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

    private static func open(_ bench: Bench) async throws -> Int {
        try await bench.database.value("select count(*) from mono.reconciliation_cases where outcome is null") ?? -1
    }
}
