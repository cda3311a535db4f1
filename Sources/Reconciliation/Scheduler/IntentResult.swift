/// What came of a request for intents.
///
/// A case that was asked for and is in neither part belongs to another worker now.
package struct IntentResult: Equatable, Sendable {
    /// The intents that were committed.
    package var committed: [AccountID: CommittedIntent]
    /// No intent was made for these accounts, which had changed or are inside Mono's limit: their news.
    package var refused: [AccountID: News]

    package init(committed: [AccountID: CommittedIntent] = [:], refused: [AccountID: News] = [:]) {
        self.committed = committed
        self.refused = refused
    }
}
