/// Something that became known of a case, whoever learned it: one row's left side in ``OutcomeTable``.
package enum Observation: Equatable, Sendable {
    /// The account needs no sync of ours, or can have none.
    case account(Account)
    /// Mono said that the customer must re-authorise.
    case reauthorisationRequired(Source)
    /// The details before any trigger; `limitEnd` is set while Mono's limit forbids a trigger.
    case inspected(DataStatus, limitEnd: Timestamp?)
    /// There is no sync to look at.
    case trigger(Trigger)
    /// How the sync stands.
    case sync(Sync)
    /// A read brought no answer.
    case read(Read)
    /// The run has no more calls or no more time for the case.
    case putOff(Cause, String, withdrawsIntent: Bool)

    package enum Account: Equatable, Sendable {
        /// The account's row is gone.
        case deleted
        /// A time in the account's row cannot be read.
        case unreadable
        case unlinked
        /// Mono answered 404 for the account's details.
        case unknownToMono
        /// The customer took the link away and made a new one since: what was there before counts no more.
        case linkedAgain
        case reauthorised
        /// The debt is younger than the selection, and Mono still has time to fetch.
        case owesAnew
        /// The account's row says that nothing is owed any more.
        case healthyAfterAll
        /// An earlier run found it out, and could not write the account's row.
        case foundEarlier(KeptResult)
        /// An event says that the data is there.
        case goodEvent(isOfOurSync: Bool)
    }

    /// Who said that the customer must re-authorise.
    package enum Source: Equatable, Sendable {
        case trigger, job, event
        /// An event since the run began, before the case's claim.
        case eventSinceStart
        /// The answer to a trigger that an earlier worker sent.
        case earlierWorker
        /// The job of the sync before, inside Mono's limit.
        case earlierJob(limitEnd: Timestamp)
    }

    package enum Trigger: Equatable, Sendable {
        /// Mono's limit forbids a trigger until then.
        case tooSoon(until: Timestamp)
        /// The answer named an earlier sync that does not count for this debt.
        case namedEarlierSync
        /// data-sync's `SYNC_ERROR`.
        case syncError
        /// data-sync's `INCOMPLETE_STATEMENT_ERROR`.
        case incomplete
        /// Mono did not take the trigger; `notFound`: although Mono knows the account.
        case refused(Refusal)
    }

    package enum Sync: Equatable, Sendable {
        /// The sync ended well; the status is nil before the look that shows the data.
        case succeeded(DataStatus?, isLastLook: Bool)
        /// The sync failed; the status is nil before the look that shows the data.
        case failed(DataStatus?, isExplained: Bool)
        /// A look at the details while it is not known whether a sync is at work.
        case inDoubt(DataStatus, isLastLook: Bool, namesNoJob: Bool)
        /// A look at the job, which has not ended.
        case working(JobStatus, isLastLook: Bool)
        /// The window is over and nothing was proved.
        case windowEnded(namesNoJob: Bool)
    }

    package enum Read: Equatable, Sendable {
        /// No repeat makes the answer better.
        case rejected(ReadFailure)
        /// All tries were used.
        case givenUp(ReadFailure, tries: Int, wereAllTooMany: Bool)
    }
}

/// What else is known of a case when something is observed.
package struct Circumstances: Equatable, Sendable {
    package var reason: Reason
    /// `data_available` at the intent.
    package var hadData: Bool?
    /// Whether the account was flagged at the intent.
    package var wasFlagged: Bool
    /// Whether Mono said that our sync ended well.
    package var syncSucceeded: Bool
    /// Whether no more calls may be made.
    package var isStarved: Bool
    /// Whether an intent stands whose trigger has not left.
    package var triggerNeverLeft: Bool
    /// The end of Mono's limit after our trigger; nil without a trigger.
    package var limitEnd: Timestamp?

    package init(
        reason: Reason, hadData: Bool? = nil, wasFlagged: Bool = false, syncSucceeded: Bool = false,
        isStarved: Bool = false, triggerNeverLeft: Bool = false, limitEnd: Timestamp? = nil
    ) {
        self.reason = reason
        self.hadData = hadData
        self.wasFlagged = wasFlagged
        self.syncSucceeded = syncSucceeded
        self.isStarved = isStarved
        self.triggerNeverLeft = triggerNeverLeft
        self.limitEnd = limitEnd
    }

    /// A settlement with what holds for every outcome: when the flag is cleared, the intent is taken back, and the
    /// account may be tried again.
    func settlement(
        _ outcome: Outcome, _ cause: Cause, _ detail: String, clearsFlag: Bool = false,
        withdrawsIntent: Bool = false, nextAttemptAt: Timestamp? = nil
    ) -> Settlement {
        // A success clears the flag whatever became of the data afterwards.
        let provesLink = syncSucceeded && outcome != .reauthorisationRequired
        // An intent whose trigger has not left did nothing.
        let isWithdrawn = withdrawsIntent || triggerNeverLeft
        var next = nextAttemptAt
        if outcome == .deferred, next == nil { next = limitEnd }
        return Settlement(
            outcome, cause: cause, detail, clearsFlag: clearsFlag || provesLink, withdrawsIntent: isWithdrawn,
            nextAttemptAt: isWithdrawn ? nil : next)
    }
}
