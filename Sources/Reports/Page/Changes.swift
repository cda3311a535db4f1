import Reconciliation

/// What is different from the nightly run before.
struct Changes {
    let previous: PreviousNight
    /// Unresolved now, and not stuck yet in the run before.
    private(set) var new = 0
    /// Unresolved now, and not in the run before although it was stuck then: left out by a limit, or not due.
    private(set) var notTried = 0
    /// Unresolved now, and back the night before.
    private(set) var again = 0
    /// Back now, and unresolved the night before.
    private(set) var back = 0
    /// Unresolved with the same outcome.
    private(set) var same = 0
    /// Unresolved with another outcome.
    private(set) var different = 0
    /// How many accounts have had their outcome for how many nights, by the number of nights; unresolved ones only.
    private(set) var nights: [Int: Int] = [:]

    /// Nil for a one-off run, and for the first night: there is nothing to compare with.
    init?(_ run: RunRecord) {
        guard run.kind == .nightly, let previous = run.closing?.previous else { return nil }
        self.previous = previous
        for record in run.cases {
            guard let outcome = record.knownOutcome else { continue }
            switch Change(of: record, since: previous) {
            case .new: new += 1
            case .notTried: notTried += 1
            case .again: again += 1
            case .back: back += 1
            case .same: same += 1
            case .different: different += 1
            case nil: break
            }
            if outcome.isUnresolved { nights[record.nightsInARow, default: 0] += 1 }
        }
    }

    /// One account's part in it, by what is known of it now and what was known then.
    enum Change: Equatable {
        case new, notTried, again, back, same
        case different(from: Outcome)

        /// Nil for a case that was back before and is still, or that is back at its first night.
        init?(of record: CaseRecord, since previous: PreviousNight) {
            guard let outcome = record.knownOutcome else { return nil }
            switch (record.outcomeBefore, outcome.isUnresolved) {
            case (nil, true):
                let isNew = record.stuckSince.map { $0 > previous.lastDue(record.reason) } ?? false
                self = isNew ? .new : .notTried
            case (nil, false): return nil
            case (let before?, true) where before == outcome: self = .same
            case (let before?, true): self = before.isUnresolved ? .different(from: before) : .again
            case (let before?, false):
                guard before.isUnresolved else { return nil }
                self = .back
            }
        }
    }
}

extension PreviousNight {
    /// What became stuck later could not be tried in that night: a debt is given time before it counts.
    fileprivate func lastDue(_ reason: Reason) -> Timestamp {
        reason == .missingUpdate ? startedAt.advanced(by: .zero - stuckAfter) : startedAt
    }
}
