/// Whether Mono's answers say something of the key rather than of the accounts.
///
/// If Mono answers 404 for each of the first 20 accounts that the run asks, the key may be a test key, or another
/// app's: then a witness is asked. If Mono answers 402 or 403 for three accounts in a row, the accounts are not to blame.
/// Until that is ruled out, settlements that rest on such answers are withheld.
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

    /// So many unknown accounts of the run before the first known one make the key suspect.
    static let unknownLimit = 20
    /// So many denied accounts in a row accuse the key.
    static let deniedLimit = 3

    private var unknown: Set<AccountID> = []
    private var denied: [AccountID] = []
    private var deniedSince: Timestamp?
    private var sawKnownAccount = false
    /// When an answer to this worker last showed that the key works.
    private(set) var fineAt: Timestamp?
    /// What the run's other workers have told.
    private var others = AnswerEvidence()

    /// Whether any worker of the run saw the key work.
    private var isKnownToWork: Bool { sawKnownAccount || others.fineAt != nil }

    /// Takes one answer, and returns what the key is accused of; nil while it is not accused.
    mutating func saw(_ sign: Sign, of account: AccountID, at now: Timestamp) -> String? {
        switch sign {
        case .fine:
            sawKnownAccount = true
            fineAt = now
            forgetDenied()
        case .unknownAccount:
            forgetDenied()
            if !isKnownToWork { unknown.insert(account) }
        case .denied:
            sawKnownAccount = true
            // The accounts of all workers make the row.
            if let since = deniedSince, let fine = others.fineAt, fine > since { forgetDenied() }
            if deniedSince == nil { deniedSince = now }
            if !denied.contains(account) { denied.append(account) }
            guard denied.count >= Self.deniedLimit else { return nil }
            return "Mono denied \(Self.deniedLimit) accounts in a row (HTTP 402 or 403)"
        }
        return nil
    }

    private mutating func forgetDenied() {
        denied = []
        deniedSince = nil
    }

    /// The run's other workers have told this of their answers.
    mutating func heard(_ evidence: AnswerEvidence) { others = evidence }

    /// Whether so many accounts are unknown to Mono that a witness is to be asked for the key.
    var isSuspect: Bool {
        !isKnownToWork && !unknown.isEmpty && unknown.count + others.unknownAccounts >= Self.unknownLimit
    }

    /// What this worker tells the others of unknown accounts.
    var unknownCount: Int { isKnownToWork ? 0 : unknown.count }

    /// Whether the account was answered in a way that may still turn out to be about the key.
    func withholds(_ account: AccountID) -> Bool {
        (!isKnownToWork && unknown.contains(account)) || denied.contains(account)
    }

    /// The accounts that were answered in a way that may be about the key.
    var doubtful: Set<AccountID> { unknown.union(denied) }

    /// Believes every answer so far: no further answer can say more of the key.
    mutating func rest() {
        unknown = []
        forgetDenied()
    }
}
