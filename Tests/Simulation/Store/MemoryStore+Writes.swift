import Reconciliation

extension MemoryStore {
    /// Writes what became of cases, in one transaction: progress, withdrawn intents and settlements.
    func write(_ writes: [CaseWrite], calls: CallCounts, of run: OpenRun, _ worker: Int) -> WriteResult {
        var result = WriteResult()
        tally(calls, worker)
        for write in writes where write.kind == .progress { noteProgress(write.one, run, worker) }
        for write in writes where write.kind == .withdrawal {
            if let fault = rowFaults[write.one.accountID], fault.kind == .locked || isAsKnown(write.one) {
                result.unwritten[write.one.accountID] = fault
                continue
            }
            withdraw(write.one, run, worker)
            tellWithdrawn(write.one, run, worker, into: &result)
        }
        for write in writes {
            guard case .settlement(let settlement) = write.kind else { continue }
            if settlement.sparesAccount {
                settleSparing(write.one, settlement, run, worker, into: &result)
                continue
            }
            if let fault = rowFaults[write.one.accountID], fault.kind == .locked || isAsKnown(write.one) {
                result.unwritten[write.one.accountID] = fault
                continue
            }
            settle(write.one, settlement, run, worker, into: &result)
        }
        return result
    }

    /// Where an open case stands that this worker holds with the intent that it knows: the fence.
    ///
    /// A case that was lost and came back has another intent than its worker knows, or none.
    private func fenced(_ known: CaseSnapshot, _ run: OpenRun, _ worker: Int) -> CasePlace? {
        guard let place = place(of: known.accountID, in: run.runID), holds(place, worker) else { return nil }
        return self[place].intendedAt == known.intendedAt ? place : nil
    }

    private func noteProgress(_ one: CaseSnapshot, _ run: OpenRun, _ worker: Int) {
        guard let place = place(of: one.accountID, in: run.runID), one.intendedAt != nil,
            self[place].intendedAt == one.intendedAt, self[place].outcome == nil
        else { return }
        // Whoever sent the trigger knows what it was answered, also when the case is another worker's by now.
        guard self[place].worker == worker || self[place].answer == nil else { return }
        change(place) { row in
            row.answer = one.progress
            row.jobID = one.jobID
            row.apiCalls = one.apiCalls
            row.polls = one.polls
        }
        guard rowFaults[one.accountID] == nil else { return }
        change(one.accountID) { row in
            // An event may have taught a later job since.
            if let job = one.jobID, row.state.lastSyncJobID == one.jobBefore {
                row.state.lastSyncJobID = job
                row.times.job = row.lastEventTime
            }
            row.requested(at: one.sentAt)
        }
    }

    /// Takes an intent back that did nothing at Mono: the account is as it was before.
    private func withdraw(_ one: CaseSnapshot, _ run: OpenRun, _ worker: Int) {
        guard let intended = one.intendedAt, let place = fenced(one, run, worker) else { return }
        change(place) { row in
            row.intendedAt = nil
            row.hadData = nil
            row.answer = nil
            row.jobID = nil
        }
        change(one.accountID) { row in
            if let last = row.state.lastSyncRequestedAt, last >= intended {
                row.state.lastSyncRequestedAt = one.requestedBeforeIntent
            }
            guard row.state.awaitingSince == intended else { return }
            row.state.awaitingSince = nil
            // Nothing was owed before: what had last cleared the debt told of the data as well.
            row.times.debt = row.times.data
        }
    }

    private func tellWithdrawn(_ one: CaseSnapshot, _ run: OpenRun, _ worker: Int, into result: inout WriteResult) {
        guard let place = place(of: one.accountID, in: run.runID), holds(place, worker) else {
            return result.lost.append(one.accountID)
        }
        guard let standing = self[place].intendedAt else {
            return result.withdrawn[one.accountID] = .some(accounts[one.accountID]?.state)
        }
        // An intent that still stands is not the one that was to be taken back.
        guard standing != one.intendedAt else {
            return result.withdrawn[one.accountID] = .some(accounts[one.accountID]?.state)
        }
        change(place) { $0.worker = nil }
        result.lost.append(one.accountID)
    }

    private func settle(
        _ one: CaseSnapshot, _ settlement: Settlement, _ run: OpenRun, _ worker: Int, into result: inout WriteResult
    ) {
        // Compared before the withdrawal changes the rows.
        guard isAsKnown(one), let place = place(of: one.accountID, in: run.runID) else {
            return tellUnsettled(one, run, worker, into: &result)
        }
        if settlement.withdrawsIntent { withdraw(one, run, worker) }
        let expected = settlement.withdrawsIntent ? nil : one.intendedAt
        let knowsSync = expected != nil && settlement.outcome.restsOnEvidence
        guard self[place].outcome == nil, self[place].worker == worker || knowsSync,
            self[place].intendedAt == expected
        else {
            return tellUnsettled(one, run, worker, into: &result)
        }
        let hasIntent = self[place].intendedAt != nil
        let linked = accounts[one.accountID].flatMap { $0.state.unlinkedAt == nil ? $0 : nil }
        let standing =
            linked == nil && settlement.outcome.restsOnEvidence
            ? nil : accounts[one.accountID]?.standing.after(settlement.outcome, because: settlement.cause, at: now)
        let zone = TimeZoneRules.lagos
        let alone =
            settlement.outcome.restsOnEvidence
            ? standing.flatMap { CoolDown.end(of: $0, foundBy: run.startedAt, in: zone) }
            : accounts[one.accountID]?.retryAfter
        change(place) { row in
            row.worker = worker
            row.settle(one, settlement, at: now)
            if settlement.outcome.restsOnEvidence {
                row.nextAttemptAt = [settlement.nextAttemptAt, alone].compactMap { $0 }.max()
            }
            row.isTried =
                hasIntent || settlement.outcome.restsOnEvidence || (settlement.outcome == .errored && one.apiCalls > 0)
            row.standing = standing
        }
        judgeBank(of: place)
        if accounts[one.accountID]?.state.unlinkedAt == nil {
            change(one.accountID) { row in
                row.apply(settlement.accountChange, at: now)
                row.learn(one, hasIntent: hasIntent)
                if !settlement.withdrawsIntent { row.requested(at: one.sentAt) }
                if hasIntent || one.apiCalls > 0 { row.tried(at: now) }
                row.standing = standing
                row.retryAfter = alone
            }
        }
        result.settled.append(one.accountID)
    }

    /// Settles a case whose account's row cannot be written.
    private func settleSparing(
        _ one: CaseSnapshot, _ settlement: Settlement, _ run: OpenRun, _ worker: Int, into result: inout WriteResult
    ) {
        guard let place = fenced(one, run, worker) else { return tellUnsettled(one, run, worker, into: &result) }
        let account = accounts[one.accountID]
        change(place) { row in
            row.isTried = row.intendedAt != nil || one.apiCalls > 0
            row.settle(one, settlement, at: now)
            row.found = settlement.found
            row.standing = account?.state.unlinkedAt == nil ? account?.standing : nil
        }
        result.settled.append(one.accountID)
    }

    /// What a settled case shows of its bank.
    private func judgeBank(of place: CasePlace) {
        guard let bank = self[place].institution, !bank.isEmpty, let outcome = self[place].outcome else { return }
        var row = banks[bank] ?? BankRow()
        guard self[place].cause?.showsBank ?? true else { return }
        if outcome.isDeliveryOfBank {
            row.lastDeliveryAt = now
            row.failingSince = nil
            row.failures = 0
        } else if outcome.isFailureOfBank {
            row.failingSince = row.failingSince ?? now
            row.lastFailureAt = now
            row.failures += 1
        } else {
            return
        }
        banks[bank] = row
    }

    /// What was not settled now was settled before (the answer was lost), is another worker's, or had changed.
    private func tellUnsettled(_ one: CaseSnapshot, _ run: OpenRun, _ worker: Int, into result: inout WriteResult) {
        guard let place = place(of: one.accountID, in: run.runID), self[place].worker == worker else {
            return result.lost.append(one.accountID)
        }
        if self[place].outcome != nil {
            result.settled.append(one.accountID)
        } else if self[place].intendedAt != one.intendedAt {
            change(place) { $0.worker = nil }
            result.lost.append(one.accountID)
        } else {
            result.refused[one.accountID] = news(of: one.accountID, since: run.startedAt)
        }
    }
}

extension MemoryStore.CaseRow {
    fileprivate mutating func settle(_ one: CaseSnapshot, _ settlement: Settlement, at now: Timestamp) {
        outcome = settlement.outcome
        cause = settlement.cause
        detail = settlement.detail
        settledAt = now
        nextAttemptAt = settlement.nextAttemptAt
        reauthLink = settlement.reauthLink?.value
        answer = one.progress
        jobID = one.jobID
        apiCalls = one.apiCalls
        polls = one.polls
        statusBefore = one.statusBefore ?? statusBefore
        statusAfter = one.statusAfter
        dataRequestID = one.learned?.dataRequestID
        institution = institution ?? one.learned?.institution
        bankCode = bankCode ?? one.learned?.bankCode
        steps = one.steps
    }
}

extension MemoryStore.AccountRow {
    /// A fact that is written counts as being of `last_event_time`: no older event that comes late changes it back.
    fileprivate mutating func apply(_ change: AccountChange, at now: Timestamp) {
        if change.bringsData {
            state.dataAvailable = true
            times.data = lastEventTime
            lastUpdatedAt = now
        }
        switch change.debt {
        case .keep: break
        case .cleared: state.awaitingSince = nil
        case .owed: state.awaitingSince = state.awaitingSince ?? now
        }
        if change.debt != .keep { times.debt = lastEventTime }
        switch change.flag {
        case .keep: break
        case .cleared: state.flaggedSince = nil
        case .raised: state.flaggedSince = state.flaggedSince ?? now
        }
        if change.flag != .keep { times.flag = lastEventTime }
        switch change.failures {
        case .keep: break
        case .none: consecutiveFailures = 0
        case .oneMore: consecutiveFailures += 1
        }
        if change.failures != .keep { times.failure = lastEventTime }
    }

    /// What the case has learned of the account.
    fileprivate mutating func learn(_ one: CaseSnapshot, hasIntent: Bool) {
        if let status = one.statusAfter {
            state.dataStatus = status
            times.status = lastEventTime
        }
        // The job of the sync that was last requested, or none; what an event has taught since stays.
        if hasIntent, one.jobBefore == state.lastSyncJobID { state.lastSyncJobID = one.jobID }
        if one.jobID != nil { times.job = lastEventTime }
        institution = institution ?? one.learned?.institution
        bankCode = bankCode ?? one.learned?.bankCode
    }

    /// A call was made for it.
    mutating func tried(at now: Timestamp) { lastTriedAt = max(lastTriedAt ?? now, now) }

    /// A sync was requested at this time at the latest.
    fileprivate mutating func requested(at time: Timestamp?) {
        guard let time else { return }
        state.lastSyncRequestedAt = max(state.lastSyncRequestedAt ?? time, time)
    }
}

extension Standing? {
    /// The standing after a case was settled: only evidence changes it, and the same outcome keeps its date.
    fileprivate func after(_ outcome: Outcome, because cause: Cause?, at now: Timestamp) -> Standing? {
        guard outcome.restsOnEvidence else { return self }
        guard outcome.isUnresolved else { return nil }
        return Standing(outcome: outcome, cause: cause, since: self?.outcome == outcome ? self?.since ?? now : now)
    }
}
