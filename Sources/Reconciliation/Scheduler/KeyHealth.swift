/// Whether Mono's answers say something of the key rather than of the accounts.
///
/// If Mono answers 404 for each of the first 20 accounts, or 402 or 403 for three accounts in a row, the accounts are
/// not to blame: the key is a test key, or another app's. Until that is ruled out, settlements that rest on such
/// answers are withheld.
struct KeyHealth: Equatable, Sendable {
    /// What an answer says of the key.
    enum Sign: Equatable, Sendable {
        /// 404: Mono does not know the account.
        case unknownAccount
        /// 402 or 403.
        case denied
        /// The key works.
        case fine
    }

    /// So many unknown accounts before the first known one accuse the key.
    static let unknownLimit = 20
    /// So many denied accounts in a row accuse the key.
    static let deniedLimit = 3

    private var unknown: Set<AccountID> = []
    private var denied: [AccountID] = []
    private var sawKnownAccount = false

    /// Takes one answer, and returns what the key is accused of; nil while it is not accused.
    mutating func saw(_ sign: Sign, of account: AccountID) -> String? {
        switch sign {
        case .fine:
            sawKnownAccount = true
            denied = []
        case .unknownAccount:
            denied = []
            guard !sawKnownAccount else { return nil }
            unknown.insert(account)
            guard unknown.count >= Self.unknownLimit else { return nil }
            return "this key sees none of these accounts: a test key, or another app's?"
        case .denied:
            sawKnownAccount = true
            if !denied.contains(account) { denied.append(account) }
            guard denied.count >= Self.deniedLimit else { return nil }
            return "Mono denied \(Self.deniedLimit) accounts in a row (HTTP 402 or 403)"
        }
        return nil
    }

    /// Whether the account was answered in a way that may still turn out to be about the key.
    func withholds(_ account: AccountID) -> Bool {
        (!sawKnownAccount && unknown.contains(account)) || denied.contains(account)
    }

    /// The accounts that were answered in a way that may be about the key.
    var doubtful: Set<AccountID> { unknown.union(denied) }

    /// Believes every answer so far: no further answer can say more of the key.
    mutating func rest() {
        unknown = []
        denied = []
    }
}
