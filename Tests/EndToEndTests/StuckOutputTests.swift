import Foundation
import TestSupport
import Testing

/// Outputs that nobody reads: a full pipe, a logger that hangs, a terminal after Ctrl-S.
struct StuckOutputTests {
    /// Five that are settled at once, and five whose inspection never ends.
    private static let accounts =
        Sample.many(5, "quick", "available") + Sample.many(5, "hanging", "recovers", faults: [.hangingDetails])
    /// Warned of at the start, whatever the level.
    private static let misspelt = ["MONO_RECONCILE_RAET": "5", "TERM": "xterm"]

    enum Stuck: CaseIterable {
        case pipe
        case terminal

        func make() throws -> PipeText {
            switch self {
            case .pipe: try .full()
            case .terminal: try .stoppedTerminal()
            }
        }
    }

    /// The process's own limit is below 5 s; the rest is this test's way to the processor.
    private func expectEnd(of tool: Tool, by signal: Int32 = SIGTERM, code: Int32 = 143) async {
        let told = ContinuousClock.now
        tool.signal(signal)
        let ending = await tool.completion()
        #expect(ContinuousClock.now - told < .milliseconds(5_500))
        #expect(ending.code == code)
    }

    @Test(arguments: Stuck.allCases)
    func `a run works on while its standard error is stuck, and a signal ends it`(stuck: Stuck) async throws {
        try await Stage.with(Self.accounts) { stage in
            let tool = try stage.start(
                ["--window", "5m", "--rate", "200", "--log-level", "debug", "--progress", "always"],
                environment: Self.misspelt, errors: stuck.make())
            try await stage.until("five are settled and five hang") {
                let hanging = try stage.sandbox.calls().accounts.keys.count { $0.hasPrefix("hanging") }
                let settled = try await stage.counts()["already_available"]
                return hanging == 5 && settled == 5
            }
            await expectEnd(of: tool)
            #expect(try await stage.counts() == ["already_available": 5, "deferred": 5])
        }
    }

    @Test(arguments: Stuck.allCases)
    func `a run that nobody interrupts comes to its end although its standard error is stuck`(
        stuck: Stuck
    ) async throws {
        try await Stage.with(Sample.many(3, "quick", "available")) { stage in
            let tool = try stage.start(
                Stage.quick + ["--progress", "always", "--strict", "--json"], environment: Self.misspelt,
                errors: stuck.make())
            let ending = await tool.completion()
            #expect(!ending.isOverdue)
            #expect(ending.code == 0)
            #expect(try Summary(Data(ending.output.utf8)).outcomes["already_available"] == 3)
        }
    }

    @Test
    func `a run whose results nobody reads is whole, and a signal ends the wait`() async throws {
        try await Stage.with(Sample.many(3, "quick", "available")) { stage in
            let metrics = "\(stage.folder)/run.prom"
            let tool = try stage.start(
                Stage.quick, environment: ["MONO_RECONCILE_METRICS_FILE": metrics], output: .full())
            // They come after the results.
            try await stage.until("the metrics are written") { FileManager.default.fileExists(atPath: metrics) }
            await expectEnd(of: tool, by: SIGINT, code: 130)
            #expect(try await stage.runs().map(\.exitCode) == [0])
        }
    }

    @Test(arguments: Stuck.allCases)
    func `webhooks are recorded while the listener's standard error is stuck, and a signal ends it`(
        stuck: Stuck
    ) async throws {
        try await Stage.with([]) { stage in
            let listener = try await ListenerProcess(stage.database, ["--log-level", "debug"], errors: stuck.make())
            // Each is one line of the log, and more of them than there are threads.
            for _ in 1...40 { #expect(try await listener.post("{}", secret: "wrong")?.status == 401) }
            let event = #"{"event":"mono.events.account_connected","event_id":"e1","data":{"id":"a1"}}"#
            #expect(try await listener.post(event)?.status == 200)
            await expectEnd(of: listener.tool)
        }
    }

    @Test
    func `the listener serves although nobody reads its address`() async throws {
        try await Stage.with([]) { stage in
            let port = try freeLoopbackPort()
            let tool = try Tool(
                .reconcile, ["listen", "--port", "\(port)"],
                environment: ListenerProcess.environment(stage.database), output: .full())
            try await stage.until("the listener is ready") {
                guard let connection = try? HTTPConnection(port: port) else { return false }
                return await connection.get("/readyz")?.status == 200
            }
            await expectEnd(of: tool)
        }
    }
}
