/// One row of `mono.reconciliation_cases`, as reports read it.
package struct CaseRecord: Equatable, Sendable {
    package var runID: Int64
    package var accountID: String
    package var customerRef: String?
    package var institution: String?
    package var bankCode: String?
    package var reason: Reason
    /// The flag's or the debt's date.
    package var stuckSince: Timestamp?
    package var worker: String?
    package var syncIntendedAt: Timestamp?
    package var hadData: Bool?
    package var syncJobID: String?
    package var syncAnswer: String?
    /// Looks after the trigger.
    package var polls: Int
    package var apiCalls: Int
    package var outcome: Outcome?
    /// Why, as a code; nil for an open case and for a row that an older version wrote.
    package var cause: Cause?
    /// A short explanation for engineers: shown, and never read by a program.
    package var detail: String?
    package var dataStatusBefore: String?
    package var dataStatusAfter: String?
    package var dataRequestID: String?
    package var reauthLink: String?
    /// Nights since the standing first stood, that one and this run's included; at least 1.
    package var nightsInARow: Int
    /// What was known of the account in the newest run of an earlier night; nil if that had no case of it, or this is a
    /// one-off run.
    package var outcomeBefore: Outcome?
    /// Whether the run got to the account: something was found out, a sync was asked for, or an answer could not be
    /// understood.
    ///
    /// What is not tried is put off; a call that only met a refused key or a silent Mono tried nothing.
    package var isTried: Bool
    /// What is known of the account after this run's settlement; nil: it is healthy, or nothing was found out yet.
    package var standing: Standing?
    package var nextAttemptAt: Timestamp?
    package var steps: [Step]
    package var settledAt: Timestamp?

    package init(runID: Int64, accountID: String, reason: Reason) {
        self.runID = runID
        self.accountID = accountID
        self.reason = reason
        polls = 0
        apiCalls = 0
        nightsInARow = 1
        isTried = true
        steps = []
    }

    /// The outcome by which owner, sentences and groups go: the standing's where tonight found nothing out.
    package var knownOutcome: Outcome? {
        guard let outcome, !outcome.restsOnEvidence, let standing else { return outcome }
        return standing.outcome
    }

    /// Whether the run left the account alone because it was in its cool-down: the case repeats what is known.
    package var isCoolingDown: Bool { !isTried && outcome?.restsOnEvidence ?? false }

    /// Why the run did not try the account; nil for one that it tried, and where no cause was kept.
    package var whyNotTried: Cause? { isTried ? nil : isCoolingDown ? .coolDown : cause }

    /// Whether a nightly run left the account out without anything being wrong with the night.
    package var isLeftOutOnPurpose: Bool {
        outcome == .deferred && !isTried && cause.map { Cause.leavingOut.contains($0) } ?? false
    }

    /// The cause of ``knownOutcome``.
    package var knownCause: Cause? {
        guard let outcome, !outcome.restsOnEvidence, let standing else { return cause }
        return standing.cause
    }
}

/// API calls by kind; each one is billed.
package struct CallCounts: Equatable, Sendable {
    package var details = 0
    package var trigger = 0
    package var job = 0
    package var reauth = 0

    package init() {}

    /// All of them.
    package var total: Int { details + trigger + job + reauth }

    /// The calls of one kind.
    package subscript(kind: CallKind) -> Int {
        get {
            switch kind {
            case .details: details
            case .trigger: trigger
            case .job: job
            case .reauth: reauth
            }
        }
        set {
            switch kind {
            case .details: details = newValue
            case .trigger: trigger = newValue
            case .job: job = newValue
            case .reauth: reauth = newValue
            }
        }
    }

    package static func + (left: Self, right: Self) -> Self {
        var sum = left
        for kind in CallKind.allCases { sum[kind] += right[kind] }
        return sum
    }
}

/// What a run noted of its surroundings when it was closed, so that its report needs nothing but its own rows.
package struct ClosingFacts: Equatable, Sendable {
    /// Syncs of this run that brought data, settled a few seconds before the close or earlier.
    package var syncsThatBroughtData = 0
    /// Those of them whose account had a webhook since the sync was asked for.
    package var syncsFollowedByEvent = 0
    /// The newest nightly run of an earlier night; nil for the first night and for one-off runs.
    package var previous: PreviousNight?
    /// Rows of `mono.accounts`: exact up to 100,000, an estimate beyond.
    package var knownAccounts = 0
    /// Accounts that were due and have no case at all: left out, and nothing was known of them.
    package var leftOut = 0
    /// Since when the longest stuck account is stuck that is not back, those without a case included.
    package var oldestStuckSince: Timestamp?
    /// Banks that failed tonight, by name, with the first failure after their last success in any run.
    package var failingSince: [String: Timestamp] = [:]
    /// When banks last handed out anything, in any run: those of which accounts wait for the bank.
    package var lastDelivery: [String: Timestamp] = [:]
    /// Looks that the plain schedule would have made beyond the run's own; nil where nothing was learned.
    package var callsSaved: Int?
    /// The laws of the banks that were looked at in the run, by name.
    package var laws: [BankLaw] = []

    package init() {}
}

/// The nightly run before, as the next one saw it at its close.
package struct PreviousNight: Equatable, Sendable {
    package var runID: Int64
    package var startedAt: Timestamp
    /// How old a debt had to be to count in it; zero where it was not kept.
    package var stuckAfter = Duration.zero
    package var cases = 0
    package var unresolved = 0
    /// API calls, all kinds together.
    package var calls = 0
    /// Its unresolved accounts without a case in the next run: those whose data is there now.
    package var backSince = 0
    /// Of the same, those that were unlinked.
    package var unlinkedSince = 0
    /// Of the same, the others: not due, left out by the limit, or deleted from our list.
    package var absent = 0

    package init(runID: Int64, startedAt: Timestamp) {
        self.runID = runID
        self.startedAt = startedAt
    }
}

/// One row of `mono.reconciliation_runs` with its cases, as reports read it.
package struct RunRecord: Equatable, Sendable {
    package var runID: Int64
    package var kind: RunKind
    package var startedAt: Timestamp
    package var finishedAt: Timestamp?
    /// Due accounts without a case: left out by `--limit` or `--max-calls`, or not reached when the run was stopped.
    package var notSelected: Int
    /// Whether the run had such a limit.
    package var isLimited = true
    package var calls: CallCounts
    /// How many workers took part.
    package var workers: Int
    /// When the newest webhook had arrived at the run's end.
    package var lastEventAt: Timestamp?
    package var exitCode: Int
    /// The API that the run spoke, as far as its row says.
    package var api: APIGeneration?
    /// The place by whose clock people read the report.
    package var zone = TimeZoneRules.lagos
    /// Accounts that the run selected; cases that only carry what is known are more.
    package var selected = 0
    /// Why the run was stopped before its cases were done, in words; the exit code says it too.
    package var stopDetail: String?
    /// What was known at the close beyond the cases; nil for a run that kept nothing of it.
    package var closing: ClosingFacts?
    /// What a call of each kind costs; nil: nobody said.
    package var prices: Prices?
    package var cases: [CaseRecord]

    package init(runID: Int64, kind: RunKind, startedAt: Timestamp) {
        self.runID = runID
        self.kind = kind
        self.startedAt = startedAt
        notSelected = 0
        calls = CallCounts()
        workers = 1
        exitCode = 0
        cases = []
    }

    /// What the run's calls cost; nil without prices.
    package var cost: Cost? { prices.map { Cost(of: calls, at: $0) } }
}
