/// What is known of an account: its last unresolved outcome that rests on evidence, since when, and why.
///
/// It outlives runs that did not get to the account. An account without one is healthy, or nothing was found out yet.
package struct Standing: Equatable, Sendable {
    package var outcome: Outcome
    /// Why, as a code; nil where an older version wrote it.
    package var cause: Cause?
    /// When it first stood with this outcome.
    package var since: Timestamp

    package init(outcome: Outcome, cause: Cause?, since: Timestamp) {
        self.outcome = outcome
        self.cause = cause
        self.since = since
    }
}

extension Standing? {
    /// The standing after a case was settled: only evidence changes it, and the same outcome keeps its date.
    package func after(_ outcome: Outcome, because cause: Cause?, at now: Timestamp) -> Standing? {
        guard outcome.restsOnEvidence else { return self }
        guard outcome.isUnresolved else { return nil }
        return Standing(outcome: outcome, cause: cause, since: self?.outcome == outcome ? self?.since ?? now : now)
    }
}
