/// What came of a request for intents.
///
/// A case that was asked for and is in no part belongs to another worker now.
package struct IntentResult: Equatable, Sendable {
    /// The intents that were committed.
    package var committed: [AccountID: CommittedIntent]
    /// No intent was made for these accounts, which had changed or are inside Mono's limit: their news.
    package var refused: [AccountID: News]
    /// No intent was made, because the store does not write these accounts' rows.
    package var unwritten: [AccountID: RowFault]

    package init(
        committed: [AccountID: CommittedIntent] = [:], refused: [AccountID: News] = [:],
        unwritten: [AccountID: RowFault] = [:]
    ) {
        self.committed = committed
        self.refused = refused
        self.unwritten = unwritten
    }
}
