/// The accounts whose news are to be read from our own database, one request at a time.
struct NewsRequests: Equatable, Sendable {
    private var wanted: Set<AccountID> = []
    /// Whether a request is under way.
    private(set) var isUnderWay = false
    /// The earliest time of the next request; nil: at once.
    private var earliest: Timestamp?

    /// When the next request is due; nil: none is wanted, or one is under way.
    var nextDue: Timestamp? { isUnderWay || wanted.isEmpty ? nil : earliest }

    /// Asks for the news of these accounts with the next request.
    mutating func want(_ accounts: some Sequence<AccountID>) { wanted.formUnion(accounts) }

    /// Begins a request, if news are wanted and no request is under way.
    ///
    /// - Parameters:
    ///   - hasCase: Whether an account has a case here; the news of others are not wanted any more.
    ///   - now: The time.
    /// - Returns: The accounts to read, in their order; nil if no request begins.
    mutating func begin(where hasCase: (AccountID) -> Bool, at now: Timestamp) -> [AccountID]? {
        guard !isUnderWay, !wanted.isEmpty, earliest.map({ $0 <= now }) ?? true else { return nil }
        let accounts = wanted.filter(hasCase).sorted()
        wanted = []
        guard !accounts.isEmpty else { return nil }
        isUnderWay = true
        earliest = now.advanced(by: WorkerLimits.requestPause)
        return accounts
    }

    /// The clock was moved: the next request is as far away as before.
    mutating func clockMoved(by jump: Duration) { earliest = earliest?.advanced(by: jump) }

    /// The request was answered.
    mutating func end() { isUnderWay = false }
}
