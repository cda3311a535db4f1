/// How a call to Mono ended.
package enum CallResult: Equatable, Sendable {
    case details(Result<Details, ReadFailure>)
    case job(Result<JobStatus, ReadFailure>)
    case trigger(SyncAnswer)
    case reauthLink(Result<ReauthLink, ReauthFailure>)

    /// Whether Mono, and not something on the way to it, gave any HTTP answer.
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

    /// Whether Mono answered 429.
    var isTooManyRequests: Bool {
        switch self {
        case .details(.failure(.tooManyRequests)), .job(.failure(.tooManyRequests)),
            .trigger(.refused(.tooManyRequests)), .reauthLink(.failure(.failed(.tooManyRequests))):
            true
        case .details, .job, .trigger, .reauthLink: false
        }
    }

    /// The answer's `Retry-After`, if it had one.
    var retryAfter: Duration? {
        switch self {
        case .details(.failure(.tooManyRequests(let wait))), .job(.failure(.tooManyRequests(let wait))): wait
        case .trigger(.refused(.tooManyRequests(let wait))): wait
        case .reauthLink(.failure(.failed(.tooManyRequests(let wait)))): wait
        case .details, .job, .trigger, .reauthLink: nil
        }
    }

    /// What an answer says of the key.
    enum KeyVerdict: Equatable {
        /// Mono refuses the key.
        case keyRefused
        /// Something that means more together with other answers.
        case sign(KeyHealth.Sign)
        /// Nothing.
        case none
    }

    /// What this answer says of the key.
    var sign: KeyVerdict {
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

    private static func sign(of failure: ReadFailure, isDetails: Bool) -> KeyVerdict {
        switch failure {
        case .keyRefused: .keyRefused
        case .denied: .sign(.denied)
        // An unknown job says nothing of the account.
        case .notFound: isDetails ? .sign(.unknownAccount) : .none
        case .tooManyRequests, .server, .transport, .unreadable, .foreign, .rejected, .wrongAccount: .none
        }
    }
}
