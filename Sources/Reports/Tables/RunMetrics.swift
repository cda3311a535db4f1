package import Reconciliation
import Text

/// What Prometheus is told of the nightly job, as a file for node_exporter's textfile collector.
///
/// Names are stable: `docs/monitoring.md` lists them, and the alerts and the dashboard of `monitoring/` go by them.
package struct RunMetrics: Sendable {
    /// The metrics, all of them gauges, in the order of the file.
    package enum Metric: String, CaseIterable, Sendable {
        case buildInfo = "mono_reconcile_build_info"
        case lastRunTime = "mono_reconcile_last_run_timestamp_seconds"
        case lastRunDuration = "mono_reconcile_last_run_duration_seconds"
        case lastRunExitCode = "mono_reconcile_last_run_exit_code"
        case lastSuccessTime = "mono_reconcile_last_success_timestamp_seconds"
        case selectedAccounts = "mono_reconcile_selected_accounts"
        case notSelectedAccounts = "mono_reconcile_not_selected_accounts"
        case cases = "mono_reconcile_cases"
        case apiCalls = "mono_reconcile_api_calls"
        case cost = "mono_reconcile_cost"
        case callsSaved = "mono_reconcile_calls_saved"
        case oldestStuck = "mono_reconcile_oldest_stuck_seconds"
        case lastEventTime = "mono_reconcile_last_event_timestamp_seconds"
        case notTriedCases = "mono_reconcile_not_tried_cases"
        case workList = "mono_reconcile_work_list_accounts"
        case knownAccounts = "mono_reconcile_known_accounts"
        case stuckAccounts = "mono_reconcile_stuck_accounts"
        case bankDownSince = "mono_reconcile_bank_down_since_timestamp_seconds"

        var help: String {
            switch self {
            case .buildInfo: "The version of mono-reconcile that wrote this file."
            case .lastRunTime: "When the last job ended, however it ended."
            case .lastRunDuration: "How long the last job took."
            case .lastRunExitCode: "The exit code of the last job; 0 is success."
            case .lastSuccessTime: "When the last job ended that ended with exit code 0."
            case .selectedAccounts: "Accounts that the last run that was closed selected to be tried."
            case .notSelectedAccounts: "Due accounts that a limit left out of the last run that was closed."
            case .cases: "Cases of the last run that was closed, by outcome."
            case .apiCalls: "API calls of the last run that was closed, by kind."
            case .cost: "What the API calls of the last run that was closed cost, by kind, in units of the currency."
            case .callsSaved:
                "API calls that the plain schedule would have made beyond those of the last run that was closed."
            case .oldestStuck:
                "How long the longest stuck account had been so as the last run was closed, those left out included."
            case .lastEventTime: "When the newest webhook had arrived as the last run was closed."
            case .notTriedCases: "Cases that the last run that was closed did not get to, by cause."
            case .workList: "Unresolved accounts of the last run that was closed, by who acts next."
            case .knownAccounts: "Accounts in mono.accounts as the last run was closed."
            case .stuckAccounts: "Stuck or flagged accounts as the last run began, those left out included."
            case .bankDownSince: "Since when a bank has been down that was down in the last run that was closed."
            }
        }
    }

    /// When the job ended, by this machine's clock.
    package var endedAt: Timestamp
    package var duration: Duration
    package var exitCode: Int
    package var version: String
    /// The run that the job closed or reported; if nil, the file keeps what it said of the run before.
    package var run: RunRecord?

    package init(endedAt: Timestamp, duration: Duration, exitCode: Int, version: String, run: RunRecord?) {
        self.endedAt = endedAt
        self.duration = duration
        self.exitCode = exitCode
        self.version = version
        self.run = run
    }

    /// Writes the file for everybody to read, complete or not at all.
    ///
    /// Its folder must be there. What an earlier job wrote is read first: the time of the last success outlives failures.
    package func write(to path: String) throws(ReportError) {
        let slash = path.lastIndex(of: "/")
        let name = slash.map { String(path[path.index(after: $0)...]) } ?? path
        let folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        guard !name.isEmpty else { throw .failed(path: path, reason: "it is the name of a folder") }
        let old: [UInt8]
        switch FileSystem.read(path, mostBytes: Self.limitBytes) {
        case .bytes(let bytes): old = bytes
        case .missing: old = []
        case .unreadable: throw .failed(path: path, reason: "what is there is no metrics file that can be read")
        }
        // The job waits for this: a writer that hangs is not waited for.
        try FileSystem.replace(name, in: folder, with: bytes(after: old), lockAttempts: 100, mode: 0o644)
    }

    private static let limitBytes = 64 * 1024
    /// The first line, by which a file of ours is known.
    private static let title = "# mono-reconcile: written at the end of each job, do not edit."

    /// The file's bytes, given those of the file that they replace.
    package func bytes(after old: [UInt8]) -> [UInt8] {
        var samples = Self.samples(of: old)
        for (metric, values) in news {
            samples = samples.filter { $0.metric != metric }
            samples += values.map { Sample(metric: metric, labels: $0.0, value: $0.1) }
        }
        var text = Self.title + "\n"
        for metric in Metric.allCases {
            let own = samples.filter { $0.metric == metric }
            guard !own.isEmpty else { continue }
            text += "# HELP \(metric.rawValue) \(metric.help)\n# TYPE \(metric.rawValue) gauge\n"
            for sample in own { text += "\(metric.rawValue)\(sample.labels) \(sample.value)\n" }
        }
        return Array(text.utf8)
    }

    private struct Sample {
        var metric: Metric
        /// With its braces, or nothing.
        var labels: String
        var value: String
    }

    /// What this job has to say; a metric without values is taken out of the file.
    private var news: [(Metric, [(String, String)])] {
        let end = Self.seconds(endedAt)
        var news: [(Metric, [(String, String)])] = [
            (.buildInfo, [("{version=\"\(version)\"}", "1")]), (.lastRunTime, [("", end)]),
            (.lastRunDuration, [("", duration.tenthsText)]), (.lastRunExitCode, [("", "\(exitCode)")]),
        ]
        if exitCode == 0 { news.append((.lastSuccessTime, [("", end)])) }
        guard let run, let finishedAt = run.finishedAt else { return news }
        let tally = Tally(run)
        let calls = CallKind.allCases.map { ("{kind=\"\($0.rawValue)\"}", "\(run.calls[$0])") }
        let costs = run.cost.map { cost in
            CallKind.allCases.map { ("{kind=\"\($0.rawValue)\",currency=\"\(cost.currency)\"}", "\(cost[$0])") }
        }
        let oldest = run.oldestStuckSince.map { finishedAt.since($0).tenthsText } ?? "0.0"
        return news + [
            (.selectedAccounts, [("", "\(run.selected)")]), (.notSelectedAccounts, [("", "\(run.notSelected)")]),
            (.cases, Outcome.allCases.map { ("{outcome=\"\($0.rawValue)\"}", "\(tally[$0])") }),
            (.apiCalls, calls), (.cost, costs ?? []),
            (.callsSaved, run.closing?.callsSaved.map { [("", "\($0)")] } ?? []), (.oldestStuck, [("", oldest)]),
            (.lastEventTime, run.lastEventAt.map { [("", Self.seconds($0))] } ?? []),
            (.notTriedCases, tally.notTriedInOrder.map { ("{cause=\"\($0.rawValue)\"}", "\($1)") }),
            (.workList, Owner.allCases.map { ("{owner=\"\($0.rawValue)\"}", "\(tally.workList[$0, default: 0])") }),
            (.knownAccounts, run.closing.map { [("", "\($0.knownAccounts)")] } ?? []),
            (.stuckAccounts, [("", "\(run.stuckTotal)")]),
            (.bankDownSince, tally.banksDown.map { ("{bank=\"\(Self.label($0))\"}", Self.seconds($1)) }),
        ]
    }

    /// What a file of ours says; nothing of any other file.
    private static func samples(of bytes: [UInt8]) -> [Sample] {
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        guard lines.first.map(String.init) == title else { return [] }
        return lines.compactMap { line in
            guard !line.hasPrefix("#"), let blank = line.lastIndex(of: " ") else { return nil }
            let name = line[..<blank].prefix { $0 != "{" }
            let value = line[line.index(after: blank)...]
            guard let metric = Metric(rawValue: String(name)), Double(value)?.isFinite == true else { return nil }
            return Sample(metric: metric, labels: String(line[name.endIndex..<blank]), value: String(value))
        }
    }

    /// A text from elsewhere as the value of a label.
    private static func label(_ text: String) -> String {
        text.printable(limit: 60).replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
    }

    /// Seconds since 1970 with three digits after the point.
    private static func seconds(_ time: Timestamp) -> String {
        let milliseconds = max(0, time.microseconds) / 1_000
        let rest = milliseconds % 1_000
        return "\(milliseconds / 1_000).\(rest < 100 ? "0" : "")\(rest < 10 ? "0" : "")\(rest)"
    }
}
