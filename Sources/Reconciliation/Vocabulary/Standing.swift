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
