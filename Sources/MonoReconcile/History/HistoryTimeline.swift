import Ledger
import Reconciliation

/// The entries of an account's history in time order, newest last.
struct HistoryTimeline {
    /// One thing that happened.
    struct Entry: Equatable {
        /// What happened.
        enum Kind: Equatable {
            case event(AccountHistory.Event)
            /// The run selected the account.
            case opened(AccountHistory.CaseInRun)
            /// `isEstimated`: the time follows from the run's start only.
            case step(Step, runID: Int64, isEstimated: Bool)
            case settled(AccountHistory.CaseInRun)
        }

        var at: Timestamp
        var kind: Kind
    }

    /// At most so many entries are shown.
    static let limit = 200

    let entries: [Entry]
    /// Older entries that are not among them.
    let leftOut: Int

    /// Merges events and cases; what happened at the same time keeps its order.
    init(_ history: AccountHistory) {
        let events = history.events.map { Entry(at: $0.receivedAt, kind: .event($0)) }
        let all = (events + history.cases.flatMap(Self.entries)).enumerated()
            .sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }
            .map(\.element)
        entries = Array(all.suffix(Self.limit))
        leftOut = max(0, history.entryCount - entries.count)
    }

    private static func entries(of one: AccountHistory.CaseInRun) -> [Entry] {
        var entries = [Entry(at: one.runStartedAt, kind: .opened(one))]
        entries += steps(of: one)
        if let settledAt = one.record.settledAt { entries.append(Entry(at: settledAt, kind: .settled(one))) }
        return entries
    }

    /// The steps with points in time; the outcome speaks for the last one, `settle`.
    private static func steps(of one: AccountHistory.CaseInRun) -> [Entry] {
        var entries: [Entry] = []
        var earliest = one.runStartedAt
        // The worker's clock is not quite the database's: no step comes after the outcome.
        let latest = one.record.settledAt ?? Timestamp(microseconds: .max)
        let parts = parts(of: one.record.steps)
        for (index, part) in parts.enumerated() {
            let anchor = anchor(of: part, one.record, isLast: index == parts.count - 1)
            let zero = anchor ?? earliest
            for step in part {
                earliest = max(earliest, zero.advanced(by: .milliseconds(Int64(step.seconds * 1_000))))
                guard step.name != .settle else { continue }
                let kind = Entry.Kind.step(step, runID: one.record.runID, isEstimated: anchor == nil)
                entries.append(Entry(at: min(earliest, latest), kind: kind))
            }
        }
        return entries
    }

    /// The steps by the worker that noted them: each counts its seconds from its own claim.
    private static func parts(of steps: [Step]) -> [[Step]] {
        var parts: [[Step]] = []
        for step in steps {
            if let last = parts.last?.last, step.name != .resume, step.seconds >= last.seconds {
                parts[parts.count - 1].append(step)
            } else {
                parts.append([step])
            }
        }
        return parts
    }

    /// The point in time of a part's zero: from the intent's commit or the settlement, which are dated.
    private static func anchor(of part: [Step], _ record: CaseRecord, isLast: Bool) -> Timestamp? {
        func zero(_ step: Step, at date: Timestamp) -> Timestamp {
            date.advanced(by: .milliseconds(-Int64(step.seconds * 1_000)))
        }
        if let date = record.syncIntendedAt, let step = part.last(where: { $0.name == .intent }),
            step.said == .code(.committed)
        {
            return zero(step, at: date)
        }
        if isLast, let date = record.settledAt, let step = part.last, step.name == .settle {
            return zero(step, at: date)
        }
        return nil
    }
}
