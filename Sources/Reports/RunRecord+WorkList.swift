package import Reconciliation

extension RunRecord {
    /// Unresolved accounts by who must act, by what is known of them, in the report's order; owners without any have 0.
    package var workList: [(owner: Owner, count: Int)] {
        let tally = Tally(self)
        return Owner.allCases.map { ($0, tally.workList[$0, default: 0]) }
    }
}
