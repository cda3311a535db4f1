extension CallResult {
    /// What was answered, in a word: Mono's status, or why there is none.
    ///
    /// It holds nothing of a body, and no link.
    package var word: String {
        switch self {
        case .details(.success(let details)): details.status.word
        case .job(.success(let status)): status.word
        case .trigger(let answer): answer.word
        case .reauthLink(.success): "a link"
        case .details(.failure(let failure)), .job(.failure(let failure)): failure.word
        case .reauthLink(.failure(let failure)): failure.word
        }
    }
}

extension Call {
    /// The kind of call, as the counts name it.
    package var kind: String {
        switch self {
        case .details: "details"
        case .job: "job"
        case .trigger: "trigger"
        case .reauthLink: "reauth"
        }
    }
}
