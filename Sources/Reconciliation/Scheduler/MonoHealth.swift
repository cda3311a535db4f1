/// What Mono's answers say of Mono and of the key, and which settlements wait until that is clear.
package struct MonoHealth: Equatable, Sendable {
    private var key = KeyHealth()
    private var reachability = Reachability()
    private var answeredAt: Timestamp?
    private var answeredElsewhereAt: Timestamp?
    /// Accounts that are settled on an answer which may say more of the key than of the account.
    private var withheld: Set<AccountID> = []

    /// What a key is accused of that no account answers to.
    package static let seesNothing = "this key sees none of these accounts: a test key, or another app's?"

    /// What follows from one answer.
    enum Verdict: Equatable, Sendable {
        case goOn
        /// Mono need not be asked any more.
        case stop(StopReason)
        /// Mono need not be asked any more, and this answer, like those before it, says nothing of its account.
        case stopAndDisbelieve(StopReason)
        /// This process cannot reach Mono, and others can.
        case leave(StopReason)
    }

    /// Takes the end of one call; `number` counts the calls of this process from 0.
    mutating func saw(_ result: CallResult, ofCall number: Int, about account: AccountID, at now: Timestamp) -> Verdict
    {
        if result.isAnswer { answeredAt = now }
        if let why = reachability.saw(answer: result.isAnswer, ofCall: number, at: now) {
            let why = "\(why), at last: \(result.word)"
            let isReachable = answeredElsewhereAt.map { now.since($0) < Reachability.silence } ?? false
            return isReachable ? .leave(.unreachable(why)) : .stop(.unreachable(why))
        }
        switch result.sign {
        case .keyRefused: return .stop(.keyRefused("Mono answered 401"))
        case .sign(let sign):
            guard let why = key.saw(sign, of: account, at: now) else { return .goOn }
            return .stopAndDisbelieve(.keyRefused(why))
        case .none: return .goOn
        }
    }

    /// What this worker tells the run's others.
    var evidence: AnswerEvidence {
        AnswerEvidence(answeredAt: answeredAt, fineAt: key.fineAt, unknownAccounts: key.unknownCount)
    }

    /// The run's other workers have told this of their answers.
    mutating func heard(_ others: AnswerEvidence) {
        answeredElsewhereAt = others.answeredAt
        key.heard(others)
    }

    /// The clock was moved: silence has lasted as long as before.
    mutating func clockMoved(by jump: Duration) {
        reachability.clockMoved(by: jump)
        answeredElsewhereAt = answeredElsewhereAt?.advanced(by: jump)
    }

    /// Whether a witness is to be asked for the key before anything else is asked.
    var isSuspect: Bool { key.isSuspect }

    /// The accounts whose answers may say more of the key, in their order.
    var doubtful: [AccountID] { key.doubtful.sorted() }

    /// Nothing more will be asked: what was said stands.
    mutating func rest() { key.rest() }

    // MARK: Settlements that wait

    /// Whether the account's settlement has to wait; if so, it is kept in mind for ``release()``.
    mutating func withholds(_ account: AccountID) -> Bool {
        guard key.withholds(account) else { return false }
        withheld.insert(account)
        return true
    }

    /// How many settlements wait.
    var withheldCount: Int { withheld.count }

    /// Takes the accounts whose settlement need not wait any more, in their order.
    mutating func release() -> [AccountID] {
        let free = withheld.filter { !key.withholds($0) }
        withheld.subtract(free)
        return free.sorted()
    }

    /// The account's case left the scheduler.
    mutating func forget(_ account: AccountID) { withheld.remove(account) }
}
