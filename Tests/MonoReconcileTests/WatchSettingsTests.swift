import ArgumentParser
import MonoAPI
import Testing

@testable import MonoReconcile

/// `--ping-url`, `--notify-url`, `--metrics-file` and `prune`'s options.
struct WatchSettingsTests {
    private static let address = "https://hc-ping.com/5eb524bc-4f11-466f-a954-6885fdf86abc"

    private func settings(
        _ arguments: [String] = [], _ environment: [String: String] = [:]
    ) throws -> RunSettings {
        let command = try RunCommand.parse(arguments)
        return try RunSettings(command.plan, command.arguments, environment: environment)
    }

    @Test func `nobody is told unless somebody is named, by option or variable`() throws {
        #expect(try settings().pingURL == nil)
        #expect(try settings().metricsFile == nil)
        let variables = [
            "MONO_RECONCILE_PING_URL": "\(Self.address)/", "MONO_RECONCILE_METRICS_FILE": "/var/lib/x.prom",
        ]
        #expect(try settings([], variables).pingURL?.description == Self.address)
        #expect(try settings([], variables).metricsFile == "/var/lib/x.prom")
        let options = ["--ping-url", "http://127.0.0.1:80/a", "--metrics-file", "m.prom"]
        #expect(try settings(options, variables).pingURL?.description == "http://127.0.0.1/a")
        #expect(try settings(options, variables).metricsFile == "m.prom")
        #expect(RunSettings.unknownVariables(in: variables) == [])
    }

    @Test func `the variables watch the nights only, the options whatever they are given to`() throws {
        let variables = ["MONO_RECONCILE_PING_URL": Self.address, "MONO_RECONCILE_METRICS_FILE": "m.prom"]
        let one = ["--account", "a"]
        #expect(try settings(one, variables).pingURL == nil)
        #expect(try settings(one, variables).metricsFile == nil)
        #expect(try settings(one + ["--ping-url", Self.address], variables).pingURL != nil)
        #expect(try settings(one + ["--metrics-file", "m.prom"], variables).metricsFile == "m.prom")
    }

    @Test(
        arguments: [
            "", "hc-ping.com/x", "ftp://hc-ping.com/x", "http://hc-ping.com/x", "https://u:p@hc-ping.com/x",
            "https://hc-ping.com/x?create=1", "https://hc-ping.com/x#y", "https:///x",
        ])
    func `an address that is none names the option`(address: String) throws {
        let error = #expect(throws: Failure.self) { try settings(["--ping-url", address]) }
        #expect(error?.code == 64)
        #expect(error?.message.contains("--ping-url") == true)
        #expect(error?.message.contains("for instance --ping-url https://") == true)
        guard !address.isEmpty else { return }
        let other = #expect(throws: Failure.self) { try settings([], ["MONO_RECONCILE_PING_URL": address]) }
        #expect(other?.code == 78)
    }

    @Test func `a webhook is told of nights alone`() throws {
        let hook = "https://hooks.example.com/services/T0/B0/secret"
        #expect(try settings(["--notify-url", hook]).notifyURL?.shown == "https://hooks.example.com/…")
        #expect(try settings([], ["MONO_RECONCILE_NOTIFY_URL": hook]).notifyURL != nil)
        #expect(try settings(["--notify-url", hook, "--account", "a"]).notifyURL == nil)
    }

    @Test(arguments: ["notify-url", "ping-url"])
    func `a malformed address is not repeated: it may hold a secret`(option: String) throws {
        let address = "http://hooks.example.com/services/canary"
        let error = #expect(throws: Failure.self) { try settings(["--\(option)", address]) }
        #expect(error?.code == 64)
        #expect(error?.message.hasPrefix("--\(option): what it has is not an https address") == true)
        let other = #expect(throws: Failure.self) { try settings([], [Setting.variable(for: option): address]) }
        #expect(other?.code == 78)
        #expect(other?.message.contains("canary") == false)
    }

    @Test(arguments: ["", "/var/lib/"])
    func `a file that is none names the option`(path: String) throws {
        let error = #expect(throws: Failure.self) { try settings(["--metrics-file", path]) }
        #expect(error?.code == 64)
        #expect(error?.message.contains("--metrics-file") == true)
    }

    @Test(arguments: ["6d", "167h", "90", "x", "-90d"])
    func `less than a week, or no duration, is not kept`(keep: String) async throws {
        let command = try #require(try MonoReconcile.parseAsRoot(["prune", "--keep=\(keep)"]) as? PruneCommand)
        let error = await #expect(throws: Failure.self) { try await command.run() }
        #expect(error?.code == 64)
        #expect(error?.message.contains("--keep") == true)
        #expect(error?.message.contains("90d") == true)
    }

    @Test func `prune must be told what to keep`() {
        #expect(throws: (any Error).self) { try MonoReconcile.parseAsRoot(["prune"]) }
    }
}
