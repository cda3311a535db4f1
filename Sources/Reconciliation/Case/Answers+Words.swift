extension SyncAnswer {
    /// The job that the answer names.
    var job: String? {
        switch self {
        case .started(let job), .failed(let job): job
        case .succeeded(let job): job
        case .reauthorise, .bankError, .incomplete, .withoutJob, .refused, .inDoubt: nil
        }
    }

    /// The answer as the case's history tells it.
    var saying: StepSaying {
        switch self {
        case .started: .code(.started)
        case .succeeded: .code(.succeeded)
        case .reauthorise: .code(.reauthorise)
        case .bankError: .code(.syncError)
        case .incomplete: .code(.incompleteStatement)
        case .failed: .code(.failed)
        case .withoutJob: .text("taken, without a job id")
        case .inDoubt(let doubt): .text("in doubt: \(doubt.why)")
        case .refused(let refusal): .text(refusal.word)
        }
    }

    /// The answer in a word.
    package var word: String { saying.words }
}

extension Refusal {
    var word: String {
        switch self {
        case .noConnection(let why): "no connection: \(why)"
        case .badRequest: "HTTP 400"
        case .keyRefused: "HTTP 401"
        case .denied(let status): "HTTP \(status)"
        case .notFound: "HTTP 404"
        case .tooManyRequests: "HTTP 429"
        }
    }
}

extension JobStatus {
    /// Whether the job has not ended, as far as its word can be understood.
    var isAtWork: Bool {
        switch self {
        case .processing, .unknown: true
        case .finished, .failed, .reauthorisationRequired: false
        }
    }

    var word: String {
        switch self {
        case .processing: "processing"
        case .finished: "finished"
        case .failed: "failed"
        case .reauthorisationRequired: "re-authorisation required"
        case .unknown(let word): word
        }
    }
}

extension ReadFailure {
    var isTooMany: Bool {
        if case .tooManyRequests = self { true } else { false }
    }

    /// Whether another try may bring an answer.
    var isTransient: Bool {
        switch self {
        case .tooManyRequests, .server, .transport: true
        // A page instead of data is read no better the next time; a refusal may be a proxy's for the moment.
        case .foreign(let status, _): !(200...299).contains(status)
        case .keyRefused, .denied, .notFound, .rejected, .wrongAccount, .unreadable: false
        }
    }

    /// Whether any HTTP answer of Mono's came.
    package var isAnswer: Bool {
        switch self {
        case .transport, .foreign: false
        case .tooManyRequests, .server, .unreadable, .keyRefused, .denied, .notFound, .rejected, .wrongAccount: true
        }
    }

    /// The failure in a few words.
    package var word: String {
        switch self {
        case .tooManyRequests: "HTTP 429"
        case .server(let status), .denied(let status), .rejected(let status): "HTTP \(status)"
        case .transport(let why): why
        case .unreadable(let why): "unreadable: \(why)"
        case .foreign(let status, let what): "the answer is not Mono's: HTTP \(status) with \(what)"
        case .keyRefused: "HTTP 401"
        case .notFound: "HTTP 404"
        case .wrongAccount: "an answer about another account"
        }
    }
}
