import Reconciliation

/// Bugs between the executor and Mono, and between it and what the store notifies of.
extension PlantedBug {
    /// What the bug makes of an answer of Mono's.
    func distort(_ result: CallResult) -> CallResult {
        switch (self, result) {
        case (.doubtIsRefusal, .trigger(.inDoubt(let doubt))): .trigger(.refused(.noConnection(doubt.why)))
        case (.retryAfterUnheard, .trigger(.refused(.tooManyRequests))):
            .trigger(.refused(.tooManyRequests(retryAfter: nil)))
        case (.retryAfterUnheard, .details(.failure(.tooManyRequests))):
            .details(.failure(.tooManyRequests(retryAfter: nil)))
        case (.retryAfterUnheard, .job(.failure(.tooManyRequests))):
            .job(.failure(.tooManyRequests(retryAfter: nil)))
        default: result
        }
    }

    /// The accounts that the bug lets a worker hear of, while intents of some are under way.
    func heard(_ accounts: [AccountID], intending: Set<AccountID>) -> [AccountID] {
        self == .eventDuringIntentIgnored ? accounts.filter { !intending.contains($0) } : accounts
    }
}
