import Reconciliation

extension CaseRecord {
    /// Who must act next; nobody while the case is open.
    var owner: Owner {
        outcome.map { outcome in Owner(of: outcome, nightsInARow: nightsInARow) } ?? .nobody
    }

    /// The bank's name, nil if it is not known.
    var bank: String? {
        guard let institution, !institution.isEmpty else { return nil }
        return institution
    }

    /// Whether somebody named an account that turned out to be healthy.
    var nothingIsWrong: Bool { outcome == .alreadyAvailable && reason == .requested }

    /// Whether an account that waits for nobody has waited for too many nights, so that somebody must look after all.
    var isOverdue: Bool { nightsInARow >= 3 && (outcome == .stillProcessing || outcome == .deferred) }

    /// The time of the next attempt if it is after another time; what is past by then is due at once.
    func nextAttempt(after end: Timestamp?) -> Timestamp? {
        guard let nextAttemptAt, let end else { return nextAttemptAt }
        return nextAttemptAt > end ? nextAttemptAt : nil
    }

    /// Whole 24 hours from the flag's or the debt's date up to a run's start, never negative.
    func stuckDays(atStart start: Timestamp) -> Int64? {
        stuckSince.map { since in max(0, start.since(since).components.seconds / 86_400) }
    }
}

extension RunRecord {
    /// Where the cases stand in ``cases``, by owner, bank (unknown ones last) and account id, compared by UTF-8 bytes.
    ///
    /// An account has one case in a run, so the order is total and every writer of the report finds the same one.
    /// Places instead of cases: a second copy of a million cases would not fit.
    var placesInReportOrder: [Int] {
        let rank = Dictionary(uniqueKeysWithValues: Owner.allCases.enumerated().map { ($1, $0) })
        let ranks = cases.map { rank[$0.owner, default: 0] }
        return cases.indices.sorted { first, second in
            if ranks[first] != ranks[second] { return ranks[first] < ranks[second] }
            switch (cases[first].bank, cases[second].bank) {
            case (nil, nil): break
            case (nil, _): return false
            case (_, nil): return true
            case (let a?, let b?):
                if a.precedesByBytes(b) { return true }
                if b.precedesByBytes(a) { return false }
            }
            return cases[first].accountID.precedesByBytes(cases[second].accountID)
        }
    }
}
