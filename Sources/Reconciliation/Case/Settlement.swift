/// How a case ends, and what that writes.
package struct Settlement: Equatable, Sendable {
    package var outcome: Outcome
    /// Why, as a code.
    package var cause: Cause
    /// A short explanation, for engineers: never empty.
    package var detail: String
    /// A flag seen at the intent is taken back.
    package var clearsFlag: Bool
    /// The intent did nothing at Mono and is taken back with the settlement.
    package var withdrawsIntent: Bool
    /// When a trigger may be tried again, where that is known.
    package var nextAttemptAt: Timestamp?
    /// For the customer, where one was asked for and given.
    package var reauthLink: ReauthLink?
    /// Only the case's row is written, because the account's cannot be.
    package var sparesAccount = false
    /// What the account's row would have been told.
    package var found: KeptResult?

    package init(
        _ outcome: Outcome, cause: Cause, _ detail: String, clearsFlag: Bool = false, withdrawsIntent: Bool = false,
        nextAttemptAt: Timestamp? = nil
    ) {
        self.outcome = outcome
        self.cause = cause
        self.detail = detail
        self.clearsFlag = clearsFlag
        self.withdrawsIntent = withdrawsIntent
        self.nextAttemptAt = nextAttemptAt
    }
}

/// One call to Mono.
package enum Call: Hashable, Sendable {
    /// `GET` the account's details.
    case details
    /// `GET` a realtime job.
    case job(String)
    /// Start a sync.
    case trigger
    /// Ask for a link by which the customer re-authorises; the call starts no sync.
    case reauthLink
}

/// What a case needs next.
package enum Want: Equatable, Sendable {
    /// A read, not before a time.
    case call(Call, notBefore: Timestamp)
    /// An intent, and then its trigger.
    case intent(notBefore: Timestamp)
    /// The trigger whose intent is committed.
    case trigger
    /// The intent is to be taken back.
    case withdrawal
    /// An event; at the given time the case has waited long enough.
    case event(until: Timestamp)
    /// The answer to what is under way.
    case answer
    /// The case is to be settled.
    case settlement(Settlement)
}
