import ArgumentParser

/// The options of `run` and `plan`, as text: ``RunSettings`` reads them together with the environment.
struct RunArguments: ParsableArguments {
    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Reconcile only this account; may be given several times.", valueName: "id"))
    var account: [String] = []

    @Option(parsing: .unconditional, help: "Take at most so many accounts, the never tried first.")
    var limit: String?

    @Option(parsing: .unconditional, help: "How long after its request a sync may take. (default: 5m)")
    var window: String?

    @Option(parsing: .unconditional, help: "How long an account may await its event before it is stuck. (default: 5m)")
    var stuckAfter: String?

    @Option(parsing: .unconditional, help: "API calls a second, all workers together. (default: 10)")
    var rate: String?

    @Option(
        parsing: .unconditional, help: "API calls in flight in this process. (default: the larger of 32 and 4 × rate)")
    var concurrency: String?

    @Option(parsing: .unconditional, help: "Make at most so many API calls in this run; every one counts.")
    var maxCalls: String?

    @Option(parsing: .unconditional, help: "The wait before the first look. (default: 2s)")
    var pollFirst: String?

    @Option(parsing: .unconditional, help: "What each further wait is multiplied by. (default: 1.6)")
    var pollFactor: String?

    @Option(parsing: .unconditional, help: "The longest wait between two looks. (default: 45s)")
    var pollMax: String?

    @Option(parsing: .unconditional, help: "Mono's API: realtime (v2) or data-sync (v1). (default: realtime)")
    var api: String?

    @Option(parsing: .unconditional, help: "Where the report's folders go. (default: ./reports)")
    var reportDir: String?

    @Flag(help: "Write no report.")
    var noReport = false

    @Option(
        parsing: .unconditional, help: "accounts.csv for a spreadsheet (excel) or a program (plain). (default: excel)")
    var csvProfile: String?

    @Flag(help: "Exit with 1 unless every account has its data.")
    var strict = false

    @Flag(help: "Print nothing while all is well.")
    var quiet = false

    @Flag(help: "Print the summary as JSON.")
    var json = false

    @Option(parsing: .unconditional, help: "A live line on standard error: auto, always or never. (default: auto)")
    var progress: String?

    @Option(
        parsing: .unconditional,
        help: "trace, debug, info, notice, warning, error or critical. (default: warning)")
    var logLevel: String?

    @Option(parsing: .unconditional, help: "text or json. (default: text)")
    var logFormat: String?
}
