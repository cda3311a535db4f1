import ArgumentParser

extension Seconds: ExpressibleByArgument {
    init?(argument: String) { self.init(argument) }
}

extension LatencyDistribution: ExpressibleByArgument {
    init?(argument: String) { self.init(argument) }
}

extension FaultRule: ExpressibleByArgument {
    init?(argument: String) { self.init(option: argument) }
}

/// How Mono, the banks and the network behave.
struct BehaviourOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Least time between realtime sessions of an account (default: 5m).", valueName: "time"))
    var realtimeLimit: Seconds?

    @Option(help: ArgumentHelp("Least time between data syncs of an account (default: 2m).", valueName: "time"))
    var dataSyncLimit: Seconds?

    @Option(
        help: ArgumentHelp(
            """
            How long syncs take: 2s, uniform:1s:5s, lognormal:MEDIAN:SIGMA, or several by their shares, as \
            0.9*lognormal:2s:0.5+0.1*1h (default: lognormal:1.5s:0.5).
            """,
            valueName: "law"))
    var latency: LatencyDistribution?

    @Option(help: ArgumentHelp("The same for slow accounts (default: uniform:4s:12s).", valueName: "law"))
    var slowLatency: LatencyDistribution?

    @Option(help: ArgumentHelp("Time until an ordinary answer goes out (default: 20ms).", valueName: "time"))
    var answerTime: Seconds?

    @Option(help: ArgumentHelp("Share of webhooks that get lost.", valueName: "share"))
    var webhookLoss = 0.0

    @Option(help: ArgumentHelp("Time from what happened to its webhook (default: 300ms).", valueName: "time"))
    var webhookDelay: Seconds?

    @Option(help: ArgumentHelp("Share of webhooks that come twice.", valueName: "share"))
    var webhookDuplicates = 0.0

    @Option(
        name: .customLong("fault"),
        help: ArgumentHelp(
            """
            Share of all calls that go wrong, repeatable: 503:0.02, or 429:0.01:2s with Retry-After. Instead of the \
            status: reset, hang, truncated, html, html_404 …, garbage, wrong_account.
            """,
            valueName: "mode:share"))
    var faults: [FaultRule] = []

    @Option(help: ArgumentHelp("Latencies, delays and limits are divided by this.", valueName: "factor"))
    var speed = 1.0

    func validate() throws {
        for (name, share) in [("--webhook-loss", webhookLoss), ("--webhook-duplicates", webhookDuplicates)]
        where !(0...1).contains(share) {
            throw ValidationError("\(name) \(share): a share between 0 and 1, for example 0.3")
        }
        guard speed >= 0.01, speed <= 10_000 else {
            throw ValidationError("--speed \(speed): between 0.01 and 10000, for example 10")
        }
    }

    /// The settings that the options stand for.
    var settings: Settings {
        var settings = Settings()
        settings.realtimeLimit = realtimeLimit?.value ?? settings.realtimeLimit
        settings.dataSyncLimit = dataSyncLimit?.value ?? settings.dataSyncLimit
        settings.latency = latency ?? settings.latency
        settings.slowLatency = slowLatency ?? settings.slowLatency
        settings.answerSeconds = answerTime?.value ?? settings.answerSeconds
        settings.webhookLoss = webhookLoss
        settings.webhookDelay = webhookDelay?.value ?? settings.webhookDelay
        settings.webhookDuplicates = webhookDuplicates
        settings.faults = faults
        settings.speed = speed
        return settings
    }
}
