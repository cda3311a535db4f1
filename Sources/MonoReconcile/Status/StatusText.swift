import Ledger
import Reconciliation
import Reports

/// The screen of `status`: what wants attention first, then the facts.
enum StatusText {
    /// A night and two hours: longer without a run is no accident of the clock.
    private static let longestPause = Duration.seconds(26 * 3_600)
    private static let day = Duration.seconds(24 * 3_600)

    /// Times are by the clock of `zone`.
    static func text(_ status: LedgerStatus, zone: TimeZoneRules) -> String {
        var lines = attention(status).map { "! \($0)" }
        if !lines.isEmpty { lines.append("") }
        lines += openRuns(status)
        lines += workers(status)
        let oldest = status.oldestStuck.map { "; \($0.text(at: status.now))" } ?? ""
        lines.append("Accounts    \(status.known) known")
        lines.append(
            "Backlog     \(status.stuck) stuck, \(status.flagged) flagged, \(status.awaiting) awaiting\(oldest)")
        lines += workList(status.workList)
        lines.append("Last event  \(lastEvent(status))")
        lines.append("")
        lines += runs(status, LocalClock(zone: zone, now: status.now))
        return lines.joined(separator: "\n")
    }

    /// What an operator should look into, with what to do.
    static func attention(_ status: LedgerStatus) -> [String] {
        var lines: [String] = []
        if status.known.number == 0 {
            lines.append("\(KnownAccounts.none); the manual's page adoption.md tells how they get there")
        }
        let open = status.runs.filter { $0.finishedAt == nil }
        for run in open where !status.workers.contains(where: { $0.runID == run.runID }) {
            lines.append(
                "No process works on run \(run.runID), open for \(age(status.now.since(run.startedAt))): "
                    + "the next `mono-reconcile run` takes it up")
        }
        if let end = status.newestNightlyEnd {
            if status.now.since(end) > longestPause, !open.contains(where: { $0.kind == .nightly }) {
                lines.append("No nightly run has ended for \(age(status.now.since(end))): look at cron and its mails")
            }
        } else if open.isEmpty {
            lines.append("No nightly run has ended yet")
        }
        if let event = status.lastEvent, status.now.since(event.receivedAt) > day {
            lines.append("No webhook for \(age(status.now.since(event.receivedAt))): check address and secret at Mono")
        }
        return lines
    }

    private static func openRuns(_ status: LedgerStatus) -> [String] {
        let open = status.runs.filter { $0.finishedAt == nil }
        guard !open.isEmpty else { return ["Open run    none"] }
        return open.map { run in
            "Open run    \(run.runID) (\(run.kind.rawValue)) for \(age(status.now.since(run.startedAt))): "
                + "\(run.settled) of \(run.cases) settled, \(run.calls.total) calls"
                + (run.cost.map { ", \($0.text)" } ?? "")
        }
    }

    private static func workers(_ status: LedgerStatus) -> [String] {
        guard !status.workers.isEmpty else { return ["Workers     none"] }
        let shown = status.workers.prefix(8).enumerated().map { index, worker in
            (index == 0 ? "Workers     " : "            ")
                + "\(worker.host), process \(worker.pid), run \(worker.runID.map { "\($0)" } ?? "-"), for "
                + "\(age(status.now.since(worker.startedAt))), \(worker.calls) calls"
        }
        let rest = status.workers.count - shown.count
        return shown + (rest > 0 ? ["            and \(rest) more"] : [])
    }

    private static func lastEvent(_ status: LedgerStatus) -> String {
        guard let event = status.lastEvent else { return "none yet: `mono-reconcile listen` receives them" }
        let name = event.name.map { $0.split(separator: ".").last.map(String.init) ?? $0 } ?? "unknown"
        return "\(age(status.now.since(event.receivedAt))) ago: \(name), \(event.effect.prefix(40)); "
            + "\(status.eventsOfTheDay) in 24 h"
    }

    /// Who must act, by what is known now, and whom the last night did not get to.
    private static func workList(_ list: WorkList) -> [String] {
        let waiting = Owner.allCases.compactMap { owner in list.owners[owner].map { "\($0) \(owner.rawValue)" } }
        let more = list.isCut ? ", and more" : ""
        var lines = ["Who acts    \(waiting.isEmpty ? "nobody has to" : waiting.joined(separator: ", ") + more)"]
        if let night = list.lastNight, !list.notTried.isEmpty {
            let reasons = list.notTried.prefix(3).map { "\($0.count) \($0.why)" }
            let rest = list.notTried.dropFirst(3).reduce(0) { $0 + $1.count }
            let others = rest > 0 ? ["\(rest) for other reasons"] : []
            lines.append("Not tried   in run \(night): " + (reasons + others).joined(separator: "; "))
        }
        return lines
    }

    private static func runs(_ status: LedgerStatus, _ clock: LocalClock) -> [String] {
        let closed = status.runs.filter { $0.finishedAt != nil }
        guard !closed.isEmpty else { return ["No run has ended yet."] }
        let head = pad("run", 7) + pad("kind", 9) + pad("started", 22) + pad("took", 11) + pad("code", 6)
        let (hasCost, hasSaved) = (closed.contains { $0.cost != nil }, closed.contains { $0.callsSaved != nil })
        let money = (hasSaved ? pad("saved", 8) : "") + (hasCost ? pad("cost", 14) : "")
        let hasForecast = closed.contains { $0.foretold != nil }
        return [
            head + pad("calls", 8) + (hasForecast ? pad("forecast", 14) : "") + money + pad("cases", 8) + pad("back", 8)
                + "not back"
        ]
            + closed.map { run in
                let saved = hasSaved ? pad(run.callsSaved.map { "\($0)" } ?? "-", 8) : ""
                let forecast = hasForecast ? pad(forecast(run), 14) : ""
                let cost = hasCost ? pad(run.cost?.text ?? "-", 14) : ""
                let took = run.finishedAt.map { age($0.since(run.startedAt)) } ?? "-"
                return pad("\(run.runID)", 7) + pad(run.kind.rawValue, 9) + pad(clock.second(run.startedAt), 22)
                    + pad(took, 11) + pad(run.exitCode.map { "\($0)" } ?? "-", 6) + pad("\(run.calls.total)", 8)
                    + forecast + saved + cost + outcomes(run)
            }
    }

    /// `580 (+7 %)`: the calls that were expected, and how many more were made.
    private static func forecast(_ run: LedgerStatus.Run) -> String {
        guard let foretold = run.foretold else { return "-" }
        let error = run.forecastError.map { " (\($0 > 0 ? "+" : "")\($0) %)" } ?? ""
        return "\(foretold.calls.expected)\(error)"
    }

    /// How many cases there were, how many are back, and the largest group of the rest.
    private static func outcomes(_ run: LedgerStatus.Run) -> String {
        let back = run.outcomes.filter { !$0.key.isUnresolved }.values.reduce(0, +)
        let rest = Outcome.allCases.filter { $0.isUnresolved && run.outcomes[$0] != nil }
            .sorted { run.outcomes[$0, default: 0] > run.outcomes[$1, default: 0] }
        let others = rest.dropFirst().reduce(0) { $0 + run.outcomes[$1, default: 0] }
        let named = rest.first.map { "\(run.outcomes[$0, default: 0]) \($0.rawValue)" } ?? "none"
        let more = others > 0 ? ", \(others) other" : ""
        return pad("\(run.cases)", 8) + pad("\(back)", 8) + named + more
    }

    private static func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }

    /// `12 s`, `36 min`, `5 h 10 min`, `21 d`; what lies ahead of the clock is no time at all.
    static func age(_ duration: Duration) -> String {
        let seconds = max(0, duration.components.seconds)
        switch seconds {
        case ..<120: return "\(seconds) s"
        case ..<7_200: return "\(seconds / 60) min"
        case ..<172_800: return "\(seconds / 3_600) h \(seconds / 60 % 60) min"
        default: return "\(seconds / 86_400) d"
        }
    }
}

extension LedgerStatus.Count: CustomStringConvertible {
    package var description: String { isCut ? "more than \(number)" : "\(number)" }
}

extension LedgerStatus.Run {
    var settled: Int { outcomes.values.reduce(0, +) }
}

extension WorkList.NotTried {
    fileprivate var why: String { cause?.whyNotTried ?? "for a reason that is not known" }
}

extension KnownAccounts: CustomStringConvertible {
    /// What is said where the table is empty, which else would look like a good night.
    static let none = "0 accounts are known: mono.accounts is empty"

    package var description: String { isExact ? "\(number)" : "about \(number)" }
}

extension OldestStuck {
    /// `the oldest for 21 d: LOAN-7 (66401f3b…)`.
    func text(at now: Timestamp) -> String {
        let name = customerRef.map { "\($0.printable(limit: 40)) (\(accountID))" } ?? "\(accountID)"
        return "the oldest for \(StatusText.age(now.since(since))): \(name)"
    }
}
