import Reconciliation

/// What tells one finished run from all others, those of other databases and of other histories of this one included.
///
/// Numbers begin anew in every database and come again after a restore, and two jobs start in the same second.
struct RunIdentity: Equatable {
    var runID: Int64
    var kind: RunKind
    var startedAt: String
    var finishedAt: String?
    var lastEventAt: String?
    /// Nil in files of older versions, which then say nothing by it.
    var knownAccounts: Int?

    /// Whether both are the same run.
    func isSame(as other: Self) -> Bool {
        var (one, two) = (self, other)
        if knownAccounts == nil || other.knownAccounts == nil { (one.knownAccounts, two.knownAccounts) = (nil, nil) }
        return one == two
    }
}

extension RunIdentity {
    /// The identity of a run of this database, as its `summary.json` has it.
    init(_ run: RunRecord) {
        self.init(
            runID: run.runID, kind: run.kind, startedAt: run.startedAt.iso8601, finishedAt: run.finishedAt?.iso8601,
            lastEventAt: run.lastEventAt?.iso8601, knownAccounts: run.closing?.knownAccounts)
    }
}
