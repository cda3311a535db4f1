import Reconciliation

extension Server {
    /// A run as its opener or joiner learns it.
    struct OpenRun {
        var run: Int
        var isNew: Bool
        var startedAt: Timestamp
        var age: Micros
        var budgetLeft: Int?
    }

    /// Opens the nightly run and selects its cases, or finds the open one: the unique index decides.
    func openNightly(_ worker: Int, session: Int) -> OpenRun {
        let open = runs.lastIndex { $0.kind == .nightly && $0.finishedAt == nil }
        // Without the index, who looks in the same second sees none.
        if let open, bug != .twoNightlies || now.from(runs[open].startedAt) > aSecond {
            return told(open, isNew: false)
        }
        let run = insert(.nightly)
        if bug == .limiterReset {
            for account in rows.indices { rows[account].state.lastSyncRequestedAt = nil }
        }
        _ = enlist(worker, run: run, session: session)
        select(run)
        trace.note("ledger", "run \(run) opened with \(runs[run].open) cases")
        return told(run, isNew: true)
    }

    func openOneOff(_ accounts: [Int], _ worker: Int, session: Int) -> OpenRun {
        let run = insert(.oneOff)
        _ = enlist(worker, run: run, session: session)
        for account in accounts {
            let state = rows[account].state
            let isStuck = state.awaitingSince.map { $0 <= now.after(.zero - options.rules.stuckAfter) } ?? false
            let reason: Reason =
                state.flaggedSince != nil ? .reauthorisationRequired : isStuck ? .missingUpdate : .requested
            addCase(account, reason, to: run)
        }
        trace.note("ledger", "one-off run \(run) opened for \(accounts.map { ids[$0] })")
        return told(run, isNew: true)
    }

    private func insert(_ kind: RunKind) -> Int {
        var run = Run(kind: kind, startedAt: now)
        run.maxCalls = options.maxCalls
        runs.append(run)
        let isAnotherOpen =
            kind == .nightly
            && runs.dropLast().contains { $0.kind == .nightly && $0.finishedAt == nil }
        judge.opened(runs.count - 1, kind, isAnotherOpen: isAnotherOpen)
        return runs.count - 1
    }

    private func told(_ run: Int, isNew: Bool) -> OpenRun {
        OpenRun(
            run: run, isNew: isNew, startedAt: runs[run].startedAt, age: now.from(runs[run].startedAt),
            budgetLeft: runs[run].maxCalls.map { max(0, $0 - runs[run].reserved) })
    }

    private func addCase(_ account: Int, _ reason: Reason, to run: Int) {
        if rows[account].openCase != nil {
            guard bug == .twoOpenCases else { return }
            judge.broke(.openCases, account, "a second open case in run \(run)")
        }
        let state = rows[account].state
        judge.wokenAt[account] = nil
        rows[account].openCase = (run, runs[run].cases.count)
        runs[run].positions[account] = runs[run].cases.count
        runs[run].cases.append(
            CaseRow(
                account: account, reason: reason, stuckSince: state.flaggedSince ?? state.awaitingSince,
                selected: state))
        runs[run].open += 1
    }

    /// `mono.select_accounts`.
    private func select(_ run: Int) {
        let stuckBefore = now.after(.zero - options.rules.stuckAfter)
        let triedBefore = now.after(.zero - options.rules.syncLimit)
        let due = rows.indices.filter { account in
            let state = rows[account].state
            guard state.unlinkedAt == nil, rows[account].openCase == nil || bug == .twoOpenCases else { return false }
            guard state.lastSyncRequestedAt.map({ $0 <= triedBefore }) ?? true || bug == .limitForgotten else {
                return false
            }
            return state.flaggedSince != nil || state.awaitingSince.map { $0 <= stuckBefore } ?? false
        }
        let order = due.sorted { left, right in
            let first = rows[left].state.lastSyncRequestedAt?.microseconds ?? .min
            let second = rows[right].state.lastSyncRequestedAt?.microseconds ?? .min
            return (first, left) < (second, right)
        }
        for account in order {
            let isFlagged = rows[account].state.flaggedSince != nil
            addCase(account, isFlagged ? .reauthorisationRequired : .missingUpdate, to: run)
        }
    }

    /// One-off runs that processes left open that are gone.
    func strandedOneOffs() -> [OpenRun] {
        runs.indices.filter { run in
            runs[run].kind == .oneOff && runs[run].finishedAt == nil
                && !workers.indices.contains { workers[$0].run == run && isLive($0) }
        }.map { told($0, isNew: false) }
    }

    /// Where the cases of accounts are open, other than in this run.
    func heldElsewhere(_ accounts: [Int], than run: Int) -> [(account: Int, run: Int)] {
        accounts.compactMap { account in
            guard let open = rows[account].openCase, open.run != run else { return nil }
            return (account, open.run)
        }
    }

    /// What a waiting worker looks for.
    struct Watch {
        var isFinished: Bool
        var stopCode: Int?
        var heldUntil: Timestamp?
    }

    func watch(_ run: Int) -> Watch {
        Watch(isFinished: runs[run].finishedAt != nil, stopCode: runs[run].stopCode, heldUntil: heldUntil)
    }

    /// The run stops for all its workers.
    func stop(_ run: Int, code: Int) {
        guard runs[run].stopCode == nil, runs[run].finishedAt == nil else { return }
        runs[run].stopCode = code
        judge.stopped(run)
    }

    /// Settles as `deferred` what no living worker holds; with `onlyUntriggered`, cases with an intent stay open.
    func deferRest(_ run: Int, _ worker: Int, onlyUntriggered: Bool = false) {
        for position in runs[run].cases.indices {
            let one = runs[run].cases[position]
            guard one.outcome == nil, !(onlyUntriggered && one.intendedAt != nil) else { continue }
            if let owner = one.worker, owner != worker, isLive(owner), bug != .deferRestDefersLive { continue }
            if let owner = one.worker, owner != worker {
                judge.took(one.account, from: owner, by: worker, "deferred")
            }
            close(position, .deferred, in: run)
            judge.settledUntouched(one.account, run, by: worker)
            guard let intended = one.intendedAt else { continue }
            if !isTaught(one.account, since: intended) { keepJob(one.jobID, of: one.account) }
            // Without its answer it is not known when the trigger left.
            if one.answer == nil { demandLimit(one.account, mayHaveLeft(intended)) }
        }
    }

    /// The latest instant at which a trigger may have left whose answer is not known.
    func mayHaveLeft(_ intended: Timestamp) -> Timestamp {
        bug == .limitFromIntent ? intended : intended.advanced(by: WorkerLimits.mayLeaveWithin)
    }

    /// The last job is that of the sync that was last requested, or none.
    func keepJob(_ job: String?, of account: Int) {
        guard bug != .jobOfEarlierSync || job != nil else { return }
        rows[account].state.lastSyncJobID = job
    }

    /// Whether an event has taught the last job since a time.
    private func isTaught(_ account: Int, since: Timestamp) -> Bool {
        rows[account].notes.contains { note in
            guard case .jobUpdate(let job, _) = note.kind else { return false }
            return note.receivedAt >= since && job == rows[account].state.lastSyncJobID
        }
    }

    func demandLimit(_ account: Int, _ time: Timestamp) {
        let known = rows[account].state.lastSyncRequestedAt ?? time
        rows[account].state.lastSyncRequestedAt = max(known, time)
        notified.append(account)
    }

    /// Ends a case; its account is free for another.
    func close(_ position: Int, _ outcome: Outcome, in run: Int) {
        let account = runs[run].cases[position].account
        if runs[run].cases[position].outcome == nil { runs[run].open -= 1 }
        runs[run].cases[position].outcome = outcome
        if let open = rows[account].openCase, open.run == run { rows[account].openCase = nil }
    }

    /// Closes the run if no case is open; says with which code it is closed, by whomever.
    func close(_ run: Int, stopCode: Int?) -> Int? {
        if runs[run].finishedAt == nil, runs[run].open == 0 || bug == .closeWhileOpen {
            runs[run].finishedAt = now
            let isUnsettled = runs[run].cases.contains { $0.outcome == .errored || $0.outcome == .deferred }
            runs[run].exitCode = runs[run].stopCode ?? stopCode ?? (isUnsettled ? 1 : 0)
            judge.closed(run, runs[run], workers: workers)
            // What reports would read; nothing else asks for it again.
            if runs[run].open == 0 {
                runs[run].cases = []
                runs[run].positions = [:]
            }
        }
        return runs[run].finishedAt == nil ? nil : runs[run].exitCode
    }
}
