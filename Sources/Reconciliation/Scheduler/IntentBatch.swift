/// The intents that the store is committing.
struct IntentBatch: Equatable, Sendable {
    /// Whether a request is under way.
    private(set) var isUnderWay = false
    /// The accounts whose cases wait for it; a case that left meanwhile is no longer among them.
    private(set) var accounts: Set<AccountID> = []
    /// When the next request may be made; nil: at once.
    private(set) var nextDue: Timestamp?

    /// Asks for the intents of these accounts' cases.
    mutating func begin(_ accounts: [AccountID], at now: Timestamp) {
        isUnderWay = true
        nextDue = now.advanced(by: WorkerLimits.requestPause)
        self.accounts = Set(accounts)
    }

    /// The clock was moved: the next request is as far away as before.
    mutating func clockMoved(by jump: Duration) { nextDue = nextDue?.advanced(by: jump) }

    /// Whether it is not known yet if the account's intent was committed.
    func contains(_ account: AccountID) -> Bool { accounts.contains(account) }

    /// The account's case left the scheduler: the answer no longer concerns it.
    mutating func forget(_ account: AccountID) { accounts.remove(account) }

    /// Notes that the request was answered, and returns the accounts whose cases waited for it.
    mutating func end() -> Set<AccountID> {
        isUnderWay = false
        defer { accounts = [] }
        return accounts
    }
}
