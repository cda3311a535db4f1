import ArgumentParser
import Reconciliation
import Testing

@testable import MonoReconcile

/// When to look, and what a call costs: the options of it together.
struct LookSettingsTests {
    private func settings(
        _ arguments: [String] = [], _ environment: [String: String] = [:]
    ) throws -> RunSettings {
        let command = try RunCommand.parse(arguments)
        return try RunSettings(command.plan, command.arguments, environment: environment)
    }

    @Test(arguments: [
        ([], Duration.seconds(60)), (["--account", "a"], .seconds(5)), (["--patience", "20s"], .seconds(20)),
        (["--account", "a", "--patience", "20s"], .seconds(20)), (["--window", "20s"], .seconds(20)),
        (["--window", "2s", "--account", "a"], .seconds(2)), (["--window", "20s", "--patience", "20s"], .seconds(20)),
        (["--patience", "1ms"], .milliseconds(1)), (["--patience", "5m"], .seconds(300)),
    ])
    func `a second of delay is worth little at night, and more while somebody waits`(
        arguments: [String], patience: Duration
    ) throws {
        #expect(try settings(arguments).rules.patience == patience)
        #expect(try settings(arguments).rules.schedule == PollSchedule())
    }

    @Test func `patience has its variable, also for accounts named by one`() throws {
        #expect(try settings([], ["MONO_RECONCILE_PATIENCE": "9s"]).rules.patience == .seconds(9))
        #expect(try settings([], ["MONO_RECONCILE_ACCOUNT": "a"]).rules.patience == .seconds(5))
        #expect(try settings(["--patience", "8s"], ["MONO_RECONCILE_PATIENCE": "9s"]).rules.patience == .seconds(8))
    }

    @Test(arguments: [
        ("poll-first", "1s", PollSchedule(first: .seconds(1))), ("poll-factor", "3", PollSchedule(factor: 3)),
        ("poll-max", "9s", PollSchedule(maximum: .seconds(9))),
    ])
    func `a schedule of one's own learns nothing`(name: String, value: String, schedule: PollSchedule) throws {
        for settings in [
            try settings(["--\(name)", value]), try settings([], [Setting.variable(for: name): value]),
        ] {
            #expect(settings.rules.patience == nil)
            #expect(settings.rules.schedule == schedule)
        }
    }

    @Test(
        arguments: [
            (
                ["--patience", "9s", "--poll-max", "9s"], [:], 64,
                "--patience: not together with --poll-max, which makes"
            ),
            (
                ["--patience", "9s", "--poll-max", "9s", "--poll-factor", "2"], [:], 64,
                "--patience: not together with --poll-factor, --poll-max, which make "
            ),
            (
                ["--patience", "9s"], ["MONO_RECONCILE_POLL_FIRST": "1s"], 64,
                "--patience: not together with MONO_RECONCILE_POLL_FIRST, which makes"
            ),
            (
                ["--poll-first", "1s"], ["MONO_RECONCILE_PATIENCE": "1s"], 64,
                "MONO_RECONCILE_PATIENCE: not together with --poll-first, which makes"
            ),
            (
                [], ["MONO_RECONCILE_PATIENCE": "1s", "MONO_RECONCILE_POLL_MAX": "1s"], 78,
                "MONO_RECONCILE_PATIENCE: not together with MONO_RECONCILE_POLL_MAX, which makes"
            ),
        ] as [([String], [String: String], Int32, String)])
    func `patience beside a schedule of one's own is refused`(
        arguments: [String], environment: [String: String], code: Int32, message: String
    ) {
        let failure = #expect(throws: Failure.self) { try settings(arguments, environment) }
        #expect(failure?.code == code)
        #expect(failure?.message.hasPrefix(message) == true, "\(failure?.message ?? "")")
    }

    @Test(arguments: [["--patience", "0s"], ["--patience", "6m"], ["--patience", "3s", "--window", "2s"]])
    func `patience beyond the window is named`(arguments: [String]) {
        let failure = #expect(throws: Failure.self) { try settings(arguments) }
        #expect(failure?.code == 64)
        #expect(
            failure?.message.contains("is not a duration from 1ms to the window; for instance --patience 1s") == true)
    }

    @Test func `prices are in naira unless another currency is named`() throws {
        #expect(try settings().prices == nil)
        #expect(try settings(["--currency", "GHS"]).prices == nil)
        #expect(try settings(["--prices", Prices.example]).prices == Prices(Prices.example))
        let variables = ["MONO_RECONCILE_PRICES": Prices.example, "MONO_RECONCILE_CURRENCY": "GHS"]
        #expect(try settings([], variables).prices == Prices(Prices.example, currency: #require(Currency("GHS"))))
    }

    @Test func `a list of prices that is not whole says what is wrong, and how it looks`() {
        let option = #expect(throws: Failure.self) { try settings(["--prices", "details=100,trigger=10,job=0"]) }
        #expect(option?.code == 64)
        #expect(
            option?.message
                == "--prices: \"details=100,trigger=10,job=0\" is not a price for each kind of call: reauth is missing; "
                + "for instance --prices details=100,trigger=10,job=0,reauth=5")
        let variable = #expect(throws: Failure.self) { try settings([], ["MONO_RECONCILE_PRICES": "job=-1"]) }
        #expect(variable?.code == 78)
        #expect(variable?.message.contains(": job wants a number from 0 to 999999.99 with") == true)
        let currency = #expect(throws: Failure.self) { try settings(["--currency", "naira"]) }
        #expect(currency?.message == "--currency: \"naira\" is not three capital letters; for instance --currency NGN")
    }
}
