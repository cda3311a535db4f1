import Reconciliation

extension CaseRecord {
    /// The bank's name, nil if it is not known.
    var bank: String? {
        guard let institution, !institution.isEmpty else { return nil }
        return institution
    }

    /// Whether somebody named an account that turned out to be healthy.
    var nothingIsWrong: Bool { outcome == .alreadyAvailable && reason == .requested }

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
    /// Where the cases stand in ``cases``: by owner, most nights first, stuck longest first (unknown last), account id
    /// by UTF-8 bytes.
    ///
    /// An account has one case in a run, so the order is total and every writer of the report finds the same one.
    /// Places instead of cases: a second copy of a million cases would not fit.
    var placesInReportOrder: [Int] {
        let facts = RunFacts(self)
        let rank = Dictionary(uniqueKeysWithValues: Owner.allCases.enumerated().map { ($1, $0) })
        let ranks = cases.map { rank[facts.owner(of: $0), default: 0] }
        return cases.indices.sorted { first, second in
            if ranks[first] != ranks[second] { return ranks[first] < ranks[second] }
            let (nights, others) = (cases[first].nightsInARow, cases[second].nightsInARow)
            if nights != others { return nights > others }
            switch (cases[first].stuckSince, cases[second].stuckSince) {
            case (nil, nil): break
            case (nil, _): return false
            case (_, nil): return true
            case (let since?, let other?): if since != other { return since < other }
            }
            return cases[first].accountID.precedesByBytes(cases[second].accountID)
        }
    }

    /// Since when the longest stuck account is stuck that is not back, those left out included.
    var oldestStuckSince: Timestamp? {
        closing?.oldestStuckSince ?? cases.filter { $0.outcome?.isUnresolved ?? true }.compactMap(\.stuckSince).min()
    }

    /// Accounts that were stuck or flagged, those left out included.
    var stuckTotal: Int {
        cases.count { $0.reason != .requested } + (closing?.leftOut ?? 0)
    }
}
