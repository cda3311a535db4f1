import ArgumentParser
import Logging
import Reconciliation
import Reports
import Testing

@testable import MonoReconcile

/// The options of `run` with their variables, defaults and bounds.
struct RunSettingsTests {
    private func settings(
        _ arguments: [String] = [], _ environment: [String: String] = [:]
    ) throws -> RunSettings {
        let command = try RunCommand.parse(arguments)
        return try RunSettings(command.plan, command.arguments, environment: environment)
    }

    @Test
    func `without options all is as the manual says`() throws {
        let settings = try settings()
        #expect(settings.rules == Rules(api: .realtime, patience: .seconds(60)))
        #expect(settings.prices == nil)
        #expect(settings.rules.window == .seconds(300))
        #expect(settings.rules.stuckAfter == .seconds(300))
        #expect(settings.rules.syncLimit == .seconds(300))
        #expect(settings.rules.schedule == PollSchedule(first: .seconds(2), factor: 1.6, maximum: .seconds(45)))
        #expect(settings.rate == 10)
        #expect(settings.concurrency == 40)
        #expect(settings.limit == nil)
        #expect(settings.maxCalls == nil)
        #expect(settings.accounts.isEmpty)
        #expect(settings.reportDirectory == "./reports")
        #expect(settings.writesReport)
        #expect(settings.csvProfile == .excel)
        #expect(!settings.rules.asksForLinks)
        #expect(!settings.strict)
        #expect(!settings.quiet)
        #expect(!settings.json)
        #expect(settings.progress == .auto)
        #expect(settings.logLevel == .warning)
        #expect(settings.logFormat == .text)
        #expect(settings.timeZone == .lagos)
        #expect(settings.reportURL == nil)
        #expect(settings.notifyURL == nil)
    }

    /// Each option once, as an option and as its variable.
    static let everything: [(name: String, value: String)] = [
        ("limit", "7"), ("window", "20s"), ("stuck-after", "1h"), ("rate", "0.5"), ("concurrency", "9"),
        ("max-calls", "8"), ("poll-first", "500ms"), ("poll-factor", "2"), ("poll-max", "10s"), ("api", "data-sync"),
        ("report-dir", "/tmp/r"), ("csv-profile", "plain"), ("progress", "never"), ("log-level", "debug"),
        ("log-format", "json"), ("time-zone", "UTC"), ("report-url", "https://files.example.com/r/"),
        ("prices", "reauth=1,job=2,trigger=3,details=4"), ("currency", "GHS"),
    ]

    private func expectEverything(_ settings: RunSettings) {
        let schedule = PollSchedule(first: .milliseconds(500), factor: 2, maximum: .seconds(10))
        #expect(
            settings.rules
                == Rules(api: .dataSync, window: .seconds(20), stuckAfter: .seconds(3_600), schedule: schedule))
        #expect(settings.rules.syncLimit == .seconds(120))
        #expect(settings.limit == 7)
        #expect(settings.rate == 0.5)
        #expect(settings.concurrency == 9)
        #expect(settings.maxCalls == 8)
        #expect(settings.reportDirectory == "/tmp/r")
        #expect(settings.csvProfile == .plain)
        #expect(settings.progress == .never)
        #expect(settings.logLevel == .debug)
        #expect(settings.logFormat == .json)
        #expect(settings.timeZone == .utc)
        #expect(settings.reportURL == "https://files.example.com/r")
        #expect(settings.prices?.description == "details=4,trigger=3,job=2,reauth=1")
        #expect(settings.prices?.currency.description == "GHS")
        #expect(settings.strict)
        #expect(settings.quiet)
        #expect(settings.json)
        #expect(!settings.writesReport)
        #expect(settings.accounts == ["a", "b"])
    }

    @Test
    func `every option is read`() throws {
        let flags = ["--strict", "--quiet", "--json", "--no-report", "--account", "a", "--account", "b"]
        expectEverything(try settings(Self.everything.flatMap { ["--\($0.name)", $0.value] } + flags))
    }

    @Test
    func `every option has its variable`() throws {
        var environment = ["MONO_RECONCILE_ACCOUNT": "a,b"]
        for flag in ["STRICT", "QUIET", "JSON", "NO_REPORT"] { environment["MONO_RECONCILE_\(flag)"] = "true" }
        for (name, value) in Self.everything { environment[Setting.variable(for: name)] = value }
        #expect(RunSettings.unknownVariables(in: environment) == [])
        expectEverything(try settings([], environment))
    }

    @Test(arguments: [
        ("window", "1s"), ("window", "1d"), ("stuck-after", "0s"), ("stuck-after", "3650d"), ("rate", "0.01"),
        ("rate", "10000"), ("poll-first", "10ms"), ("poll-first", "1d"), ("poll-max", "10ms"), ("poll-factor", "1"),
        ("poll-factor", "100"), ("limit", "1"), ("max-calls", "1"), ("concurrency", "1"),
    ])
    func `the bounds themselves are accepted`(name: String, value: String) throws {
        _ = try settings(["--\(name)", value])
    }

    @Test(arguments: [
        ("window", "999ms"), ("window", "25h"), ("stuck-after", "3651d"), ("rate", "0.009"), ("rate", "10000.1"),
        ("poll-first", "9ms"), ("poll-first", "25h"), ("poll-max", "9ms"), ("poll-factor", "0.99"),
        ("poll-factor", "100.1"), ("limit", "0"), ("max-calls", "0"), ("concurrency", "0"), ("api", "Realtime"),
        ("csv-profile", ""), ("report-dir", ""), ("time-zone", "Africa/Atlantis"), ("time-zone", "../../etc/passwd"),
        ("time-zone", ""), ("report-url", "files.example.com"), ("report-url", "https://x/?a=b"),
        ("report-url", "javascript:x"), ("report-url", "https://x/a b"), ("patience", "0s"), ("patience", "301s"),
        ("prices", "details=1"), ("prices", "-1"), ("currency", "ngn"), ("currency", ""),
    ])
    func `what lies beyond is named`(name: String, value: String) throws {
        let option = #expect(throws: Failure.self) { try settings(["--\(name)", value]) }
        #expect(option?.code == 64)
        #expect(option?.message.hasPrefix("--\(name): \"\(value)\" is not ") == true)
        guard !value.isEmpty else { return }
        let variable = #expect(throws: Failure.self) { try settings([], [Setting.variable(for: name): value]) }
        #expect(variable?.code == 78)
    }

    @Test(arguments: [("1", 32), ("8", 32), ("8.1", 33), ("100", 400), ("10000", 40_000)])
    func `concurrency follows the rate`(rate: String, concurrency: Int) throws {
        #expect(try settings(["--rate", rate]).concurrency == concurrency)
    }

    @Test
    func `quiet logs errors alone unless told otherwise`() throws {
        #expect(try settings(["--quiet"]).logLevel == .error)
        #expect(try settings(["--quiet", "--log-level", "info"]).logLevel == .info)
    }

    @Test
    func `MONO_API and MONO_SYNC_LIMIT set the rules`() throws {
        let environment = ["MONO_API": "data-sync", "MONO_SYNC_LIMIT": "3m"]
        #expect(
            try settings([], environment).rules
                == Rules(api: .dataSync, syncLimit: .seconds(180), patience: .seconds(60)))
        #expect(try settings(["--api", "realtime"], environment).rules.api == .realtime)
        let failure = #expect(throws: Failure.self) { try settings([], ["MONO_SYNC_LIMIT": "3"]) }
        #expect(failure?.code == 78)
        #expect(failure?.message.contains("MONO_SYNC_LIMIT=5m") == true)
    }

    @Test(arguments: [("v2", "realtime"), ("V1", "data-sync"), ("2", "realtime")])
    func `Mono's own name of an API is answered with ours`(written: String, ours: String) {
        let option = #expect(throws: Failure.self) { try settings(["--api", written]) }
        #expect(option?.message == "--api: \"\(written)\" is not one of realtime, data-sync; write --api \(ours)")
        let variable = #expect(throws: Failure.self) { try settings([], ["MONO_API": written]) }
        #expect(variable?.message.hasSuffix("; write MONO_API=\(ours)") == true)
    }

    @Test
    func `links are for realtime alone`() throws {
        let variable = ["MONO_RECONCILE_REAUTH_LINKS": "true"]
        #expect(try settings(["--reauth-links"]).rules.asksForLinks)
        #expect(try settings([], variable).rules.asksForLinks)
        #expect(RunSettings.unknownVariables(in: variable).isEmpty)
        for arguments in [["--reauth-links", "--api", "data-sync"], ["--reauth-links"]] {
            let option = #expect(throws: Failure.self) { try settings(arguments, ["MONO_API": "data-sync"]) }
            #expect(option?.code == 64)
            #expect(option?.message.hasPrefix("--reauth-links: ") == true)
        }
        let failure = #expect(throws: Failure.self) { try settings(["--api", "data-sync"], variable) }
        #expect(failure?.code == 78)
        #expect(failure?.message.hasPrefix("MONO_RECONCILE_REAUTH_LINKS: ") == true)
        let off = ["MONO_RECONCILE_REAUTH_LINKS": "false", "MONO_API": "data-sync"]
        #expect(try !settings([], off).rules.asksForLinks)
    }

    @Test
    func `accounts are taken once each, by whatever name`() throws {
        #expect(
            try settings(["--account", "b", "--account", "a", "--account", "b"]).accounts == ["b", "a"])
        // Named accounts replace the variable's.
        let environment = ["MONO_RECONCILE_ACCOUNT": "c"]
        #expect(try settings(["--account", "a"], environment).accounts == ["a"])
        let failure = #expect(throws: Failure.self) {
            try settings(["--account", "a b", "--account", ""])
        }
        #expect(failure?.code == 65)
        #expect(try settings(["--account", "a b", "--account", "é"]).accounts == ["a b", "é"])
    }

    @Test
    func `a misspelt variable is found`() {
        let environment = ["MONO_RECONCILE_WIMDOW": "5m", "MONO_RECONCILE_WINDOW": "5m", "MONO_API": "x", "HOME": "/"]
        #expect(RunSettings.unknownVariables(in: environment) == ["MONO_RECONCILE_WIMDOW"])
        let warning = "MONO_RECONCILE_WIMDOW is set, but there is no such option: did you mean MONO_RECONCILE_WINDOW?"
        #expect(RunSettings.warnings(of: environment) == [warning])
    }
}
