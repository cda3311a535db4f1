/// One row of `mono.accounts`, as far as decisions need it.
package struct AccountState: Equatable, Sendable {
    package var dataAvailable: Bool
    package var dataStatus: String?
    /// Nil when nothing is owed.
    package var awaitingSince: Timestamp?
    /// Nil when not flagged.
    package var flaggedSince: Timestamp?
    package var unlinkedAt: Timestamp?
    package var lastSyncRequestedAt: Timestamp?
    package var lastSyncJobID: String?
    /// Whether one of the row's times cannot be read, and is nil here.
    package var hasImpossibleTime = false

    package init(
        dataAvailable: Bool = false, dataStatus: String? = nil, awaitingSince: Timestamp? = nil,
        flaggedSince: Timestamp? = nil, unlinkedAt: Timestamp? = nil, lastSyncRequestedAt: Timestamp? = nil,
        lastSyncJobID: String? = nil
    ) {
        self.dataAvailable = dataAvailable
        self.dataStatus = dataStatus
        self.awaitingSince = awaitingSince
        self.flaggedSince = flaggedSince
        self.unlinkedAt = unlinkedAt
        self.lastSyncRequestedAt = lastSyncRequestedAt
        self.lastSyncJobID = lastSyncJobID
    }

    /// Data there, nothing owed, not flagged.
    package var isHealthy: Bool { dataAvailable && awaitingSince == nil && flaggedSince == nil }
}

/// One webhook, as far as it can be evidence.
package struct EventNote: Equatable, Sendable {
    package enum Kind: Equatable, Sendable {
        /// `account_updated`; `sync` is Mono's `sync_status`.
        case updated(status: DataStatus?, sync: SyncStatus?, job: String?)
        case jobUpdate(job: String, status: JobStatus)
        case reauthorisationRequired
        case reauthorised
        case syncFailed
        case unlinked
        case other
    }

    /// Mono's `sync_status` after a realtime job (docs.mono.co, realtime-data); unknown words are no success.
    package enum SyncStatus: Equatable, Sendable {
        case successful, failed, reauthorisationRequired
        case unknown

        package init(_ word: String) {
            self =
                switch word.uppercased() {
                case "SUCCESSFUL": .successful
                case "FAILED": .failed
                case "REAUTHORISATION_REQUIRED": .reauthorisationRequired
                default: .unknown
                }
        }
    }

    /// What makes it one event: its key in `mono.webhook_events`.
    package var key: String
    package var kind: Kind
    package var receivedAt: Timestamp

    package init(key: String, kind: Kind, receivedAt: Timestamp) {
        self.key = key
        self.kind = kind
        self.receivedAt = receivedAt
    }
}

/// What our own database says of an account now: its row and the events since the run's start.
package struct News: Equatable, Sendable {
    /// Nil when the row is gone.
    package var account: AccountState?
    /// In order of arrival; duplicates, stale and rejected ones left out.
    package var events: [EventNote]

    package init(account: AccountState?, events: [EventNote] = []) {
        self.account = account
        self.events = events
    }
}

/// A case as it was claimed.
package struct Claim: Equatable, Sendable {
    package var accountID: AccountID
    package var reason: Reason
    package var stuckSince: Timestamp?
    /// The bank's name, if it was known when the case was made.
    package var institution: String?
    /// Whether a call was made for the account in an earlier run.
    package var wasTried: Bool
    package var news: News
    /// What an earlier owner left: an intent, and perhaps what came of it.
    package var intent: PastIntent?
    /// What an earlier run found out, and nothing has come since: that run could not write the account's row.
    package var found: KeptResult?
    /// API calls made by earlier owners.
    package var apiCalls: Int
    /// Looks made by earlier owners.
    package var polls: Int
    package var steps: [Step]

    package init(
        accountID: AccountID, reason: Reason, stuckSince: Timestamp?, institution: String? = nil,
        wasTried: Bool = false, news: News, intent: PastIntent? = nil, found: KeptResult? = nil, apiCalls: Int = 0,
        polls: Int = 0, steps: [Step] = []
    ) {
        self.accountID = accountID
        self.reason = reason
        self.stuckSince = stuckSince
        self.institution = institution
        self.wasTried = wasTried
        self.news = news
        self.intent = intent
        self.found = found
        self.apiCalls = apiCalls
        self.polls = polls
        self.steps = steps
    }

    /// The durable part of a trigger.
    package struct PastIntent: Equatable, Sendable {
        package var at: Timestamp
        package var hadData: Bool
        package var answer: SyncProgress?
        package var jobID: String?
        /// The newest job known at the intent: it is not the intent's own.
        package var jobBefore: String?

        package init(
            at: Timestamp, hadData: Bool, answer: SyncProgress?, jobID: String?, jobBefore: String? = nil
        ) {
            self.at = at
            self.hadData = hadData
            self.answer = answer
            self.jobID = jobID
            self.jobBefore = jobBefore
        }
    }
}

/// What is durably known of a triggered sync; the words of the column `sync_answer`.
package enum SyncProgress: String, Sendable {
    case started, succeeded, failed
    /// The customer has to re-authorise.
    case reauthorise
    case withoutJob = "without_job"
    case inDoubt = "in_doubt"
    case notFound = "not_found"
}
