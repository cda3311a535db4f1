import Reconciliation

extension MemoryStore {
    /// Closes the run once no case is open and every other worker has left or died.
    func close(_ run: OpenRun, interruption: Int?, _ worker: Int) -> Int? {
        guard let row = runs[run.runID] else { return nil }
        if row.finishedAt != nil { return row.exitCode }
        guard !row.isSelecting, cases[run.runID]?.open.isEmpty ?? true, !hasOthers(than: worker, in: run.runID) else {
            return nil
        }
        if run.kind == .nightly { countNights(of: run.runID) }
        let rows = cases[run.runID]?.rows ?? []
        let isBad = rows.contains { $0.outcome?.failsRun(isStrict: run.options.strict) ?? false }
        let counted = workers.values.filter { $0.run == run.runID }.map(\.calls)
        change(run.runID) { row in
            row.finishedAt = now
            row.exitCode = interruption ?? row.stopCode ?? (isBad ? 1 : 0)
            row.workers = counted.count
            row.calls.details = counted.reduce(0) { $0 + $1.details }
            row.calls.trigger = counted.reduce(0) { $0 + $1.trigger }
            row.calls.job = counted.reduce(0) { $0 + $1.job }
            row.calls.reauth = counted.reduce(0) { $0 + $1.reauth }
        }
        if openNightly == run.runID { openNightly = nil }
        return runs[run.runID]?.exitCode
    }

    /// Equal outcomes on consecutive nightly runs, and the outcome before.
    private func countNights(of run: Int64) {
        let earlier = runs.filter { $0.key < run && $0.value.kind == .nightly && $0.value.finishedAt != nil }.keys.max()
        guard let earlier else { return }
        for position in cases[run]?.rows.indices ?? 0..<0 {
            let place = CasePlace(run: run, position: position)
            let one = self[place]
            guard let before = self.place(of: one.accountID, in: earlier).map({ self[$0] }) else { continue }
            change(place) { row in
                row.outcomeBefore = before.outcome
                row.nightsInARow = before.outcome == row.outcome ? before.nightsInARow + 1 : 1
            }
        }
    }

    /// Settles as `deferred` what no living worker holds, as far as the scope goes.
    func deferRest(_ deferral: Deferral, of run: OpenRun, _ worker: Int) {
        if deferral.scope == .asLastWorker, hasOthers(than: worker, in: run.runID) { return }
        for place in openPlaces(in: run.runID) {
            let one = self[place]
            if deferral.scope == .untriggered, one.intendedAt != nil { continue }
            if let owner = one.worker, owner != worker, isLive(owner) { continue }
            putOff(place, one, deferral, limit: run.options.rules.syncLimit)
        }
        endSelection(of: run)
    }

    private func putOff(_ place: CasePlace, _ one: CaseRow, _ deferral: Deferral, limit: Duration) {
        // Without its answer it is not known when the trigger left.
        let mayHaveLeft = one.intendedAt.map { intended in
            one.answer == nil ? intended.advanced(by: WorkerLimits.mayLeaveWithin) : intended
        }
        let requested = [accounts[one.accountID]?.state.lastSyncRequestedAt, mayHaveLeft].compactMap { $0 }.max()
        let next = requested?.advanced(by: limit)
        change(place) { row in
            row.outcome = .deferred
            row.cause = deferral.cause
            row.detail = deferral.detail
            row.settledAt = now
            // What Mono's limit no longer holds back has no time of its own: the next night tries it.
            row.nextAttemptAt = next.flatMap { $0 > now ? $0 : nil }
        }
        if one.intendedAt != nil || one.apiCalls > 0 { change(one.accountID) { $0.tried(at: now) } }
        guard let intended = one.intendedAt, let mayHaveLeft else { return }
        let taught = taughtJob(of: one.accountID, since: intended)
        change(one.accountID) { row in
            // The newest job: the one that an event has taught since, else the sync's own.
            row.state.lastSyncJobID = taught ?? one.jobID
            guard one.answer == nil else { return }
            row.state.lastSyncRequestedAt = max(row.state.lastSyncRequestedAt ?? mayHaveLeft, mayHaveLeft)
        }
    }

    /// The account's last job, if an event taught it since a time.
    private func taughtJob(of account: AccountID, since: Timestamp) -> String? {
        guard let job = accounts[account]?.state.lastSyncJobID else { return nil }
        let isTaught = events[account, default: EventRows()].notes.contains { note in
            guard case .jobUpdate(let named, _) = note.kind else { return false }
            return note.receivedAt >= since && named == job
        }
        return isTaught ? job : nil
    }
}
