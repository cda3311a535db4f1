import ArgumentParser
import Reconciliation

/// The options that decide what a run does, as text: `run` and `plan` have them.
///
/// ``RunSettings`` reads them together with the environment.
struct PlanArguments: ParsableArguments {
    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "Reconcile only this account, by its ID or a customer reference of its own; may be given several times.",
            valueName: "account"))
    var account: [String] = []

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Take at most so many accounts, the never tried first.", valueName: "number"))
    var limit: String?

    @Flag(help: "Also try accounts in their cool-down: tried lately, and nothing new is known of them.")
    var force = false

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("How long after its request a sync may take. (default: 5m)", valueName: "duration"))
    var window: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "How long an account may await its event before it is stuck. (default: 5m)", valueName: "duration"))
    var stuckAfter: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("API calls a second, all workers together. (default: 10)", valueName: "number"))
    var rate: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Make at most so many API calls in this run; every one counts.", valueName: "number"))
    var maxCalls: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "How long a result may go unseen if that saves a call; when to look is learned from each bank's past syncs. "
                + "(default: 60s, with --account 5s, at most the window)",
            valueName: "duration"))
    var patience: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Learn nothing, and look by a plain schedule: the wait before the first look. (default: 2s)",
            valueName: "duration"))
    var pollFirst: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The same: what each further wait is multiplied by. (default: 1.6)", valueName: "number"))
    var pollFactor: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The same: the longest wait between two looks. (default: 45s)", valueName: "duration"))
    var pollMax: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "What Mono bills for each kind of call, so that plan, reports and metrics tell the cost, for instance "
                + "\(Prices.example).",
            valueName: "prices"))
    var prices: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The currency of --prices. (default: NGN)", valueName: "code"))
    var currency: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Mono's API: realtime (v2) or data-sync (v1). (default: realtime)", valueName: "generation"))
    var api: String?

    @Flag(help: "Ask for a link for each customer who has to re-authorise (realtime only).")
    var reauthLinks = false

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Whose clock people read, and by whose noons nights are counted. (default: Africa/Lagos)",
            valueName: "zone"))
    var timeZone: String?

    @Flag(help: "Print the result as JSON.")
    var json = false
}

/// The options that say how a run is carried out and who hears of it: `run` alone has them.
struct RunArguments: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "API calls in flight in this process. (default: the larger of 32 and 4 × rate)", valueName: "number"))
    var concurrency: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Where the report's folders go. (default: ./reports)", valueName: "folder"))
    var reportDir: String?

    @Flag(help: "Write no report.")
    var noReport = false

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "accounts.csv for a spreadsheet (excel) or a program (plain). (default: excel)", valueName: "profile"))
    var csvProfile: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Where people open the report's folder; named in mails and notices.", valueName: "url"))
    var reportURL: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Tell this address (healthchecks style) of start and end.", valueName: "url"))
    var pingURL: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Post the headline and who must act to this webhook (Slack, Teams, any) after a nightly run.",
            valueName: "url"))
    var notifyURL: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Write metrics for Prometheus' textfile collector at the end.", valueName: "path"))
    var metricsFile: String?

    @Flag(help: "Exit with 1 unless every account has its data.")
    var strict = false

    @Flag(help: "Print nothing while all is well.")
    var quiet = false

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Live progress on standard error: auto, always or never. (default: auto)", valueName: "when")
    )
    var progress: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "trace, debug, info, notice, warning, error or critical. (default: warning)", valueName: "level"))
    var logLevel: String?

    @Option(parsing: .unconditional, help: ArgumentHelp("text or json. (default: text)", valueName: "format"))
    var logFormat: String?
}
