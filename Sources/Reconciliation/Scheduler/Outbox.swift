/// What the cases want written, until it goes to the store in one transaction.
struct Outbox: Equatable, Sendable {
    private var entries: [AccountID: CaseWrite.Kind] = [:]
    /// How long the oldest entry has waited.
    private var since: Timestamp?
    /// Whether a write is under way.
    private(set) var isWriting = false
    /// The accounts that are being written; a case that left meanwhile is no longer among them.
    private var writing: Set<AccountID> = []

    /// Whether nothing waits to be written.
    var isEmpty: Bool { entries.isEmpty }

    /// Whether something of the account waits to be written.
    func contains(_ account: AccountID) -> Bool { entries[account] != nil }

    /// Puts in what an account's case wants written, in the place of what it wanted before.
    mutating func post(_ kind: CaseWrite.Kind, of account: AccountID, at now: Timestamp) {
        entries[account] = kind
        if since == nil { since = now }
    }

    /// Takes out what the account's case no longer wants written.
    ///
    /// A withdrawal or a settlement is out of date as soon as the case has changed. What the trigger answered is not,
    /// and a settlement, which includes it, leaves it behind.
    mutating func revise(_ account: AccountID, hasProgress: Bool) {
        switch entries[account] {
        case .withdrawal?: entries[account] = nil
        case .settlement?: entries[account] = hasProgress ? .progress : nil
        case .progress?, nil: break
        }
    }

    /// The account's case left the scheduler: nothing of it is written, and the answer to a write no longer concerns it.
    mutating func forget(_ account: AccountID) {
        entries[account] = nil
        writing.remove(account)
    }

    /// The clock was moved: what waits has waited as long as before.
    mutating func clockMoved(by jump: Duration) { since = since?.advanced(by: jump) }

    /// When the next write is due; nil without one, or while one is under way.
    var nextWriteAt: Timestamp? {
        isWriting ? nil : since?.advanced(by: WorkerLimits.writePause)
    }

    /// Begins a write, if one is due.
    ///
    /// Entries wait a little for others to share their transaction.
    ///
    /// - Parameters:
    ///   - cases: The cases at the scheduler: no more entries can come than there are cases.
    ///   - isHurried: Whether nothing is waited for.
    ///   - now: The time.
    /// - Returns: What is to be written, in the order of the accounts; nil if no write begins.
    mutating func takeDue(
        cases: Int, isHurried: Bool, at now: Timestamp
    ) -> [(account: AccountID, kind: CaseWrite.Kind)]? {
        if entries.isEmpty { since = nil }
        guard !isWriting, let since else { return nil }
        let isFull = entries.count >= WorkerLimits.writeSize || entries.count >= cases
        guard isFull || isHurried || now.since(since) >= WorkerLimits.writePause else { return nil }
        let due = entries.sorted { $0.key < $1.key }.map { (account: $0.key, kind: $0.value) }
        entries = [:]
        self.since = nil
        isWriting = true
        writing = Set(due.map(\.account))
        return due
    }

    /// Notes that the write was answered, and returns the accounts whose cases the answer concerns.
    mutating func end() -> Set<AccountID> {
        isWriting = false
        defer { writing = [] }
        return writing
    }
}
