import Ledger
import Logging
import MonoAPI
import Reconciliation
import Reports

/// The options of `run`, read from the command line and the environment; an option wins over its variable.
struct RunSettings: Sendable {
    enum Progress: String, Sendable, CaseIterable {
        case auto, always, never
    }

    enum LogFormat: String, Sendable, CaseIterable {
        case text, json
    }

    /// As they were named: Account IDs, or customer references.
    var accounts: [String]
    var rules: Rules
    var rate: Double
    var concurrency: Int
    var limit: Int?
    var maxCalls: Int?
    /// Whether accounts in their cool-down are tried as well.
    var force: Bool
    /// What a call of each kind costs; nil: nobody said.
    var prices: Prices?
    var reportDirectory: String
    var writesReport: Bool
    var csvProfile: CSVProfile
    var strict: Bool
    var quiet: Bool
    var json: Bool
    var progress: Progress
    var logLevel: Logger.Level
    var logFormat: LogFormat
    /// The health check that is told of start and end.
    var pingURL: BaseURL?
    var metricsFile: String?
    /// The clock that people read, and by whose noons nights are counted.
    var timeZone: TimeZoneRules
    /// Where people open the report directory.
    var reportURL: String?
    /// The webhook that is told how a nightly run ended.
    var notifyURL: NoticeURL?

    /// Reads everything, or says what is malformed: exit 64 for an option, 65 for an account without a name, 78 for a
    /// variable.
    init(
        _ plan: PlanArguments, _ arguments: RunArguments, environment: [String: String]
    ) throws(Failure) {
        let reader = Reader(environment: environment)
        accounts = try reader.accounts(plan.account)
        rules = try reader.rules(plan, isNightly: accounts.isEmpty)
        rate =
            try reader.setting("rate", plan.rate)
            .read("a number from 0.01 to 10000", example: "10") { text in
                Values.number(text).flatMap { (0.01...10_000).contains($0) ? $0 : nil }
            } ?? 10
        let defaultConcurrency = max(32, Int((rate * 4).rounded(.up)))
        concurrency = try reader.count("concurrency", arguments.concurrency, example: "64") ?? defaultConcurrency
        limit = try reader.count("limit", plan.limit, example: "500")
        maxCalls = try reader.count("max-calls", plan.maxCalls, example: "20000")
        force = try reader.flag("force", plan.force)
        reportDirectory =
            try reader.path(
                reader.setting("report-dir", arguments.reportDir), "a directory",
                example: "/var/lib/mono-reconcile/reports") ?? "./reports"
        writesReport = try !reader.flag("no-report", arguments.noReport)
        csvProfile = try reader.choice("csv-profile", arguments.csvProfile) ?? .excel
        strict = try reader.flag("strict", arguments.strict)
        quiet = try reader.flag("quiet", arguments.quiet)
        json = try reader.flag("json", plan.json)
        progress = try reader.choice("progress", arguments.progress) ?? .auto
        logLevel = try reader.choice("log-level", arguments.logLevel) ?? (quiet ? .error : .warning)
        logFormat = try reader.choice("log-format", arguments.logFormat) ?? .text
        prices = try reader.prices(plan)
        let pingURL = try reader.pingURL(arguments.pingURL)
        let metricsFile = try reader.metricsFile(arguments.metricsFile)
        // Health check and metrics that the variables name watch the nightly runs; a one-off run must not look like
        // one.
        let isNightly = accounts.isEmpty
        timeZone = try reader.timeZone(plan.timeZone)
        reportURL = try reader.reportURL(arguments.reportURL)
        let notifyURL = try reader.notifyURL(arguments.notifyURL)
        self.notifyURL = isNightly ? notifyURL : nil
        self.pingURL = isNightly || arguments.pingURL != nil ? pingURL : nil
        self.metricsFile = isNightly || arguments.metricsFile != nil ? metricsFile : nil
    }

    /// The variables of all options.
    static var knownVariables: [String] {
        [
            "account", "dry-run", "limit", "force", "window", "stuck-after", "rate", "concurrency", "max-calls",
            "patience",
            "poll-first", "poll-factor", "poll-max", "prices", "currency", "api", "reauth-links", "report-dir",
            "no-report", "csv-profile", "strict",
            "quiet", "json", "progress", "log-level", "log-format", "ping-url", "metrics-file", "time-zone",
            "report-url", "notify-url",
        ].map(Setting.variable)
    }

    /// Variables with our prefix but no option of that name: most likely a misspelling that would change the run.
    static func unknownVariables(in environment: [String: String]) -> [String] {
        let known = Set(knownVariables)
        return environment.keys.filter { $0.hasPrefix("MONO_RECONCILE_") && !known.contains($0) }.sorted()
    }

    /// What to say of each of them.
    static func warnings(of environment: [String: String]) -> [String] {
        unknownVariables(in: environment).map { variable in
            let meant = Suggestions.nearest(to: variable, among: knownVariables)
            let hint = meant.map { "did you mean \($0)?" } ?? "is it misspelt?"
            return "\(variable) is set, but there is no such option: \(hint)"
        }
    }
}

/// Reads settings of one environment.
struct Reader {
    var environment: [String: String]

    func setting(_ name: String, _ option: String?, _ alsoKnownAs: [String] = []) -> Setting {
        Setting(option: option, name: name, alsoKnownAs: alsoKnownAs, environment: environment)
    }

    func count(_ name: String, _ option: String?, example: String) throws(Failure) -> Int? {
        try setting(name, option).read("a whole number from 1 to 999999999", example: example, Values.count)
    }

    func duration(
        _ name: String, _ option: String?, in range: ClosedRange<Duration>, _ bounds: String, example: String
    ) throws(Failure) -> Duration? {
        try setting(name, option).read("a duration\(bounds)", example: example) { text in
            Values.duration(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    func flag(_ name: String, _ isSet: Bool) throws(Failure) -> Bool {
        if isSet { return true }
        return try setting(name, nil).read("true or false", example: "true", Values.flag) ?? false
    }

    func choice<Value: RawRepresentable & CaseIterable>(
        _ name: String, _ option: String?, _ alsoKnownAs: [String] = []
    ) throws(Failure) -> Value? where Value.RawValue == String {
        let words = Value.allCases.map(\.rawValue)
        return try setting(name, option, alsoKnownAs)
            .read("one of \(words.joined(separator: ", "))", example: words.first ?? "") { Value(rawValue: $0) }
    }

    func rules(_ arguments: PlanArguments, isNightly: Bool) throws(Failure) -> Rules {
        let api = try api(arguments.api) ?? .realtime
        let window =
            try duration(
                "window", arguments.window, in: .seconds(1)...Self.day, " from 1s to 1d", example: "5m")
            ?? .seconds(300)
        let schedule = try schedule(arguments)
        let patience = try patience(arguments, window: window, isNightly: isNightly)
        return Rules(
            api: api, window: window, stuckAfter: try stuckAfter(arguments.stuckAfter), syncLimit: try syncLimit(),
            schedule: schedule ?? PollSchedule(), patience: schedule == nil ? patience : nil,
            asksForLinks: try asksForLinks(arguments, api))
    }

    func stuckAfter(_ option: String?) throws(Failure) -> Duration {
        let decade = Duration.seconds(3_650 * 86_400)
        return try duration("stuck-after", option, in: .zero...decade, "", example: "5m") ?? .seconds(300)
    }

    func pingURL(_ option: String?) throws(Failure) -> BaseURL? {
        try Setting(option: option, name: "ping-url", environment: environment, isSecret: true).read(
            "an https address without a query (http to this machine only)",
            example: "https://hc-ping.com/11111111-2222-3333-4444-555555555555"
        ) { try? BaseURL($0) }
    }

    func metricsFile(_ option: String?) throws(Failure) -> String? {
        try path(
            setting("metrics-file", option), "the path of a file",
            example: "/var/lib/prometheus/node-exporter/mono_reconcile.prom"
        ) { !$0.isEmpty && !$0.hasSuffix("/") }
    }

    private func asksForLinks(_ arguments: PlanArguments, _ api: APIGeneration) throws(Failure) -> Bool {
        guard try flag("reauth-links", arguments.reauthLinks) else { return false }
        guard api == .realtime else {
            let name = arguments.reauthLinks ? "--reauth-links" : Setting.variable(for: "reauth-links")
            throw Failure(
                arguments.reauthLinks ? .usage : .configuration,
                "\(name): not with --api data-sync, whose tokens are dead after 10 minutes; for one that is sent at once: "
                    + "mono-reconcile reauth-link ID")
        }
        return true
    }

    func syncLimit() throws(Failure) -> Duration? {
        guard let text = environment["MONO_SYNC_LIMIT"], !text.isEmpty else { return nil }
        guard let limit = Values.duration(text), limit >= .seconds(1) else {
            throw Failure(
                .configuration,
                "MONO_SYNC_LIMIT: \"\(text)\" is not a duration from 1s", remedy: "for instance MONO_SYNC_LIMIT=5m")
        }
        return limit
    }

    /// The accounts named, each once; whether there are such is for the database to say.
    func accounts(_ options: [String]) throws(Failure) -> [String] {
        var texts = options
        if texts.isEmpty, let variable = environment[Setting.variable(for: "account")], !variable.isEmpty {
            texts = variable.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        guard !texts.contains("") else {
            throw Failure(
                .badInput, "--account: \"\" is no account", remedy: "name an Account ID or a customer reference")
        }
        var seen: Set<String> = []
        return texts.filter { seen.insert($0).inserted }
    }
}
