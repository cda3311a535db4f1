/// An intent that was committed.
package struct CommittedIntent: Equatable, Sendable {
    /// The time of the commit.
    package var at: Timestamp
    /// The account's row as the commit left it.
    package var account: AccountState

    package init(at: Timestamp, account: AccountState) {
        self.at = at
        self.account = account
    }
}
