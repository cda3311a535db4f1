import Foundation
import Postgres
import TestSupport
import Testing

/// How a run that got as far as its database ends, and that nothing is lost by it.
struct ExitCodeTests {
    private static let stuck = Sample.many(8, "stuck", "recovers")

    @Test
    func `0: nothing to do is said, and is a run with a report`() async throws {
        try await Stage.with([.healthy("healthy")]) { stage in
            let ending = try await stage.reconcile()
            #expect(ending.code == 0)
            #expect(ending.output.contains("Nothing is stuck"))
            #expect(ending.errors.isEmpty)
            #expect(try Summary(stage.report("summary.json")).headline == "Nothing is stuck.")
            #expect(try stage.sandbox.calls().total == 0)
            let quiet = try await stage.reconcile(["--quiet"])
            #expect(quiet.code == 0)
            #expect(quiet.everything.isEmpty)
        }
    }

    @Test
    func `quiet says nothing of a good night and one line of a bad one`() async throws {
        try await Stage.with([Sample("recovers", "recovers"), Sample("partial", "partial")]) { stage in
            let good = try await stage.reconcile(Stage.quick + ["--quiet"])
            #expect(good.code == 0)
            #expect(good.everything.isEmpty)
            let bad = try await stage.reconcile(Stage.quick + ["--quiet", "--account", "partial"])
            #expect(bad.code == 1)
            #expect(bad.output.isEmpty)
            #expect(bad.complaints.count == 1)
        }
    }

    @Test(arguments: [(["--strict"], 1), ([], 0)] as [([String], Int32)])
    func `strict counts every unresolved account`(options: [String], code: Int32) async throws {
        try await Stage.with([Sample("recovers", "recovers"), Sample("partial", "partial")]) { stage in
            let ending = try await stage.reconcile(Stage.quick + options)
            #expect(ending.code == code)
            #expect(ending.complaints.count == Int(code))
            #expect(try await stage.runs().map(\.exitCode) == [Int(code)])
            #expect(try await stage.outcomes() == ["recovers": "recovered", "partial": "partial"])
        }
    }

    @Test
    func `1: an errored case is told`() async throws {
        try await Stage.with([Sample("odd", "recovers", faults: [.pageForDetails]), .healthy("healthy")]) { stage in
            let ending = try await stage.reconcile(Stage.quick)
            #expect(ending.code == 1)
            #expect(ending.complaints.count == 1)
            #expect(ending.errors.contains("1 errored"))
            #expect(try await stage.outcomes() == ["odd": "errored"])
        }
    }

    @Test
    func `69: a database that is not there is told in a line`() async throws {
        let port = try freeLoopbackPort()
        for command in [[], ["plan"], ["report"], ["migrate"]] {
            let ending = try await Tool.run(
                .reconcile, command,
                environment: [
                    "DATABASE_URL": "host=127.0.0.1 port=\(port) user=nobody dbname=nothing",
                    "MONO_SECRET_KEY": Stage.key,
                ])
            #expect(ending.code == 69, "\(command): \(ending.errors)")
            #expect(ending.complaints.count == 1)
            #expect(ending.errors.contains("DATABASE_URL"))
        }
    }

    @Test
    func `69: a Mono that is not there leaves all deferred and reported`() async throws {
        try await Stage.with(Self.stuck) { stage in
            let nowhere = "http://127.0.0.1:\(try freeLoopbackPort())"
            let ending = try await stage.reconcile(Stage.quick, environment: ["MONO_BASE_URL": nowhere])
            try await expectStop(ending, 69, stage)
        }
    }

    @Test
    func `77: a wrong key leaves all deferred and reported`() async throws {
        try await Stage.with(Self.stuck) { stage in
            let ending = try await stage.reconcile(Stage.quick, environment: ["MONO_SECRET_KEY": "test_sk_other"])
            try await expectStop(ending, 77, stage)
            #expect(ending.errors.contains("MONO_SECRET_KEY"))
            #expect(try stage.sandbox.triggers().total == 0)
        }
    }

    @Test
    func `77: a key that sees none of twenty accounts is another app's`() async throws {
        try await Stage.with(Sample.many(20, "unseen", "gone")) { stage in
            let ending = try await stage.reconcile(Stage.quick)
            #expect(ending.code == 77)
            #expect(try await stage.counts() == ["deferred": 20])
        }
        try await Stage.with(Sample.many(19, "unseen", "gone")) { stage in
            let ending = try await stage.reconcile(Stage.quick)
            #expect(ending.code == 0)
            #expect(try await stage.counts() == ["account_not_found": 19])
        }
    }

    @Test
    func `75: a wait beyond the window ends the run`() async throws {
        let asksToWait = Sample.Fault("429", on: ["details"], retryAfter: "60s")
        try await Stage.with(Sample.many(8, "busy", "recovers", faults: [asksToWait])) { stage in
            let ending = try await stage.reconcile(Stage.quick)
            try await expectStop(ending, 75, stage)
        }
    }

    @Test
    func `75: the report of an open run has to wait`() async throws {
        try await Stage.with([]) { stage in
            try await stage.sql.execute("insert into mono.reconciliation_runs (kind) values ('nightly')")
            let ending = try await stage.reconcile(["report", "--run", "1"])
            #expect(ending.code == 75)
            #expect(ending.complaints.count == 1)
            #expect(try await stage.reconcile(["report", "--run", "2"]).code == 65)
        }
    }

    @Test
    func `73: a report that cannot be written is written later`() async throws {
        try await Stage.with([Sample("recovers", "recovers")]) { stage in
            // A file is in the way: even root cannot make a folder below it.
            try Data().write(to: URL(filePath: stage.reports))
            let ending = try await stage.reconcile(Stage.quick)
            #expect(ending.code == 73)
            #expect(ending.complaints.count == 1)
            #expect(ending.errors.contains("report --run 1"))
            // The run itself ended well.
            #expect(try await stage.runs().map(\.exitCode) == [0])
            #expect(try await stage.healthyAccounts() == ["recovers"])
            let elsewhere = stage.folder + "/elsewhere"
            let later = try await stage.reconcile(["report", "--run", "1", "--report-dir", elsewhere])
            #expect(later.code == 0, "\(later.errors)")
            #expect(try Summary(stage.report("summary.json", in: elsewhere)).exitCode == 0)
        }
    }

    private func expectStop(
        _ ending: Tool.Completion, _ code: Int32, _ stage: Stage
    ) async throws {
        #expect(ending.code == code, "\(ending.errors)")
        #expect(ending.complaints.count == 1, "\(ending.errors)")
        #expect(try await stage.counts() == ["deferred": 8])
        let run = try #require(try await stage.runs().first)
        #expect(run.isFinished)
        #expect(run.exitCode == Int(code))
        let summary = try Summary(stage.report("summary.json"))
        #expect(summary.exitCode == Int(code))
        #expect(summary.outcomes["deferred"] == 8)
    }
}
