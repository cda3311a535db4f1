import Ledger
import Reconciliation
import Reports

/// An account's history for a terminal, at most 100 columns wide.
enum HistoryText {
    static let width = 100

    /// The verdict, the account's state, what happened (newest last), and what to do next.
    static func text(_ story: Story) -> String {
        let (timeline, clock) = (story.timeline, story.clock)
        var lines = ["Account \(story.history.accountID)"]
        lines += hanging("", story.verdict.sentences)
        lines.append("")
        lines += state(story.history, clock)
        lines.append("")
        lines.append("Times of \(clock.zone.name)")
        if timeline.leftOut > 0 {
            lines.append("(\(timeline.leftOut) older entr\(timeline.leftOut == 1 ? "y is" : "ies are") left out)")
        }
        let rows = timeline.entries.map { (time: clock.second($0.at), label: $0.label, said: $0.said(clock)) }
        let labelWidth = rows.map(\.label.count).max() ?? 0
        for row in rows {
            let label = row.label + String(repeating: " ", count: labelWidth - row.label.count)
            lines += hanging("\(row.time)  \(label)  ", row.said)
        }
        if rows.isEmpty { lines.append("No event and no run yet.") }
        lines.append("")
        lines += hanging("Next: ", story.verdict.nextStep)
        return lines.joined(separator: "\n")
    }

    private static func state(_ history: AccountHistory, _ clock: LocalClock) -> [String] {
        guard let state = history.state else { return ["  no row"] }
        let account = state.account
        let sync = account.lastSyncRequestedAt.map(clock.second)
        let job = account.lastSyncJobID.map { "job \($0)" }
        var facts: [(String, String?)] = [
            ("customer", state.customerRef), ("bank", state.institution),
            ("its syncs", history.law?.sentence),
            ("data available", (account.dataAvailable ? "yes" : "no") + (account.dataStatus.map { " (\($0))" } ?? "")),
            ("awaiting since", account.awaitingSince.map(clock.second) ?? "nothing owed"),
            ("flagged since", account.flaggedSince.map(clock.second) ?? "not flagged"),
            ("last sync", [sync, job].compactMap { $0 }.joined(separator: ", ").nonEmpty ?? "none"),
            ("failures", "\(state.consecutiveFailures) in a row"),
        ]
        facts.append(("not tried before", state.retryAfter.map(clock.second)))
        facts.append(("connected", state.connectedAt.map(clock.second)))
        facts.append(("data came", state.lastUpdatedAt.map(clock.second)))
        facts.append(("unlinked", account.unlinkedAt.map(clock.second)))
        facts.append(("impossible", account.hasImpossibleTime ? "a time in its row, not shown here" : nil))
        var lines: [String] = []
        for (name, value) in facts {
            guard let value else { continue }
            let label = name + String(repeating: " ", count: 16 - name.count)
            lines += hanging("  \(label)  ", value)
        }
        return lines
    }

    /// Text after a prefix, wrapped at blanks, its further lines below its beginning.
    static func hanging(_ prefix: String, _ text: String) -> [String] {
        let room = max(20, width - prefix.count)
        var lines: [String] = [""]
        for word in text.harmless.split(separator: " ") {
            var rest = word
            let used = lines[lines.count - 1].count
            if used > 0, used + 1 + rest.count > room {
                lines.append("")
            } else if used > 0 {
                lines[lines.count - 1] += " "
            }
            while rest.count > room {
                lines[lines.count - 1] += rest.prefix(room)
                lines.append("")
                rest = rest.dropFirst(room)
            }
            lines[lines.count - 1] += rest
        }
        let indent = String(repeating: " ", count: prefix.count)
        return lines.enumerated().map { ($0 == 0 ? prefix : indent) + $1 }
    }
}

extension HistoryTimeline.Entry {
    /// Who acted: Mono by an event, or a run.
    fileprivate var label: String {
        switch kind {
        case .event: "event"
        case .opened(let one), .settled(let one): "run \(one.record.runID)"
        case .step(_, let runID, _): "run \(runID)"
        }
    }

    /// What happened.
    fileprivate func said(_ clock: LocalClock) -> String {
        switch kind {
        case .event(let event): event.said
        case .opened(let one):
            "\(one.kind == .nightly ? "nightly" : "one-off"): \(one.record.reason.rawValue)"
                + (one.record.stuckSince.map { " since \(clock.second($0))" } ?? "")
        case .step(let step, _, let isEstimated):
            "\(step.name.stored) \(step.said.words)" + (isEstimated ? " (time estimated)" : "")
        case .settled(let one): one.ending(clock)
        }
    }
}

extension AccountHistory.Event {
    fileprivate var said: String {
        let short = name.map { $0.hasPrefix("mono.events.") ? String($0.dropFirst(12)) : $0 } ?? "without a name"
        let facts = [
            dataStatus.map { "data \($0)" }, syncStatus.map { "sync \($0)" }, jobStatus.map { "status \($0)" },
            jobID.map { "job \($0)" },
        ]
        return ([short] + facts.compactMap { $0 }).joined(separator: ", ") + ": \(effect)"
    }
}

extension AccountHistory.CaseInRun {
    fileprivate func ending(_ clock: LocalClock) -> String {
        let sentences = Sentences(of: record, zone: clock.zone)
        var text = "\(record.outcome?.rawValue ?? "open"): \(sentences.whatHappened)"
        if let detail = record.detail, !detail.isEmpty { text += " [\(detail)]" }
        if let next = record.nextAttemptAt { text += " Next attempt not before \(clock.second(next))." }
        return text
    }
}

extension String {
    fileprivate var nonEmpty: String? { isEmpty ? nil : self }

    /// Without what a terminal would act on.
    fileprivate var harmless: String {
        var text = ""
        for scalar in unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: text += "\u{FFFD}"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}
