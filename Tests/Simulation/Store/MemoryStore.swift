package import Reconciliation

/// The store of runs in memory: what `Ledger` and `sql/` do on PostgreSQL, each request at one instant.
///
/// `RunStoreConformance` holds both to the same answers. Columns that reports alone read are left out.
package final class MemoryStore {
    /// Why a request was not performed: the session is gone.
    package struct ConnectionLost: Error {}

    /// The real time.
    package let clock: VirtualClock
    /// How far the server's clock is from it.
    package internal(set) var clockOffset: Micros = 0
    /// What the server's clock said when a machine last told its time since boot, and the jumps known then.
    var machines: [Int: MachineRow] = [:]

    package internal(set) var accounts: [AccountID: AccountRow] = [:]
    package internal(set) var runs: [Int64: RunRow] = [:]
    package internal(set) var cases: [Int64: CaseTable] = [:]
    package internal(set) var workers: [Int: WorkerRow] = [:]
    package internal(set) var rate: RateRow
    package internal(set) var banks: [String: BankRow] = [:]
    /// The rows of `mono.look_tallies`, by run and worker.
    var looks: [Int64: [Int: [LookKey: LookTally]]] = [:]
    /// The rows of `mono.bank_laws`.
    package internal(set) var laws: [LookKey: LookHistory] = [:]
    /// The unique index on open cases: the run that has an account's.
    var openCases: [AccountID: Int64] = [:]
    /// The unique index on open nightly runs.
    var openNightly: Int64?
    /// The cases in which an account ever had an intent.
    private var intended: [AccountID: [CasePlace]] = [:]
    var events: [AccountID: EventRows] = [:]
    /// The newest run.
    package internal(set) var lastRun: Int64 = 0
    /// The most accounts that a nightly run selects at a time.
    package var slice = RunOptions.slice
    /// Accounts whose rows are refused by a trigger, or locked by another session.
    package var rowFaults: [AccountID: RowFault] = [:]
    /// Whether the server takes sessions.
    package var isUp = true
    /// Counts the server's lives: all locks end with each.
    var life = 0

    /// The rows that the request under way changed.
    var changes = StoreChanges()
    private var sessions: [Bool] = []
    private var workersMade = 0

    package init(clock: VirtualClock) {
        self.clock = clock
        rate = RateRow(nextSlot: clock.now)
    }

    /// The clock of the server, which people may move.
    package var now: Timestamp { clock.now.after(clockOffset) }

    // MARK: Sessions

    /// A session's number; its locks go with it.
    package func openSession() -> Int {
        sessions.append(true)
        return sessions.count - 1
    }

    package func isOpen(_ session: Int) -> Bool { isUp && sessions[session] }

    /// Ends a session.
    package func closeSession(_ session: Int) { sessions[session] = false }

    /// Immediate shutdown: every session is gone.
    package func shutDown() {
        isUp = false
        life += 1
        for session in sessions.indices { sessions[session] = false }
    }

    /// A name for a worker that nobody had before.
    package func makeWorker() -> Int {
        workersMade += 1
        return workersMade
    }

    // MARK: Accounts

    /// Inserts an account, or puts another row in its place.
    package func put(_ account: AccountID, _ row: AccountRow = AccountRow()) {
        changes.note(account, accounts[account])
        accounts[account] = row
        // An earlier sync's job would be taken for the next one's.
        accounts[account]?.state.lastSyncJobID = row.state.lastSyncJobID ?? lastJob(of: account)
        accounts[account]?.state.lastSyncRequestedAt = lastRequest(of: account, known: row.state.lastSyncRequestedAt)
        guard row.standing == nil, let (standing, alone) = lastStanding(of: account, row) else { return }
        accounts[account]?.standing = standing
        accounts[account]?.retryAfter = alone
    }

    /// Fills in the bank's name where the row has none.
    package func name(_ bank: String, of account: AccountID) {
        guard let row = accounts[account], row.institution == nil else { return }
        accounts[account]?.institution = bank
    }

    /// What was known of an account whose row is inserted again, where nothing came from Mono since.
    ///
    /// The case that found it out, or repeats it, tells the end of the cool-down. Any other one was a try: its turn had come.
    private func lastStanding(of account: AccountID, _ row: AccountRow) -> (Standing, Timestamp?)? {
        guard row.state.unlinkedAt == nil else { return nil }
        for run in cases.keys.sorted(by: >) {
            guard let place = place(of: account, in: run), let settled = self[place].settledAt else { continue }
            let isNews = events[account]?.notes.contains { $0.receivedAt > settled } ?? false
            guard !isNews, let standing = self[place].standing else { return nil }
            return (standing, self[place].outcome == standing.outcome ? self[place].nextAttemptAt : nil)
        }
        return nil
    }

    /// Deletes an account's row; its cases stay.
    package func delete(_ account: AccountID) {
        changes.note(account, accounts[account])
        accounts[account] = nil
    }

    /// Deletes runs that were closed before a time.
    package func prune(before time: Timestamp) {
        let old = runs.filter { $0.value.finishedAt.map { $0 < time } ?? false }.keys
        for run in old {
            runs[run] = nil
            cases[run] = nil
            looks[run] = nil
        }
        workers = workers.filter { runs[$0.value.run] != nil }
    }

    /// When a sync may last have been requested (`mono.last_request`): an intent counts also where the row is replaced.
    private func lastRequest(of account: AccountID, known: Timestamp?) -> Timestamp? {
        let since = now.after(-24 * anHour)
        let recent = (intended[account] ?? []).filter { place in
            runs[place.run].map { $0.finishedAt.map { $0 > since } ?? true } ?? false
        }
        let intents = recent.compactMap { self[$0].intendedAt }.filter { intent in known.map { intent > $0 } ?? true }
        // By the clock as it is now, where it went ahead since.
        let moved = intents.map { intent in
            rate.lastJump > 0 && rate.jumpedAt.map { intent < $0 } ?? false ? intent.after(rate.lastJump) : intent
        }
        guard let last = moved.max() else { return known }
        return min(last, now).advanced(by: WorkerLimits.mayLeaveWithin)
    }

    /// The job of the account's newest case that had one.
    private func lastJob(of account: AccountID) -> String? {
        (intended[account] ?? []).filter { runs[$0.run] != nil }.compactMap { self[$0].jobID }.last
    }

    /// Forgets in which cases accounts had intents.
    func forgetIntents() { intended = [:] }

    // MARK: Changes

    /// Changes an account's row, if there is one.
    package func change(_ account: AccountID, _ body: (inout AccountRow) -> Void) {
        guard var row = accounts[account] else { return }
        changes.note(account, row)
        body(&row)
        accounts[account] = row
    }

    /// Changes a case's row; whether it is open goes into the indexes.
    func change(_ place: CasePlace, _ body: (inout CaseRow) -> Void) {
        let before = self[place]
        changes.note(place, before)
        body(&cases[place.run, default: CaseTable()].rows[place.position])
        let after = self[place]
        if before.intendedAt == nil, after.intendedAt != nil, intended[after.accountID]?.last != place {
            intended[after.accountID, default: []].append(place)
        }
        guard (before.outcome == nil) != (after.outcome == nil) else { return }
        if after.outcome == nil {
            openCases[after.accountID] = place.run
            cases[place.run]?.open.append(place.position)
            cases[place.run]?.open.sort()
        } else {
            if openCases[after.accountID] == place.run { openCases[after.accountID] = nil }
            cases[place.run]?.open.removeAll { $0 == place.position }
        }
    }

    /// Changes a run's row, if there is one.
    func change(_ run: Int64, _ body: (inout RunRow) -> Void) {
        guard var row = runs[run] else { return }
        changes.note(run, row)
        body(&row)
        runs[run] = row
    }

    /// Changes a worker's row, if there is one.
    func change(worker: Int, _ body: (inout WorkerRow) -> Void) {
        guard var row = workers[worker] else { return }
        changes.note(worker: worker, row)
        body(&row)
        workers[worker] = row
    }

    /// A case's row.
    package subscript(place: CasePlace) -> CaseRow {
        cases[place.run, default: CaseTable()].rows[place.position]
    }

    /// Where the account's case in a run stands.
    func place(of account: AccountID, in run: Int64) -> CasePlace? {
        cases[run]?.positions[account].map { CasePlace(run: run, position: $0) }
    }

    /// The open cases of a run in the order of its selection.
    func openPlaces(in run: Int64) -> [CasePlace] {
        (cases[run]?.open ?? []).map { CasePlace(run: run, position: $0) }
    }

    /// What was changed since the last call.
    package func takeChanges() -> StoreChanges {
        defer { changes = StoreChanges() }
        return changes
    }
}
