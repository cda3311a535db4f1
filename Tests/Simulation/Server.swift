import Reconciliation

/// PostgreSQL with our schema, as far as runs need it: every statement of `Ledger` happens at one instant.
///
/// The conditions are those of `Sources/Ledger` and `sql/`; a seeded bug leaves one of them out.
final class Server {
    /// A row of `mono.accounts` with its events.
    struct Row {
        var state: AccountState
        /// Mono's time of the newest event applied.
        var lastEventTime: Timestamp?
        var times = FactTimes()
        /// Applied events in order of arrival.
        var notes: [EventNote] = []
        /// Numbers of recent events and when they came: the unique key.
        var seen: [(number: Int, at: Timestamp)] = []
        /// The unique index on open cases.
        var openCase: (run: Int, position: Int)?
    }

    /// Mono's time of what a row says, fact by fact: the columns `*_event_time`.
    struct FactTimes {
        var data: Timestamp?
        var status: Timestamp?
        var debt: Timestamp?
        var flag: Timestamp?
        var link: Timestamp?
        var job: Timestamp?
    }

    /// A row of `mono.reconciliation_cases`.
    struct CaseRow {
        var account: Int
        var reason: Reason
        var stuckSince: Timestamp?
        /// The account at the selection; only a bug tells it.
        var selected: AccountState
        var worker: Int?
        var intendedAt: Timestamp?
        var hadData: Bool?
        var jobID: String?
        var jobBefore: String?
        var answer: SyncProgress?
        var polls = 0
        var apiCalls = 0
        var steps: [Step] = []
        var outcome: Outcome?
    }

    /// A row of `mono.reconciliation_runs`.
    struct Run {
        var kind: RunKind
        var startedAt: Timestamp
        var finishedAt: Timestamp?
        var cases: [CaseRow] = []
        var positions: [Int: Int] = [:]
        var open = 0
        var reserved = 0
        var stopCode: Int?
        var exitCode: Int?
        var maxCalls: Int?
    }

    /// A row of `mono.workers`, and who holds its lock.
    struct WorkerRow {
        var run: Int
        var lock: Int?
        var leaseUntil: Timestamp
        var isEnlisted = false
        var calls = 0
    }

    static let lease: Micros = 15 * aSecond

    let clock: VirtualClock
    let judge: Judge
    let trace: Trace
    let bug: SeededBug?
    let options: WorldOptions
    let ids: [AccountID]

    var rows: [Row]
    var runs: [Run] = []
    var workers: [WorkerRow] = []
    var nextSlot: Timestamp
    var ownSlots: [Int: Timestamp] = [:]
    var heldUntil: Timestamp?
    var isUp = true
    /// Accounts that the statement under way changed.
    var notified: [Int] = []
    private var sessions: [Bool] = []

    var now: Timestamp { clock.now }

    init(_ options: WorldOptions, bug: SeededBug?, judge: Judge, clock: VirtualClock, trace: Trace) {
        self.options = options
        self.bug = bug
        self.judge = judge
        self.clock = clock
        self.trace = trace
        ids = Self.accountIDs(options.accounts)
        rows = ids.map { _ in Row(state: AccountState()) }
        nextSlot = clock.now
    }

    static func accountIDs(_ count: Int) -> [AccountID] {
        (0..<count).compactMap { number in AccountID("a" + String(10_000 + number)) }
    }

    /// The place of an account among the rows: its id says so.
    static func index(_ id: AccountID) -> Int {
        id.rawValue.utf8.dropFirst().reduce(0) { $0 * 10 + Int($1) - 0x30 } - 10_000
    }

    // MARK: Sessions

    func openSession() -> Int {
        sessions.append(true)
        return sessions.count - 1
    }

    func isOpen(_ session: Int) -> Bool { isUp && sessions[session] }

    /// The locks of a session go with it.
    func closeSession(_ session: Int) { sessions[session] = false }

    /// Immediate shutdown: every session is gone.
    func stop() {
        isUp = false
        for session in sessions.indices { sessions[session] = false }
    }

    // MARK: Workers

    func makeWorker(of run: Int) -> Int {
        workers.append(WorkerRow(run: run, leaseUntil: now))
        return workers.count - 1
    }

    /// Takes the worker's lock, unless a lost connection still has it, and renews its lease.
    func enlist(_ worker: Int, run: Int, session: Int) -> Bool {
        if bug != .lockNotRetaken || !workers[worker].isEnlisted {
            if let holder = workers[worker].lock, holder != session, sessions[holder] {
                closeSession(holder)
                return false
            }
            workers[worker].lock = session
        }
        workers[worker].run = run
        if bug != .leaseNotRenewed || !workers[worker].isEnlisted {
            workers[worker].leaseUntil = now.after(Self.lease)
        }
        workers[worker].isEnlisted = true
        return true
    }

    /// Whether a worker holds its lock and its lease.
    func isLive(_ worker: Int) -> Bool {
        let row = workers[worker]
        let hasLock = row.lock.map { sessions[$0] } ?? false
        let hasLease = row.leaseUntil > now
        return switch bug {
        case .lockAlone: hasLock
        case .leaseAlone: hasLease
        default: hasLock && hasLease
        }
    }

    func hasOthers(_ worker: Int, in run: Int) -> Bool {
        workers.indices.contains { $0 != worker && workers[$0].run == run && isLive($0) }
    }

    func leave(_ worker: Int) {
        let run = workers[worker].run
        for position in runs[run].cases.indices {
            let one = runs[run].cases[position]
            if one.worker == worker, one.outcome == nil { runs[run].cases[position].worker = nil }
        }
        workers[worker].leaseUntil = now
    }

    /// Totals, so that noting them twice changes nothing.
    func tally(_ calls: CallCounts, _ worker: Int) {
        workers[worker].calls = bug == .countsAdded ? workers[worker].calls + calls.total : calls.total
        judge.tallied(workers[worker].calls, worker)
    }

    func tally(_ calls: CallCounts, unspent: Int, _ worker: Int, run: Int) {
        tally(calls, worker)
        runs[run].reserved -= unspent
    }

    // MARK: Rate

    func reserve(slots: Int, budget: Int, lead: Duration, _ worker: Int, run: Int) -> SlotGrant {
        let rate = options.limits.rate
        let spacing = Micros(1_000_000 / rate)
        let next = bug == .slotsNotShared ? ownSlots[worker] ?? now : nextSlot
        let first = max(next, now.after(min(max(lead.micros, 0), 2 * aSecond)), heldUntil ?? now)
        let granted = min(slots, Int((rate / 2).rounded(.up)))
        let after = first.after(spacing * Micros(granted))
        if bug == .slotsNotShared { ownSlots[worker] = after } else { nextSlot = after }
        var grant = SlotGrant(
            first: first, spacing: .microseconds(spacing), count: granted, heldUntil: heldUntil)
        guard let most = runs[run].maxCalls else { return grant }
        let reserved = runs[run].reserved
        if bug == .budgetNotShared {
            grant.paid = budget
            grant.budgetLeft = most
        } else {
            grant.paid = max(0, min(budget, most - reserved))
            grant.budgetLeft = max(0, most - reserved - grant.paid)
        }
        runs[run].reserved += grant.paid
        return grant
    }

    func hold(until: Timestamp) {
        guard bug != .holdNotShared else { return }
        heldUntil = max(heldUntil ?? until, until)
    }

    // MARK: News

    func news(_ account: Int, since: Timestamp) -> News {
        let notes = rows[account].notes
        var first = notes.endIndex
        while first > notes.startIndex, notes[first - 1].receivedAt >= since { first -= 1 }
        guard bug == .jobsNotTold else {
            return News(account: rows[account].state, events: Array(notes[first...]))
        }
        let stripped = notes[first...].map { note in
            guard case .updated(let status, let sync, _) = note.kind else { return note }
            return EventNote(
                key: note.key, kind: .updated(status: status, sync: sync, job: nil), receivedAt: note.receivedAt)
        }
        return News(account: rows[account].state, events: stripped)
    }

    func news(of accounts: [AccountID], run: Int) -> [AccountID: News] {
        var all: [AccountID: News] = [:]
        for id in accounts { all[id] = news(Self.index(id), since: runs[run].startedAt) }
        return all
    }
}
