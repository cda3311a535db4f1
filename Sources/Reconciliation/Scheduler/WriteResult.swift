/// What came of one write.
package struct WriteResult: Equatable, Sendable {
    /// The cases that are settled now.
    package var settled: [AccountID] = []
    /// The accounts whose intent is taken back, each with its row as the withdrawal left it; nil: the row is gone.
    package var withdrawn: [AccountID: AccountState?] = [:]
    /// Not settled, because the account had changed since it was read: its news.
    package var refused: [AccountID: News] = [:]
    /// Not written, because the case belongs to another worker now.
    package var lost: [AccountID] = []

    package init() {}
}
