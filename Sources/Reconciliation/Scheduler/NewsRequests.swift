/// The accounts whose news are to be read from our own database, one request at a time.
struct NewsRequests: Equatable, Sendable {
    private var wanted: Set<AccountID> = []
    /// Whether a request is under way.
    private(set) var isUnderWay = false

    /// Asks for the news of these accounts with the next request.
    mutating func want(_ accounts: some Sequence<AccountID>) { wanted.formUnion(accounts) }

    /// Begins a request, if news are wanted and no request is under way.
    ///
    /// - Parameter hasCase: Whether an account has a case here; the news of others are not wanted any more.
    /// - Returns: The accounts to read, in their order; nil if no request begins.
    mutating func begin(where hasCase: (AccountID) -> Bool) -> [AccountID]? {
        guard !isUnderWay, !wanted.isEmpty else { return nil }
        let accounts = wanted.filter(hasCase).sorted()
        wanted = []
        guard !accounts.isEmpty else { return nil }
        isUnderWay = true
        return accounts
    }

    /// The request was answered.
    mutating func end() { isUnderWay = false }
}
