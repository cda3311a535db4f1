import Foundation
import Glibc
import Postgres
import TestSupport
import Testing

/// Several processes and one run.
struct WorkerTests {
    /// Far longer than the test; the first look comes at once, so that cases are soon under way.
    private static let patient = ["--window", "60s", "--poll-first", "200ms", "--poll-max", "200ms", "--rate", "100"]

    @Test(arguments: ["realtime", "data-sync"])
    func `workers that start together make one run, and each leaves the same report`(api: String) async throws {
        let accounts =
            Sample.many(40, "stuck", "recovers") + Sample.many(3, "odd", "recovers", faults: [.pageForDetails])
        try await Stage.with(accounts) { stage in
            let folders = (1...4).map { "\(stage.folder)/worker-\($0)" }
            let tools = try folders.map {
                try stage.start(Stage.quick + ["--api", api], environment: ["MONO_RECONCILE_REPORT_DIR": $0])
            }
            for tool in tools {
                let ending = await tool.completion()
                #expect(ending.code == 1, "\(ending.errors)")
            }
            let runs = try await stage.runs()
            try #require(runs.count == 1)
            #expect(try await stage.counts() == ["recovered": 40, "errored": 3])
            #expect(try stage.sandbox.triggers().total == 40)
            #expect(runs[0].calls == (try stage.sandbox.calls().kinds))
            for file in ["accounts.csv", "report.html", "summary.json"] {
                let bytes = try folders.map { try stage.report(file, ofRun: runs[0].id, in: $0) }
                #expect(Set(bytes).count == 1)
            }
        }
    }

    @Test
    func `a stopped worker hands its cases to the others`() async throws {
        let slow = Sample.many(20, "slow", "recovers").map { sample in
            var sample = sample
            sample.latency = "3s"
            return sample
        }
        try await Stage.with(slow) { stage in
            let first = try stage.start(Self.patient)
            try await stage.until("all are triggered") { try stage.sandbox.triggers().total == 20 }
            let second = try stage.start(Self.patient)
            try await stage.until("the second is there") { try await Self.liveWorkers(stage) == 2 }
            first.signal(SIGTERM)
            let stopped = await first.completion()
            #expect(stopped.code == 143)
            #expect(stopped.complaints.count == 1, "\(stopped.errors)")
            #expect(stopped.errors.contains("other processes go on"))
            let ending = await second.completion()
            #expect(ending.code == 0, "\(ending.errors)")
            #expect(try await stage.counts() == ["recovered": 20])
            #expect(try stage.sandbox.triggers().total == 20)
            #expect(try await stage.runs().map(\.exitCode) == [0])
        }
    }

    @Test
    func `of workers stopped together the last one defers the rest and reports`() async throws {
        let hanging = Sample.many(6, "hanging", "never_ready")
        try await Stage.with(hanging) { stage in
            let tools = try (1...3).map { _ in try stage.start(Self.patient) }
            try await stage.until("all are at work") {
                let live = try await Self.liveWorkers(stage)
                return try live == 3 && stage.sandbox.triggers().total == 6
            }
            for tool in tools { tool.signal(SIGTERM) }
            for tool in tools { #expect(await tool.completion().code == 143) }
            #expect(try await stage.counts() == ["deferred": 6])
            #expect(try await stage.runs().map(\.isFinished) == [true])
            #expect(try Summary(stage.report("summary.json")).outcomes["deferred"] == 6)
        }
    }

    @Test
    func `a key that one worker finds refused stops them all with the same code`() async throws {
        // Mono answers once, so it is there; then every inspection hangs, until one is told that the key is refused.
        var one = Sample(
            "refused", "recovers",
            faults: [Sample.Fault("429", on: ["details"], first: 1, retryAfter: "1s"), .hangingDetails])
        try await Stage.with(Sample.many(3, "hanging", "recovers", faults: [.hangingDetails]) + [one]) { stage in
            let tools = try (1...3).map { _ in try stage.start(Self.patient) }
            try await stage.until("all are there") { try await Self.liveWorkers(stage) == 3 }
            one.faults = [Sample.Fault("401", on: ["details"])]
            try stage.sandbox.change([one])
            for tool in tools {
                let ending = await tool.completion()
                #expect(ending.code == 77, "\(ending.errors)")
                #expect(ending.complaints.count == 1, "\(ending.errors)")
                #expect(ending.errors.contains("401"))
            }
            #expect(try await stage.counts() == ["deferred": 4])
            #expect(try await stage.runs().map(\.exitCode) == [77])
        }
    }

    @Test(arguments: ["realtime", "data-sync"])
    func `a killed worker's syncs are looked at by another long before its lease ends, and triggered by nobody`(
        api: String
    ) async throws {
        let slow = Sample.many(12, "slow", "recovers").map { sample in
            var sample = sample
            sample.latency = "2s"
            return sample
        }
        try await Stage.with(slow) { stage in
            let options = Self.patient + ["--api", api]
            let first = try stage.start(options)
            // v1 answers a sync when it is done, so the answers are lost with the process.
            try await stage.until("all are triggered") { try stage.sandbox.triggers().total == 12 }
            let second = try stage.start(options)
            try await stage.until("the second is there") { try await Self.liveWorkers(stage) == 2 }
            first.signal(SIGKILL)
            #expect(await first.completion().code == -SIGKILL)
            let killed = ContinuousClock.now
            try await stage.until("they are taken up") {
                let dead: Int? = try await stage.sql.value(
                    """
                    select count(*) from mono.reconciliation_cases
                    where outcome is null and worker = (select min(worker) from mono.workers w
                        where started_at = (select min(started_at) from mono.workers))
                    """)
                return dead == 0
            }
            #expect(ContinuousClock.now - killed < .seconds(5))
            #expect(await second.completion().code == 0)
            #expect(try await stage.counts() == ["recovered": 12])
            #expect(try stage.sandbox.triggers().total == 12)
        }
    }

    private static func liveWorkers(_ stage: Stage) async throws -> Int? {
        try await stage.sql.value("select count(*) from mono.workers where lease_until > clock_timestamp()")
    }
}
