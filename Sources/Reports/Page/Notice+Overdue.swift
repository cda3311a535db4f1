import Reconciliation

extension Notice {
    /// Accounts that wait for nobody, and have done so for too long to be left alone.
    static func overdue(_ run: RunRecord) -> Notice? {
        let facts = RunFacts(run)
        let late = run.cases.filter { facts.isOverdue($0) }
        let fetched = late.count { $0.knownOutcome == .stillProcessing }
        var parts: [String] = []
        if fetched > 0 {
            parts.append(
                "Mono has been fetching \(counted(fetched, "account")) for "
                    + "\(RunFacts.mostNightsInProgress + 1) nights or more.")
        }
        if late.count > fetched {
            parts.append(
                "\(counted(late.count - fetched, "account has", "accounts have")) been stuck for "
                    + "\(RunFacts.mostDaysWithoutTurn) days or more, and nothing was found out.")
        }
        guard let first = late.first else { return nil }
        return Notice(
            title: "Some accounts wait for too long", evidence: parts.joined(separator: " "),
            advice: "An engineer must find out why, for instance with mono-reconcile explain "
                + "\(first.accountID.cut(toBytes: 64)).")
    }
}
