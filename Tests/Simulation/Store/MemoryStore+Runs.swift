import Reconciliation

extension MemoryStore {
    /// Opens the nightly run and selects its cases, or finds the open one: the unique index decides.
    func openNightly(
        _ options: RunOptions, isRepeat: Bool, _ worker: Int, session: Int
    ) throws(ConnectionLost) -> OpenRun {
        if isRepeat, let run = lostOpening(by: worker) { return run }
        if let open = openNightly, let row = runs[open] { return told(open, row, isNew: false) }
        let run = try insert(.nightly, options, worker, session: session)
        openNightly = run.runID
        runs[run.runID]?.isSelecting = true
        _ = selectSlice(run)
        return run
    }

    /// Opens a one-off run; accounts with an open case have none in it.
    func openOneOff(
        _ accounts: [AccountID], _ options: RunOptions, isRepeat: Bool, _ worker: Int, session: Int
    ) throws(ConnectionLost) -> OpenRun {
        if isRepeat, let run = lostOpening(by: worker) { return run }
        let run = try insert(.oneOff, options, worker, session: session)
        for account in accounts {
            guard let row = self.accounts[account] else { continue }
            let stuckBefore = now.after(.zero - options.rules.stuckAfter)
            let isStuck = row.state.awaitingSince.map { $0 <= stuckBefore } ?? false
            let reason: Reason =
                row.state.flaggedSince != nil ? .reauthorisationRequired : isStuck ? .missingUpdate : .requested
            _ = addCase(account, row, reason, to: run.runID)
        }
        return run
    }

    /// The run that the worker has opened by a try whose answer was lost.
    private func lostOpening(by worker: Int) -> OpenRun? {
        guard let run = workers[worker]?.run, let row = runs[run], row.finishedAt == nil else { return nil }
        return told(run, row, isNew: true)
    }

    private func insert(
        _ kind: RunKind, _ options: RunOptions, _ worker: Int, session: Int
    ) throws(ConnectionLost) -> OpenRun {
        try enlist(worker, run: lastRun + 1, session: session)
        lastRun += 1
        let row = RunRow(kind: kind, startedAt: now, options: options)
        changes.note(lastRun, nil)
        runs[lastRun] = row
        cases[lastRun] = CaseTable()
        return told(lastRun, row, isNew: true)
    }

    private func told(_ run: Int64, _ row: RunRow, isNew: Bool) -> OpenRun {
        OpenRun(
            runID: run, kind: row.kind, startedAt: row.startedAt, options: row.options,
            age: now.since(row.startedAt), isNew: isNew,
            budgetLeft: row.options.maxCalls.map { max(0, $0 - row.reserved) })
    }

    private func addCase(_ account: AccountID, _ row: AccountRow, _ reason: Reason, to run: Int64) -> Bool {
        guard openCases[account] == nil, cases[run]?.positions[account] == nil else { return false }
        let place = CasePlace(run: run, position: cases[run]?.rows.count ?? 0)
        changes.note(place, nil)
        openCases[account] = run
        cases[run]?.positions[account] = place.position
        cases[run]?.rows.append(CaseRow(account, row, reason: reason))
        cases[run]?.open.append(place.position)
        return true
    }

    /// Selects the next slice of a nightly run, unless its selection has ended; returns whether it did.
    func selectSlice(_ run: OpenRun) -> Bool {
        guard let row = runs[run.runID], row.isSelecting else { return false }
        let most = run.options.mostAccounts
        let wanted = min(slice, max(0, (most ?? .max) - row.selected))
        let chosen = due(for: run).prefix(wanted)
        for one in chosen {
            guard let account = accounts[one.account] else { continue }
            let reason: Reason = account.state.flaggedSince != nil ? .reauthorisationRequired : .missingUpdate
            _ = addCase(one.account, account, reason, to: run.runID)
        }
        let selected = row.selected + chosen.count
        change(run.runID) { $0.selected = selected }
        if chosen.count < wanted || most.map({ selected >= $0 }) == true { endSelection(of: run) }
        return true
    }

    /// Ends the selection; what it leaves is counted.
    func endSelection(of run: OpenRun) {
        guard runs[run.runID]?.isSelecting == true else { return }
        let left = due(for: run).count
        change(run.runID) { row in
            row.isSelecting = false
            row.notSelected = left
        }
    }

    /// `mono.select_accounts`: those without a case in the run, in the order in which they are tried.
    private func due(for run: OpenRun) -> [Due] {
        let rules = run.options.rules
        let stuckBefore = run.startedAt.advanced(by: .zero - rules.stuckAfter)
        let triedBefore = now.after(.zero - rules.syncLimit)
        var due: [Due] = []
        for (account, row) in accounts where row.state.unlinkedAt == nil && openCases[account] == nil {
            guard !row.isCoolingDown(in: run) else { continue }
            let isStuck = row.state.awaitingSince.map { $0 <= stuckBefore } ?? false
            guard row.state.flaggedSince != nil || isStuck || row.state.hasImpossibleTime else { continue }
            guard row.state.lastSyncRequestedAt.map({ $0 <= triedBefore }) ?? true else { continue }
            guard cases[run.runID]?.positions[account] == nil else { continue }
            let isLast = run.options.mostAccounts == nil && row.standing?.outcome == .accountNotFound
            due.append(
                Due(wasUnknown: isLast, lastTried: row.lastTriedAt?.microseconds ?? .min, account: account))
        }
        return due.sorted(by: <)
    }

    /// An account that is due, in the order in which they are tried.
    private struct Due: Comparable {
        var wasUnknown: Bool
        var lastTried: Int64
        var account: AccountID

        static func < (left: Self, right: Self) -> Bool {
            if left.wasUnknown != right.wasUnknown { return right.wasUnknown }
            guard left.lastTried == right.lastTried else { return left.lastTried < right.lastTried }
            return left.account < right.account
        }
    }

    // MARK: Finding

    /// One-off runs that were left open by processes that are gone.
    func strandedOneOffs() -> [OpenRun] {
        runs.keys.sorted().compactMap { run in
            guard let row = runs[run], row.kind == .oneOff, row.finishedAt == nil,
                !workers.contains(where: { $0.value.run == run && isLive($0.key) })
            else { return nil }
            return told(run, row, isNew: false)
        }
    }

    /// Those of the accounts without a case in a run that have one in another: an open one, or the newest.
    func elsewhere(_ accounts: [AccountID], than run: Int64) -> [AccountElsewhere] {
        accounts.compactMap { account in
            guard place(of: account, in: run) == nil else { return nil }
            let newest = runs.keys.filter { $0 != run && place(of: account, in: $0) != nil }.max()
            return (openCases[account] ?? newest).map { AccountElsewhere(account: account, runID: $0) }
        }
    }

    func readElsewhere(_ one: AccountElsewhere, _ worker: Int) -> StoreAnswer {
        let record = place(of: one.account, in: one.runID).map { CaseRecord(self[$0], run: one.runID) }
        return .caseElsewhere(record, isWorkedOn: hasOthers(than: worker, in: one.runID))
    }
}
