import Ledger
import Reconciliation
import Reports

extension Forecast {
    /// The fewest calls (all data is there already), and a usual number: inspection, trigger, three looks, and
    /// a link for each flagged account.
    func expectedCalls(_ rules: Rules) -> (least: Int, usual: Int) {
        let inspected = items.count { $0.isInspected }
        let looks = rules.api == .realtime ? 3 : 1
        let links = rules.asksForLinks ? items.count { $0.reason == .reauthorisationRequired } : 0
        return (inspected + (items.count - inspected) * 2, inspected + items.count * (1 + looks) + links)
    }

    /// Seconds that a run would take at most: the calls at the rate, and one window after the last trigger.
    private func expectedSeconds(_ settings: RunSettings) -> Int {
        guard !items.isEmpty else { return 0 }
        let calls = expectedCalls(settings.rules).usual
        return Int((Double(calls) / settings.rate).rounded(.up)) + Int(settings.rules.window.components.seconds)
    }

    /// A screen for a person.
    func text(_ settings: RunSettings) -> String {
        var lines: [String] = []
        if let openRun { lines.append("Run \(openRun) is open: `run` would join it instead of selecting anew.") }
        guard !items.isEmpty else {
            return (lines + ["Nothing is stuck: a run would make no API call."]).joined(separator: "\n")
        }
        let (least, usual) = expectedCalls(settings.rules)
        lines.append("A run now would take up \(items.count) account\(items.count == 1 ? "" : "s"):")
        for reason in Reason.allCases {
            let count = items.count { $0.reason == reason }
            if count > 0 { lines.append("  \(count)  \(reason.rawValue)") }
        }
        if notSelected > 0 { lines.append("  \(notSelected)  left out by --limit") }
        let capped = settings.maxCalls.map { ", capped at \($0) by --max-calls" } ?? ""
        lines.append("API calls: about \(usual), at least \(least)\(capped)")
        lines.append("Syncs that may send a customer an OTP: up to \(items.count)")
        lines.append("Duration: at most about \(expectedSeconds(settings)) s at --rate \(settings.rateText)")
        lines.append("")
        for item in items.prefix(20) {
            let since = item.stuckSince?.iso8601 ?? "-"
            lines.append("  \(item.accountID)  \(item.reason.rawValue)  since \(since)  \(item.institution ?? "")")
        }
        if items.count > 20 { lines.append("  … and \(items.count - 20) more (--json lists all)") }
        return lines.joined(separator: "\n")
    }

    /// The same for a program.
    func json(_ settings: RunSettings) -> String {
        let (least, usual) = expectedCalls(settings.rules)
        let accounts = items.map { item -> JSONText in
            .object([
                ("account_id", .string(item.accountID)), ("reason", .string(item.reason.rawValue)),
                ("stuck_since", .text(item.stuckSince?.iso8601)), ("institution", .text(item.institution)),
            ])
        }
        let value = JSONText.object([
            ("selected", .integer(Int64(items.count))), ("not_selected", .integer(Int64(notSelected))),
            ("calls_at_least", .integer(Int64(least))), ("calls_expected", .integer(Int64(usual))),
            ("duration_seconds_at_most", .integer(Int64(expectedSeconds(settings)))), ("accounts", .array(accounts)),
        ])
        return String(decoding: value.bytes, as: UTF8.self)
    }
}

extension RunSettings {
    /// The rate as one types it: no decimals where there are none.
    fileprivate var rateText: String {
        rate == rate.rounded() ? String(Int(rate)) : String(rate)
    }
}
