/// What Mono made of a trigger: both API generations in one vocabulary.
package enum SyncAnswer: Equatable, Sendable {
    /// A job is at work.
    case started(job: String)
    /// The sync ended well. `job` is nil for data-sync.
    case succeeded(job: String?)
    /// The customer must re-authorise.
    case reauthorise
    /// data-sync `SYNC_ERROR`: the bank's side, or Data Sync not activated.
    case bankError
    /// data-sync `INCOMPLETE_STATEMENT_ERROR`.
    case incomplete
    /// The job ended badly and did not say why.
    case failed(job: String)
    /// 2xx without a job id: something may be at work that cannot be named.
    case withoutJob
    /// Not taken: nothing happened at Mono.
    case refused(Refusal)
    /// Any byte may have left, and the answer tells nothing. Never sent again; looked up.
    case inDoubt(Doubt)
}

/// Why it is not known what became of a trigger.
package struct Doubt: Equatable, Sendable {
    /// A short text of ours.
    package var why: String
    /// Whether any HTTP answer of Mono's came.
    package var isAnswer: Bool

    package init(_ why: String, isAnswer: Bool) {
        self.why = why
        self.isAnswer = isAnswer
    }
}

/// Why a trigger was not taken.
package enum Refusal: Equatable, Sendable {
    /// No connection: no byte has left.
    case noConnection(String)
    /// 400.
    case badRequest
    /// 401.
    case keyRefused
    /// 402 or 403.
    case denied(status: Int)
    /// 404; to be confirmed by a look at the account's details.
    case notFound
    /// 429, with `Retry-After` if there was one.
    case tooManyRequests(retryAfter: Duration?)
}

/// What the account's details say.
package struct Details: Equatable, Sendable {
    /// Mono's `meta.data_status`.
    package var status: DataStatus
    /// The institution's name, if the answer had one.
    package var institution: String?
    /// The institution's bank code, if the answer had one.
    package var bankCode: String?
    /// What Mono's support asks for.
    package var dataRequestID: String?

    package init(
        status: DataStatus, institution: String? = nil, bankCode: String? = nil, dataRequestID: String? = nil
    ) {
        self.status = status
        self.institution = institution
        self.bankCode = bankCode
        self.dataRequestID = dataRequestID
    }
}

/// What a realtime job says of itself.
package enum JobStatus: Equatable, Sendable {
    case processing, finished, failed, reauthorisationRequired
    /// A word that no page of Mono's names: neither success nor failure.
    case unknown(String)

    /// Reads a status without regard to case; the realtime page and the changelog of 2024-09-18 use
    /// different words, the union is accepted.
    package init(_ word: String) {
        self =
            switch word.uppercased() {
            case "PROCESSING": .processing
            case "FINISHED", "SUCCESSFUL": .finished
            case "FAILED": .failed
            case "REAUTHORISATION_REQUIRED": .reauthorisationRequired
            default: .unknown(String(word.prefix(64)))
            }
    }
}

/// Why a read (details or job) gave no answer, as far as the caller can act on it.
package enum ReadFailure: Error, Equatable, Sendable {
    /// 429, with `Retry-After` if there was one.
    case tooManyRequests(retryAfter: Duration?)
    /// 5xx.
    case server(status: Int)
    /// No HTTP answer: no connection, reset, time-out, cut short.
    case transport(String)
    /// An HTTP answer that is not what Mono documents; the text names what is wrong and holds nothing of the body.
    case unreadable(String)
    /// An HTTP answer that Mono cannot have given, such as a proxy's page; `what` says what its body is.
    case foreign(status: Int, what: String)
    /// 401.
    case keyRefused
    /// 402 or 403.
    case denied(status: Int)
    /// 404.
    case notFound
    /// Any other 3xx or 4xx.
    case rejected(status: Int)
    /// The answer is about another account.
    case wrongAccount
}
