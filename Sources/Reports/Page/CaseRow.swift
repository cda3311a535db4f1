import Reconciliation

/// One account's row: the customer first, then bank, since when, for how many nights, and what to do.
struct CaseRow {
    private let run: RunRecord
    private let timeline: Timeline
    private let previous: PreviousNight?

    init(_ run: RunRecord, _ timeline: Timeline, _ previous: PreviousNight?) {
        (self.run, self.timeline, self.previous) = (run, timeline, previous)
    }

    /// Bytes of UTF-8 that a row gives to one text from elsewhere; the whole of it is in `accounts.csv`.
    static let mostTextBytes = 72
    /// A longer link is left to `accounts.csv`.
    static let mostLinkBytes = 240
    /// An account id has at most so many.
    private static let mostIDBytes = 64

    func markup(of row: CaseGroup.Row, in group: CaseGroup) -> Markup {
        let record = row.record
        let days = record.stuckDays(atStart: run.startedAt)
        let steps = [group.step] + extra(row, in: group)
        var line: Markup = "<tr><th scope=row>\(name(of: record))"
        line += "<td>\((record.bank ?? "").cut(toBytes: Self.mostTextBytes))\(since(record, days))"
        line += "<td>\(record.nightsInARow)<td>"
        for (place, step) in steps.enumerated() { line += place == 0 ? step : "<br>\(step)" }
        // Why an account was not tried is told once above the rows.
        line += record.isTried ? "<td>\(timeline.picture(of: record, stuckDays: days))" : "<td>not tried"
        line += record.isTried ? timeline.words(of: record) : .nothing
        line += "\n"
        return line
    }

    /// The customer's reference with the account id below; without a reference the id alone.
    private func name(of record: CaseRecord) -> Markup {
        let account = record.accountID.cut(toBytes: Self.mostIDBytes)
        guard let reference = record.customerRef, !reference.isEmpty else { return "\(account)\(badge(record))" }
        return "\(reference.cut(toBytes: Self.mostTextBytes))\(badge(record))<i>\(account)</i>"
    }

    /// The day by the run's clock, and how long ago that was; minutes since 1970 are for sorting.
    private func since(_ record: CaseRecord, _ days: Int64?) -> Markup {
        guard let since = record.stuckSince else { return "<td>" }
        let hours = Int(max(0, run.startedAt.since(since).components.seconds / 3_600))
        let age = days.map { $0 > 0 ? counted(Int($0), "day") : counted(hours, "hour") } ?? ""
        return """
            <td data-s=\(since.microseconds / 60_000_000)>\(since.dayText(in: run.zone, near: run.startedAt))<i>\(age)</i>
            """
    }

    /// What is different from last night, in a word or two.
    private func badge(_ record: CaseRecord) -> Markup {
        guard let previous else { return .nothing }
        switch Changes.Change(of: record, since: previous) {
        case .new: return "<b>new</b>"
        case .notTried: return "<b>not tried last night</b>"
        case .again: return "<b>stuck again</b>"
        case .different(let before): return "<b>before: \(before.phrase)</b>"
        case .back, .same, nil: return .nothing
        }
    }

    /// What only this account needs: a link, a number to quote, a time, another cause.
    private func extra(_ row: CaseGroup.Row, in group: CaseGroup) -> [Markup] {
        let record = row.record
        var notes: [Markup] = []
        if group.need == .customer, let link = record.reauthLink, !link.isEmpty { notes += self.link(link, of: record) }
        if group.outcome == .providerFailed || (group.outcome == .bankUnavailable && group.need == .customer),
            let number = record.dataRequestID, !number.isEmpty
        {
            notes.append("Quote this number to Mono: \(number.cut(toBytes: Self.mostTextBytes))")
        }
        if let next = record.nextAttempt(after: run.finishedAt), group.outcome.isUnresolved {
            // The run of that night begins some hours after a cool-down's end.
            let when =
                record.outcome.flatMap { CoolDown(of: $0) } != nil
                ? "on \(next.advanced(by: CoolDown.lead).dayText(in: run.zone, near: run.startedAt))"
                : "from \(next.minuteText(in: run.zone, near: run.startedAt))"
            notes.append("Next try \(when)")
        }
        if let note = row.note { notes.append("\(note.cut(toBytes: 240))") }
        return notes
    }

    /// The address to copy, never to follow: whoever opens it uses it up.
    ///
    /// The script offers it with a message.
    private func link(_ link: String, of record: CaseRecord) -> [Markup] {
        guard link.hasPrefix("https://"), link.cut(toBytes: Self.mostLinkBytes) == link else {
            return [
                link.cut(toBytes: Self.mostTextBytes) == link ? "Token: \(link)" : "Its link is in accounts.csv"
            ]
        }
        let made = record.isTried ? record.settledAt?.minuteText(in: run.zone, near: run.startedAt) : nil
        return ["<code>\(link)</code>", "<i>Link made \(made ?? "on an earlier night")</i>"]
    }
}
