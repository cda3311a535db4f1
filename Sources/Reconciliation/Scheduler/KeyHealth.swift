/// Whether Mono's answers say something of the key rather than of the accounts.
///
/// A 404 for each of the first 20 accounts, or 402/403 for three accounts in a row, is no news of 20 accounts:
/// it is a test key, or another app's. Until that is ruled out, such settlements are withheld.
struct KeyHealth: Equatable, Sendable {
    /// What an answer says of the key.
    enum Sign: Equatable, Sendable {
        case unknownAccount, denied, fine
    }

    static let unknownLimit = 20
    static let deniedLimit = 3

    private var unknown: Set<AccountID> = []
    private var denied: [AccountID] = []
    private var sawKnownAccount = false

    /// Takes one answer; returns what the key is accused of, if it is.
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

    /// Whether the account's settlement rests on an answer that is still doubtful.
    func withholds(_ account: AccountID) -> Bool {
        (!sawKnownAccount && unknown.contains(account)) || denied.contains(account)
    }

    /// All accounts whose settlement may be withheld.
    var doubtful: Set<AccountID> { unknown.union(denied) }

    /// Nothing more will be asked: what was said stands.
    mutating func rest() {
        unknown = []
        denied = []
    }
}

/// Whether Mono can be reached at all.
struct Reachability: Equatable, Sendable {
    static let firstCalls = 5
    static let callsInARow = 20
    static let silence = Duration.seconds(30)

    private var everAnswered = false
    private var firstSilent: Set<Int> = []
    private var inARow = 0
    private var silentSince: Timestamp?

    /// Takes one call's end, and returns why Mono counts as unreachable, if it does.
    ///
    /// `number` counts the calls of this process from 0.
    mutating func saw(answer: Bool, ofCall number: Int, at now: Timestamp) -> String? {
        guard !answer else {
            everAnswered = true
            inARow = 0
            silentSince = nil
            return nil
        }
        inARow += 1
        let since = silentSince ?? now
        silentSince = since
        if number < Self.firstCalls { firstSilent.insert(number) }
        if !everAnswered, firstSilent.count >= Self.firstCalls {
            return "none of the first \(Self.firstCalls) calls had an answer"
        }
        if inARow >= Self.callsInARow, now.since(since) >= Self.silence {
            return "\(inARow) calls in a row had no answer"
        }
        return nil
    }
}
