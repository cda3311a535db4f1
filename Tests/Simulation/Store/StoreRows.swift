package import Reconciliation

extension MemoryStore {
    /// What a row of `mono.accounts` says.
    package struct AccountRow: Equatable {
        package var state = AccountState()
        /// Mono's time of the newest event applied.
        package var lastEventTime: Timestamp?
        package var times = FactTimes()
        package var lastUpdatedAt: Timestamp?
        /// When a case was last settled for which a call was made.
        package var lastTriedAt: Timestamp?
        package var consecutiveFailures = 0
        package var retryAfter: Timestamp?
        package var standing: Standing?
        package var customerRef: String?
        package var institution: String?
        package var bankCode: String?

        package init() {}

        /// Whether a nightly run leaves it alone because it was tried, and nothing new is to be expected.
        func isCoolingDown(in run: OpenRun) -> Bool {
            !run.options.force && standing != nil && retryAfter.map { $0 > run.startedAt } ?? false
        }
    }

    /// Mono's time of what a row says, fact by fact: the columns `*_event_time`.
    package struct FactTimes: Equatable {
        package var data: Timestamp?
        package var status: Timestamp?
        package var debt: Timestamp?
        package var flag: Timestamp?
        package var link: Timestamp?
        package var job: Timestamp?
        package var failure: Timestamp?
    }

    /// The rows of `mono.webhook_events` of one account.
    struct EventRows {
        /// Applied events in order of arrival.
        var notes: [EventNote] = []
        /// Numbers of recent events and when they came: the unique key.
        var seen: [(number: Int, at: Timestamp)] = []
    }

    /// A row of `mono.reconciliation_cases`.
    package struct CaseRow: Equatable {
        package let accountID: AccountID
        package let reason: Reason
        package let stuckSince: Timestamp?
        package var worker: Int?
        /// The number of the worker's claim that brought the case.
        package var claimNumber: Int?
        package var intendedAt: Timestamp?
        package var hadData: Bool?
        package var jobBefore: String?
        package var jobID: String?
        package var answer: SyncProgress?
        package var polls = 0
        package var apiCalls = 0
        package var outcome: Outcome?
        package var cause: Cause?
        package var detail: String?
        package var settledAt: Timestamp?
        package var nextAttemptAt: Timestamp?
        package var statusBefore: String?
        package var statusAfter: String?
        package var dataRequestID: String?
        package var reauthLink: String?
        package var customerRef: String?
        package var institution: String?
        package var bankCode: String?
        package var nightsInARow = 1
        package var outcomeBefore: Outcome?
        package var isTried = true
        package var standing: Standing?
        /// What was found out and could not be written to the account.
        package var found: KeptResult?
        package var steps: [Step] = []

        init(_ accountID: AccountID, _ row: AccountRow, reason: Reason) {
            self.accountID = accountID
            self.reason = reason
            stuckSince = row.state.flaggedSince ?? row.state.awaitingSince
            statusBefore = row.state.dataStatus
            customerRef = row.customerRef
            institution = row.institution
            bankCode = row.bankCode
        }
    }

    /// The cases of one run in the order of its selection.
    package struct CaseTable {
        package internal(set) var rows: [CaseRow] = []
        /// The place of each account's case.
        package internal(set) var positions: [AccountID: Int] = [:]
        /// The places of the open ones, in order.
        package internal(set) var open: [Int] = []
    }

    /// Where a case stands.
    package struct CasePlace: Hashable {
        package var run: Int64
        package var position: Int
    }

    /// A row of `mono.reconciliation_runs`.
    package struct RunRow: Equatable {
        package let kind: RunKind
        package let startedAt: Timestamp
        package let options: RunOptions
        package var finishedAt: Timestamp?
        package var reserved = 0
        package var stopCode: Int?
        package var stopDetail: String?
        package var witnessWorker: Int?
        package var exitCode: Int?
        package var notSelected = 0
        /// Accounts selected so far, in slices.
        var selected = 0
        /// Accounts that are due may have no case yet.
        package var isSelecting = false
        package var calls = CallCounts()
        package var workers = 0
        /// What the close has made of the looks; of the column `closing`.
        package var callsSaved: Int?
        package var laws: [BankLaw] = []
    }

    /// A row of `mono.workers`, and the session that holds its lock.
    package struct WorkerRow: Equatable {
        package let run: Int64
        package var lock: Int
        /// The life of the server in which the lock was taken.
        package var life: Int
        package var leaseUntil: Timestamp
        package var calls = CallCounts()
        package var evidence = AnswerEvidence()
    }

    /// A row of `mono.bank_health`.
    package struct BankRow: Equatable {
        package var lastDeliveryAt: Timestamp?
        package var failingSince: Timestamp?
        package var lastFailureAt: Timestamp?
        package var failures = 0
        /// The run that last tried single accounts of the bank while the others wait, how many, and when.
        package var probeRun: Int64?
        package var probes = 0
        package var probedAt: Timestamp?
    }

    /// The row of `mono.rate`.
    package struct RateRow {
        package var nextSlot: Timestamp
        package var heldUntil: Timestamp?
        /// All jumps of the clock together.
        var jumps: Micros = 0
        var jumpedAt: Timestamp?
        var lastJump: Micros = 0
    }

    /// A row of `mono.machine_clocks`.
    struct MachineRow {
        var uptime: Micros
        var seenAt: Timestamp
        var jumps: Micros
    }
}

extension CaseRecord {
    /// A case's row as reports read it.
    init(_ row: MemoryStore.CaseRow, run: Int64) {
        self.init(runID: run, accountID: row.accountID.rawValue, reason: row.reason)
        stuckSince = row.stuckSince
        worker = row.worker.map { "w\($0)" }
        syncIntendedAt = row.intendedAt
        hadData = row.hadData
        syncJobID = row.jobID
        syncAnswer = row.answer?.rawValue
        polls = row.polls
        apiCalls = row.apiCalls
        outcome = row.outcome
        cause = row.cause
        detail = row.detail
        settledAt = row.settledAt
        nextAttemptAt = row.nextAttemptAt
        dataStatusBefore = row.statusBefore
        dataStatusAfter = row.statusAfter
        dataRequestID = row.dataRequestID
        reauthLink = row.reauthLink
        customerRef = row.customerRef
        institution = row.institution
        bankCode = row.bankCode
        nightsInARow = row.nightsInARow
        outcomeBefore = row.outcomeBefore
        isTried = row.isTried
        standing = row.standing
        steps = row.steps
    }
}
