package import Reconciliation

/// How many accounts wait for whom.
package enum WorkList {
    /// Unresolved accounts by who must act, in the report's order; owners without any have 0.
    package static func counts(of run: RunRecord) -> [(owner: Owner, count: Int)] {
        var counts: [Owner: Int] = [:]
        for record in run.cases where record.knownOutcome?.isUnresolved ?? false {
            counts[record.owner, default: 0] += 1
        }
        return Owner.allCases.map { ($0, counts[$0, default: 0]) }
    }
}
