/// What Mono's answers to some workers of a run say of Mono and of the key.
///
/// A suspicion belongs to the run: one worker may meet nothing but dead accounts while others are answered well.
package struct AnswerEvidence: Equatable, Sendable {
    /// When Mono last gave any HTTP answer; nil: never.
    package var answeredAt: Timestamp?
    /// When an answer last showed that the key works; nil: never.
    package var fineAt: Timestamp?
    /// Accounts that Mono answered with 404 while nothing showed that the key works.
    package var unknownAccounts: Int
    /// Looks that are still expected of the syncs under way.
    package var looksDue: Int

    package init(
        answeredAt: Timestamp? = nil, fineAt: Timestamp? = nil, unknownAccounts: Int = 0, looksDue: Int = 0
    ) {
        self.answeredAt = answeredAt
        self.fineAt = fineAt
        self.unknownAccounts = unknownAccounts
        self.looksDue = looksDue
    }
}
