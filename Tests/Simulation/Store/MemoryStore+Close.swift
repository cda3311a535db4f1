import Reconciliation

extension MemoryStore {
    /// Closes the run once no case is open and every other worker has left or died.
    func close(_ run: OpenRun, interruption: Int?, _ worker: Int) -> Int? {
        guard let row = runs[run.runID] else { return nil }
        if row.finishedAt != nil { return row.exitCode }
        guard !row.isSelecting, cases[run.runID]?.open.isEmpty ?? true, !hasOthers(than: worker, in: run.runID) else {
            return nil
        }
        if run.kind == .nightly { carryRest(of: run) }
        countNights(of: run)
        let rows = cases[run.runID]?.rows ?? []
        let isBad = rows.contains { row in
            guard row.outcome?.failsRun(isStrict: run.options.strict) == true else { return false }
            // What a night leaves out on purpose is no failure of the night.
            return run.options.strict || run.kind == .oneOff || row.isTried
                || row.cause.map { !Cause.leavingOut.contains($0) } ?? true
        }
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
        foldLooks(of: run)
        return runs[run.runID]?.exitCode
    }

    /// Nights since the standing first stood, and what was known in the newest run of an earlier night.
    private func countNights(of run: OpenRun) {
        let zone = TimeZoneRules.lagos
        let tonight = zone.night(of: run.startedAt)
        let earlier = runs.filter { _, row in
            run.kind == .nightly && row.kind == .nightly && row.finishedAt != nil
                && zone.night(of: row.startedAt) < tonight
        }.max { ($0.value.startedAt, $0.key) < ($1.value.startedAt, $1.key) }?.key
        for position in cases[run.runID]?.rows.indices ?? 0..<0 {
            let place = CasePlace(run: run.runID, position: position)
            let one = self[place]
            let before = earlier.flatMap { self.place(of: one.accountID, in: $0) }.map { self[$0] }
            change(place) { row in
                row.outcomeBefore = before.flatMap { before in
                    before.outcome?.restsOnEvidence == false
                        ? before.standing?.outcome ?? before.outcome : before.outcome
                }
                row.nightsInARow = one.standing.map { zone.nights(from: $0.since, to: run.startedAt) } ?? 1
            }
        }
    }

    /// Gives what stands unresolved and has no case in the run one that only carries what is known.
    private func carry(_ cause: Cause, detail: String, of run: OpenRun) {
        guard runs[run.runID]?.finishedAt == nil else { return }
        let rules = run.options.rules
        let stuckBefore = run.startedAt.advanced(by: .zero - rules.stuckAfter)
        for (account, row) in accounts.sorted(by: { $0.key < $1.key }) {
            guard let standing = row.standing, row.state.unlinkedAt == nil,
                row.state.flaggedSince != nil || row.state.awaitingSince.map({ $0 <= stuckBefore }) ?? false,
                cases[run.runID]?.positions[account] == nil
            else { continue }
            let freeAt = row.state.lastSyncRequestedAt?.advanced(by: rules.syncLimit)
            let isTooSoon = freeAt.map { $0 > run.startedAt } ?? false
            var carried = CaseRow(
                account, row, reason: row.state.flaggedSince != nil ? .reauthorisationRequired : .missingUpdate)
            carried.isTried = false
            carried.standing = standing
            carried.settledAt = now
            if row.isCoolingDown(in: run) {
                (carried.outcome, carried.cause) = (standing.outcome, standing.cause)
                (carried.detail, carried.nextAttemptAt) = ("in its cool-down", row.retryAfter)
                append(carried, to: run)
                continue
            }
            carried.outcome = .deferred
            carried.cause = openCases[account] != nil ? .inOtherRun : isTooSoon ? .tooSoon : cause
            carried.detail =
                carried.cause == .inOtherRun
                ? "another run has the account in hand"
                : carried.cause == .tooSoon ? "a sync was requested less than Mono's limit before the run" : detail
            carried.nextAttemptAt = carried.cause == .tooSoon ? freeAt.flatMap { $0 > now ? $0 : nil } : nil
            append(carried, to: run)
        }
    }

    /// Adds a settled case.
    private func append(_ carried: CaseRow, to run: OpenRun) {
        let place = CasePlace(run: run.runID, position: cases[run.runID]?.rows.count ?? 0)
        changes.note(place, nil)
        cases[run.runID]?.positions[carried.accountID] = place.position
        cases[run.runID]?.rows.append(carried)
    }

    /// The same for a run that was not stopped.
    private func carryRest(of run: OpenRun) {
        switch (run.options.limit, run.options.maxCalls) {
        case (let limit?, let calls) where limit <= calls ?? limit:
            carry(.limit, detail: "left out by --limit \(limit)", of: run)
        case (_, let calls?): carry(.budget, detail: "left out by --max-calls \(calls)", of: run)
        case (_, nil): carry(.notDue, detail: "not due at the start of the run", of: run)
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
        guard run.kind == .nightly else { return }
        endSelection(of: run)
        carry(deferral.cause, detail: deferral.detail, of: run)
    }

    private func putOff(_ place: CasePlace, _ one: CaseRow, _ deferral: Deferral, limit: Duration) {
        // Without its answer it is not known when the trigger left.
        let mayHaveLeft = one.intendedAt.map { intended in
            one.answer == nil ? intended.advanced(by: WorkerLimits.mayLeaveWithin) : intended
        }
        let requested = [accounts[one.accountID]?.state.lastSyncRequestedAt, mayHaveLeft].compactMap { $0 }.max()
        let next = requested?.advanced(by: limit)
        let standing = accounts[one.accountID].flatMap { $0.state.unlinkedAt == nil ? $0.standing : nil }
        change(place) { row in
            row.outcome = .deferred
            row.cause = deferral.cause
            row.detail = deferral.detail
            row.settledAt = now
            row.isTried = one.intendedAt != nil
            row.standing = standing
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
