import Ledger
import Reconciliation
import Reports
import Text

extension Forecast {
    /// Whether a run would join the open one and take up nothing else, as ``RunLifecycle`` decides it.
    private var joins: Bool {
        openRun.map { isWorkedOn || $0.age < RunLifecycle.oneNight } ?? false
    }

    /// The accounts that a run would work on itself.
    private var taken: [Item] {
        joins ? unsettled : unsettled + items.filter { $0.openIn == nil }
    }

    /// Those named that another run has in hand.
    private var held: [Item] { items.filter { $0.openIn != nil } }

    /// The rules and the budget: a joiner goes by the open run's.
    private func terms(_ settings: RunSettings) -> (rules: Rules, maxCalls: Int?) {
        if joins, let openRun { return (openRun.options.rules, openRun.budgetLeft) }
        return (settings.rules, settings.maxCalls)
    }

    /// The fewest calls (all data is there already), and those with `looks` after each trigger, and a link for each
    /// flagged account; neither above the budget.
    private func calls(_ settings: RunSettings, looks: Int) -> (least: Int, most: Int) {
        let (rules, maxCalls) = terms(settings)
        let taken = taken
        let triggered = taken.count { $0.isTriggered }
        let inspected = taken.count { $0.isInspected && !$0.isTriggered }
        let links = rules.asksForLinks ? taken.count { $0.reason == .reauthorisationRequired } : 0
        let least = triggered + inspected + (taken.count - triggered - inspected) * 2
        let most = inspected + (taken.count - triggered) + taken.count * looks + links
        let limit = maxCalls ?? .max
        return (min(least, limit), min(max(least, most), limit))
    }

    /// The fewest calls, and a usual number: inspection, trigger and three looks.
    func expectedCalls(_ settings: RunSettings) -> (least: Int, usual: Int) {
        let (least, usual) = calls(settings, looks: terms(settings).rules.api == .realtime ? 3 : 1)
        return (least, usual)
    }

    /// Seconds that a run takes with so many calls: those at the rate, and one window after the last trigger.
    private func seconds(_ calls: Int, _ settings: RunSettings) -> Int64 {
        guard calls > 0 else { return 0 }
        return Int64((Double(calls) / settings.rate).rounded(.up)) + terms(settings).rules.window.components.seconds
    }

    /// A screen for a person.
    func text(_ settings: RunSettings) -> String {
        var lines = openLines
        lines += held.map { "Held by run \($0.openIn ?? 0): \($0.accountID); `run` would wait for it there" }
        let taken = taken
        guard !taken.isEmpty else {
            let why = openRun == nil && held.isEmpty ? "Nothing is stuck: a" : "A"
            return (lines + ["\(why) run would make no API call."]).joined(separator: "\n")
        }
        let (least, usual) = expectedCalls(settings)
        lines.append("A run now would take up \(taken.count) account\(taken.count == 1 ? "" : "s"):")
        for reason in Reason.allCases {
            let count = taken.count { $0.reason == reason }
            if count > 0 { lines.append("  \(count)  \(reason.rawValue)") }
        }
        if notSelected > 0, !joins { lines.append("  \(notSelected)  left out by --limit") }
        let capped = terms(settings).maxCalls.map { ", capped at \($0) by --max-calls" } ?? ""
        lines.append("API calls: about \(usual), at least \(least)\(capped)")
        lines.append("Syncs that may send a customer an OTP: up to \(taken.count { !$0.isTriggered })")
        lines.append("Duration: about \(seconds(usual, settings)) s at --rate \(settings.rateText)")
        lines.append("")
        for item in taken.prefix(20) {
            let since = item.stuckSince?.iso8601 ?? "-"
            lines.append(
                "  \(item.accountID)  \(item.reason.rawValue)  since \(since)  \(item.institution?.printable() ?? "")")
        }
        if taken.count > 20 { lines.append("  … and \(taken.count - 20) more (--json lists all)") }
        return lines.joined(separator: "\n")
    }

    private var openLines: [String] {
        guard let openRun else { return [] }
        let open = unsettled.count { $0.openIn == openRun.runID }
        let cases = "\(open) account\(open == 1 ? "" : "s") still open"
        return [
            joins
                ? "Run \(openRun.runID) is open with \(cases): `run` would join it instead of selecting anew."
                : "Run \(openRun.runID) was left with \(cases): `run` would bring it to its end, and then select anew."
        ]
    }

    /// The same for a program.
    func json(_ settings: RunSettings) -> String {
        let (least, usual) = expectedCalls(settings)
        let most = calls(settings, looks: terms(settings).rules.mostLooks).most
        let taken = taken
        func object(_ item: Item) -> JSONText {
            .object([
                ("account_id", .string(item.accountID)), ("reason", .string(item.reason.rawValue)),
                ("stuck_since", .text(item.stuckSince?.iso8601)), ("institution", .text(item.institution)),
                ("open_in_run", item.openIn.map { .integer($0) } ?? .null),
            ])
        }
        let value = JSONText.object([
            ("selected", .integer(Int64(taken.count))),
            ("not_selected", .integer(Int64(joins ? 0 : notSelected))),
            ("open_run", openRun.map { .integer($0.runID) } ?? .null),
            ("open_cases", .integer(Int64(unsettled.count))),
            ("calls_at_least", .integer(Int64(least))), ("calls_expected", .integer(Int64(usual))),
            ("duration_seconds_at_most", .integer(seconds(most, settings))),
            ("accounts", .array(taken.map(object))), ("held", .array(held.map(object))),
        ])
        return value.description
    }
}

extension Rules {
    /// The looks that a case makes which stays silent for its whole window, the last one at its end.
    fileprivate var mostLooks: Int {
        guard api == .realtime else { return 1 }
        var (looks, waited) = (1, Duration.zero)
        while looks < 100_000 {
            waited += schedule.delay(afterLooks: looks - 1)
            guard waited < window else { break }
            looks += 1
        }
        return looks
    }
}

extension RunSettings {
    /// The rate as an operator types it: without decimals if it is whole.
    fileprivate var rateText: String {
        rate == rate.rounded() ? String(Int(rate)) : String(rate)
    }
}
