/// One entry of a case's story: when, what was done, what was said.
package struct Step: Equatable, Sendable {
    /// Seconds since the case's start.
    package var seconds: Double
    /// What was done: `inspect`, `trigger`, `look`, `event` and the like.
    package var name: String
    /// What was said to it, for instance `PROCESSING` or `503`.
    package var said: String

    package init(seconds: Double, name: String, said: String) {
        self.seconds = seconds
        self.name = name
        self.said = said
    }
}

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
    package var detail: String?
    package var dataStatusBefore: String?
    package var dataStatusAfter: String?
    package var dataRequestID: String?
    package var reauthLink: String?
    /// Equal outcomes on consecutive nightly runs, this one included; at least 1.
    package var nightsInARow: Int
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
        steps = []
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
}

/// One row of `mono.reconciliation_runs` with its cases, as reports read it.
package struct RunRecord: Equatable, Sendable {
    package var runID: Int64
    package var kind: RunKind
    package var startedAt: Timestamp
    package var finishedAt: Timestamp?
    /// Stuck or flagged accounts that `--limit` left out.
    package var notSelected: Int
    package var calls: CallCounts
    /// How many workers took part.
    package var workers: Int
    /// When the newest webhook had arrived at the run's end.
    package var lastEventAt: Timestamp?
    package var exitCode: Int
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
}
