/// What came of one write.
package struct WriteResult: Equatable, Sendable {
    /// The cases that are settled now.
    package var settled: [AccountID] = []
    /// The accounts whose intent is taken back, each with its row as the withdrawal left it; nil: the row is gone.
    package var withdrawn: [AccountID: AccountState?] = [:]
    /// Not settled, because the account had changed since it was read: its news.
    package var refused: [AccountID: News] = [:]
    /// Neither settled nor withdrawn, because the store does not write these accounts' rows.
    ///
    /// What a trigger answered is in the case's row all the same.
    package var unwritten: [AccountID: RowFault] = [:]
    /// Not written, because the case belongs to another worker now.
    package var lost: [AccountID] = []

    package init() {}

    /// Adds what came of another part of the same write.
    package mutating func add(_ other: Self) {
        settled += other.settled
        withdrawn.merge(other.withdrawn) { $1 }
        refused.merge(other.refused) { $1 }
        unwritten.merge(other.unwritten) { $1 }
        lost += other.lost
    }
}
