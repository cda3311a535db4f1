import Reconciliation

/// One account's night as a picture of 146 by 16 pixels and a few words beside it.
///
/// To the left of the tall mark lies the time in which the account was stuck, to the right the time since the sync was
/// asked for, both on square-root scales so that seconds and minutes can be told apart; short marks are looks.
struct Timeline {
    /// Where the sync was asked for.
    static let start = 24
    /// Where the scale ends.
    static let end = 138

    /// The longest time shown; what took longer ends there.
    let longest: Duration

    /// The scale that fits a run: its slowest sync, at least 20 s and at most an hour.
    init(_ run: RunRecord) {
        let waits = run.cases.compactMap { record in
            record.syncIntendedAt.flatMap { asked in record.settledAt?.since(asked) }
        }
        longest = min(max(waits.max() ?? .zero, .seconds(20)), .seconds(3_600))
    }

    /// The place of a time after the request.
    func place(_ wait: Duration) -> Int {
        let share = max(0, min(1, wait / longest))
        return Self.start + Int((share.squareRoot() * Double(Self.end - Self.start)).rounded())
    }

    /// The picture.
    func picture(of record: CaseRecord, stuckDays: Int64?) -> Markup {
        let days = Double(max(0, min(30, stuckDays ?? 0)))
        let from = Self.start - 4 - Int((days / 30).squareRoot() * 16)
        let owner = record.knownOutcome.map { Owner(of: $0, nightsInARow: record.nightsInARow) } ?? .nobody
        let shape: Markup = record.outcome?.isUnresolved == false ? "o" : owner == .nobody ? "r" : "x"
        guard let asked = record.syncIntendedAt, let settled = record.settledAt else {
            // Nothing was asked for: the line ends where the night began.
            return "<svg class=t aria-hidden=true><path d=\"M\(from) 8H20\"/><use href=#\(shape) x=24 /></svg>"
        }
        let last = max(place(settled.since(asked)), Self.start + 6)
        var marks: Markup = ""
        var before = Self.start
        for look in looks(of: record) {
            let here = place(look)
            guard here > before + 1, here < last - 3 else { continue }
            marks += "M\(here) 5v6"
            before = here
        }
        return """
            <svg class=t aria-hidden=true><path d="M\(from) 8H24V2v12V8H\(last)\(marks)"/>\
            <use href=#\(shape) x=\(last) /></svg>
            """
    }

    /// The same in words: what a reader without the picture needs.
    func words(of record: CaseRecord) -> Markup {
        guard let asked = record.syncIntendedAt, let settled = record.settledAt else { return "no new fetch" }
        return "\(settled.since(asked).spokenText)"
    }

    /// The times of looks since the request, as far as the history tells them by the clock of the worker that asked.
    private func looks(of record: CaseRecord) -> [Duration] {
        guard let place = record.steps.lastIndex(where: { $0.name == .intent && $0.said == .code(.committed) }) else {
            return []
        }
        let asked = record.steps[place]
        // A worker that takes a case over counts from its own claim.
        return record.steps[place...].prefix { $0.name != .resume }.filter { step in
            [.job, .details].contains(step.name) && step.seconds > asked.seconds
        }.map { .milliseconds(Int64(min(86_400, $0.seconds - asked.seconds) * 1_000)) }
    }
}
