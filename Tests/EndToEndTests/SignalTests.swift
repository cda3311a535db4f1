import Glibc
import Postgres
import TestSupport
import Testing

/// SIGTERM and SIGINT while Mono hangs.
struct SignalTests {
    /// Five that are settled at once, and five whose inspection never ends.
    private static let accounts =
        Sample.many(5, "quick", "available") + Sample.many(5, "hanging", "recovers", faults: [.hangingDetails])
    /// Far longer than the test.
    private static let options = ["--window", "5m", "--rate", "200"]

    @Test(arguments: [(SIGTERM, 143), (SIGINT, 130)] as [(Int32, Int32)])
    func `the run ends within 5 s, keeps what is settled and reports`(signal: Int32, code: Int32) async throws {
        try await Stage.with(Self.accounts) { stage in
            let tool = try await Self.startHanging(stage)
            let told = ContinuousClock.now
            tool.signal(signal)
            let ending = await tool.completion()
            #expect(ContinuousClock.now - told < .seconds(5))
            #expect(ending.code == code, "\(ending.errors)")
            #expect(ending.complaints.count == 1, "\(ending.errors)")
            #expect(try await stage.counts() == ["already_available": 5, "deferred": 5])
            #expect(try await stage.runs().map(\.exitCode) == [Int(code)])
            let summary = try Summary(stage.report("summary.json"))
            #expect(summary.exitCode == Int(code))
            #expect(summary.outcomes["deferred"] == 5)
            #expect(try stage.sandbox.triggers().total == 0)
        }
    }

    @Test
    func `a hanging sync is deferred and not asked for again inside the limit`() async throws {
        let hangs = Sample("hanging", "recovers", faults: [Sample.Fault("hang", on: ["trigger"])])
        try await Stage.with([hangs]) { stage in
            let tool = try stage.start(Self.options)
            try await stage.until("the sync is asked for") { try stage.sandbox.triggers().total == 1 }
            tool.signal(SIGTERM)
            #expect(await tool.completion().code == 143)
            #expect(try await stage.outcomes() == ["hanging": "deferred"])
            let again = try await stage.reconcile(Stage.quick)
            #expect(again.code == 0)
            #expect(again.output.contains("Nothing is stuck"))
            #expect(try stage.sandbox.triggers().total == 1)
        }
    }

    @Test(arguments: [false, true])
    func `with the database gone it still ends within 5 s, and the next run goes on`(isCrash: Bool) async throws {
        let cluster = try await TestCluster.start()
        let result: Result<Void, any Error>
        do {
            result = .success(try await Self.interrupt(without: cluster, isCrash: isCrash))
        } catch {
            result = .failure(error)
        }
        try await cluster.remove()
        try result.get()
    }

    private static func interrupt(without cluster: TestCluster, isCrash: Bool) async throws {
        try await Stage.with(accounts, cluster: cluster) { stage in
            let tool = try await startHanging(stage)
            // The test's server acknowledges before it writes: what counts here is that it is gone.
            try await stage.sql.execute("checkpoint")
            await stage.sql.close()
            try await cluster.stop(immediately: isCrash)
            let told = ContinuousClock.now
            tool.signal(SIGTERM)
            let ending = await tool.completion()
            // The process's own limit is 4.5 s; the rest is this test's way to the processor.
            #expect(ContinuousClock.now - told < .milliseconds(5_500))
            #expect(ending.code == 143, "\(ending.errors)")
            #expect(ending.complaints.contains { $0.contains("interrupted") })
            try await cluster.startServer()
            try await expectContinuation(stage)
        }
    }

    private static func startHanging(_ stage: Stage) async throws -> Tool {
        let tool = try stage.start(options)
        try await stage.until("five are settled and five hang") {
            let calls = try stage.sandbox.calls().accounts
            let hanging = calls.keys.count { $0.hasPrefix("hanging") }
            let settled = try await stage.counts()["already_available"]
            return hanging == 5 && settled == 5
        }
        return tool
    }

    /// The open run is tonight's: the next process takes it up under the run's own options.
    private static func expectContinuation(_ stage: Stage) async throws {
        let next = try stage.start(options)
        let sql = stage.database.connect()
        try await stage.until("the hanging cases are taken up") {
            try stage.sandbox.calls().kinds.details == 15
        }
        next.signal(SIGINT)
        #expect(await next.completion().code == 130)
        let outcomes = try await sql.run { (session) throws(PostgresError) in
            try session.column(
                "select outcome || ' in run ' || run_id from mono.reconciliation_cases order by account_id",
                as: String.self)
        }
        await sql.close()
        #expect(
            outcomes
                == Array(repeating: "deferred in run 1", count: 5)
                + Array(repeating: "already_available in run 1", count: 5))
    }
}
