/// Reserved call slots.
package struct SlotGrant: Equatable, Sendable {
    package var first: Timestamp
    package var spacing: Duration
    package var count: Int
    /// Calls that the budget paid for with this grant.
    package var paid: Int
    /// What the budget holds after it; nil without a budget.
    package var budgetLeft: Int?
    /// `Retry-After` holds all workers until then.
    package var heldUntil: Timestamp?

    package init(
        first: Timestamp, spacing: Duration, count: Int, paid: Int = 0, budgetLeft: Int? = nil,
        heldUntil: Timestamp? = nil
    ) {
        self.first = first
        self.spacing = spacing
        self.count = count
        self.paid = paid
        self.budgetLeft = budgetLeft
        self.heldUntil = heldUntil
    }
}

/// An intent as its commit left it.
package struct CommittedIntent: Equatable, Sendable {
    package var at: Timestamp
    package var account: AccountState

    package init(at: Timestamp, account: AccountState) {
        self.at = at
        self.account = account
    }
}

/// What a request for intents did; a case that is in neither is no longer this worker's.
package struct IntentResult: Equatable, Sendable {
    package var committed: [AccountID: CommittedIntent]
    /// The news of accounts that had changed, or are inside Mono's limit.
    package var refused: [AccountID: News]

    package init(committed: [AccountID: CommittedIntent] = [:], refused: [AccountID: News] = [:]) {
        self.committed = committed
        self.refused = refused
    }
}

/// What one write did.
package struct WriteResult: Equatable, Sendable {
    package var settled: [AccountID] = []
    /// The accounts as the withdrawal left them; nil: the row is gone.
    package var withdrawn: [AccountID: AccountState?] = [:]
    /// Not settled: the account had changed since it was read.
    package var refused: [AccountID: News] = [:]
    /// Not settled: the case is another worker's.
    package var lost: [AccountID] = []

    package init() {}
}

/// How a call ended.
package enum CallResult: Equatable, Sendable {
    case details(Result<Details, ReadFailure>)
    case job(Result<JobStatus, ReadFailure>)
    case trigger(SyncAnswer)
    case reauthLink(Result<ReauthLink, ReauthFailure>)

    /// Whether Mono gave any HTTP answer.
    package var isAnswer: Bool {
        switch self {
        case .details(.failure(let failure)), .job(.failure(let failure)): failure.isAnswer
        case .details(.success), .job(.success): true
        case .trigger(.refused(.noConnection)): false
        case .trigger(.inDoubt(let doubt)): doubt.isAnswer
        case .trigger: true
        case .reauthLink(.failure(.failed(let failure))): failure.isAnswer
        case .reauthLink: true
        }
    }

    /// `Retry-After`, if the answer had one.
    var retryAfter: Duration? {
        switch self {
        case .details(.failure(.tooManyRequests(let wait))), .job(.failure(.tooManyRequests(let wait))): wait
        case .trigger(.refused(.tooManyRequests(let wait))): wait
        case .reauthLink(.failure(.failed(.tooManyRequests(let wait)))): wait
        case .details, .job, .trigger, .reauthLink: nil
        }
    }

    /// What the answer says of the key.
    enum Accusation: Equatable {
        case keyRefused
        case sign(KeyHealth.Sign)
        case none
    }

    var sign: Accusation {
        switch self {
        case .details(.failure(let failure)): Self.sign(of: failure, isDetails: true)
        case .job(.failure(let failure)): Self.sign(of: failure, isDetails: false)
        case .details(.success), .job(.success): .sign(.fine)
        case .trigger(.refused(.keyRefused)): .keyRefused
        case .trigger(.refused(.denied)): .sign(.denied)
        case .trigger(.refused(.notFound)): .sign(.unknownAccount)
        case .trigger(.refused), .trigger(.inDoubt): .none
        case .trigger: .sign(.fine)
        case .reauthLink(.failure(.failed(.keyRefused))): .keyRefused
        // A key may read accounts and not be allowed to ask for links.
        case .reauthLink(.failure(.failed)): .none
        case .reauthLink: .sign(.fine)
        }
    }

    private static func sign(of failure: ReadFailure, isDetails: Bool) -> Accusation {
        switch failure {
        case .keyRefused: .keyRefused
        case .denied: .sign(.denied)
        // An unknown job says nothing of the account.
        case .notFound: isDetails ? .sign(.unknownAccount) : .none
        case .tooManyRequests, .server, .transport, .unreadable, .rejected, .wrongAccount: .none
        }
    }
}
