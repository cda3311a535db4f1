import Reconciliation

extension Server {
    /// Writes what became of cases, in one transaction: progress, withdrawn intents and settlements.
    func write(
        _ entries: [CaseScheduler.Entry], cases: [AccountID: Case], calls: CallCounts, _ worker: Int, run: Int
    ) -> WriteResult {
        var result = WriteResult()
        if bug != .countsNotWritten { tally(calls, worker) }
        for entry in entries where entry.kind == .progress {
            if let one = cases[entry.accountID] { noteProgress(one, worker, run: run) }
        }
        // Compared before the withdrawal changes the rows.
        let known = entries.filter { entry in cases[entry.accountID].map { isAsKnown($0) } ?? false }.map(\.accountID)
        for entry in entries {
            guard let one = cases[entry.accountID] else { continue }
            switch entry.kind {
            case .progress: break
            case .withdrawal: tellWithdrawn(one, worker, run: run, into: &result)
            case .settlement(let settlement):
                let isKnown = known.contains(entry.accountID)
                if isKnown || bug == .settleByIDAlone {
                    settle(one, settlement, worker, run: run, into: &result)
                } else {
                    sort(one, worker, run: run, into: &result)
                }
            }
        }
        return result
    }

    /// Whose cases a write may change: the fence.
    ///
    /// A case that was lost and came back has another intent than its worker knows, or none.
    private func fencedCase(_ known: Case, _ worker: Int, run: Int, _ what: String) -> Int? {
        let account = Self.index(known.accountID)
        guard let position = runs[run].positions[account] else { return nil }
        let one = runs[run].cases[position]
        guard one.outcome == nil || bug == .settleTwice else { return nil }
        guard one.worker != worker else {
            if one.intendedAt == known.intendedAt { return position }
            guard bug == .intentNotFenced else { return nil }
            judge.broke(.fence, account, "\(what) by w\(worker), which knows another intent")
            return position
        }
        let isOff = bug == .noFence || bug == .withdrawalWithoutFence && what == "withdrawal"
        guard isOff else { return nil }
        judge.broke(.fence, account, "\(what) by w\(worker) of a case of \(one.worker.map { "w\($0)" } ?? "nobody")")
        return position
    }

    private func noteProgress(_ one: Case, _ worker: Int, run: Int) {
        let account = Self.index(one.accountID)
        guard bug != .progressNotWritten, let position = fencedCase(one, worker, run: run, "progress"),
            runs[run].cases[position].intendedAt != nil
        else { return }
        runs[run].cases[position].answer = one.progress
        runs[run].cases[position].jobID = one.snapshot.jobID
        runs[run].cases[position].apiCalls = one.snapshot.apiCalls
        runs[run].cases[position].polls = one.snapshot.polls
        // An event may have taught a later one since.
        if let job = one.snapshot.jobID, bug != .jobsNotKept,
            rows[account].state.lastSyncJobID == one.snapshot.jobBefore
        {
            rows[account].state.lastSyncJobID = job
            rows[account].times.job = rows[account].lastEventTime
        }
        if let sentAt = one.snapshot.sentAt, bug != .limitFromIntent { demandLimit(account, sentAt) }
        notified.append(account)
    }

    private func tellWithdrawn(_ one: Case, _ worker: Int, run: Int, into result: inout WriteResult) {
        withdraw(one, worker, run: run)
        let account = Self.index(one.accountID)
        guard let position = ownOpenCase(account, worker, run: run) else {
            return result.lost.append(one.accountID)
        }
        if runs[run].cases[position].intendedAt == nil {
            result.withdrawn[one.accountID] = .some(rows[account].state)
        } else {
            disown(position, run: run)
            result.lost.append(one.accountID)
        }
    }

    /// Takes an intent back that did nothing at Mono: the account is as it was before.
    private func withdraw(_ one: Case, _ worker: Int, run: Int) {
        let account = Self.index(one.accountID)
        guard let position = fencedCase(one, worker, run: run, "withdrawal"),
            let intended = runs[run].cases[position].intendedAt, intended == one.intendedAt
        else { return }
        runs[run].cases[position].intendedAt = nil
        runs[run].cases[position].hadData = nil
        runs[run].cases[position].answer = nil
        runs[run].cases[position].jobID = nil
        if let last = rows[account].state.lastSyncRequestedAt, last >= intended {
            rows[account].state.lastSyncRequestedAt = one.snapshot.requestedBeforeIntent
        }
        if rows[account].state.awaitingSince == intended {
            rows[account].state.awaitingSince = nil
            // Nothing was owed before: what had last cleared the debt told of the data as well.
            rows[account].times.debt = rows[account].times.data
        }
        notified.append(account)
        judge.withdrew(account)
        trace.note("ledger", "\(one.accountID) intent taken back by w\(worker)")
    }

    private func settle(
        _ one: Case, _ settlement: Settlement, _ worker: Int, run: Int, into result: inout WriteResult
    ) {
        let account = Self.index(one.accountID)
        guard let position = fencedCase(one, worker, run: run, "settlement") else {
            return sort(one, worker, run: run, into: &result)
        }
        if settlement.withdrawsIntent { withdraw(one, worker, run: run) }
        let before = runs[run].cases[position]
        let row = rows[account].state
        runs[run].cases[position].answer = one.progress
        runs[run].cases[position].jobID = one.snapshot.jobID
        runs[run].cases[position].apiCalls = one.snapshot.apiCalls
        runs[run].cases[position].polls = one.snapshot.polls
        close(position, settlement.outcome, in: run)
        if row.unlinkedAt == nil {
            repair(one, settlement)
            // An event may have taught a later one since.
            if before.intendedAt != nil, one.snapshot.jobBefore == row.lastSyncJobID {
                keepJob(one.snapshot.jobID, of: account)
            }
        }
        result.settled.append(one.accountID)
        if settlement.cause == .interrupted {
            judge.gaveUp(account, worker, others: workers.indices.filter { $0 != worker && workers[$0].run == run })
        }
        judge.settled(
            Judge.Settled(
                account: account, run: run, worker: worker, case: one, settlement: settlement, before: before,
                rowBefore: row, rowAfter: rows[account].state))
        let word = settlement.outcome.rawValue
        trace.note("ledger", "\(one.accountID) settled \(word) by w\(worker): \(settlement.detail)")
    }

    /// What each outcome writes into the account.
    private func repair(_ one: Case, _ settlement: Settlement) {
        let account = Self.index(one.accountID)
        var state = rows[account].state
        switch settlement.outcome {
        case .alreadyAvailable, .recovered:
            state.dataAvailable = true
            state.awaitingSince = nil
        case .partial, .bankUnavailable, .providerFailed, .incompleteStatement:
            state.awaitingSince = state.awaitingSince ?? now
        case .reauthorisationRequired, .accountNotFound, .stillProcessing, .deferred, .errored: break
        }
        state.dataStatus = one.snapshot.statusAfter ?? state.dataStatus
        if settlement.outcome == .reauthorisationRequired {
            state.flaggedSince = state.flaggedSince ?? now
        } else if settlement.clearsFlag {
            state.flaggedSince = nil
        }
        rows[account].state = state
        stamp(one, settlement)
        if let sentAt = one.snapshot.sentAt, !settlement.withdrawsIntent, bug != .limitFromIntent {
            demandLimit(account, sentAt)
        }
        notified.append(account)
    }

    /// A fact that is written counts as being of `last_event_time`: no older event that comes late changes it back.
    private func stamp(_ one: Case, _ settlement: Settlement) {
        guard bug != .writesWithoutTime else { return }
        let account = Self.index(one.accountID)
        let time = rows[account].lastEventTime
        switch settlement.outcome {
        case .alreadyAvailable, .recovered:
            rows[account].times.data = time
            rows[account].times.debt = time
        case .partial, .bankUnavailable, .providerFailed, .incompleteStatement: rows[account].times.debt = time
        case .reauthorisationRequired, .accountNotFound, .stillProcessing, .deferred, .errored: break
        }
        if one.snapshot.statusAfter != nil { rows[account].times.status = time }
        if settlement.outcome == .reauthorisationRequired || settlement.clearsFlag { rows[account].times.flag = time }
        if one.snapshot.jobID != nil { rows[account].times.job = time }
    }

    /// What was not settled now was settled before (the answer was lost), is another worker's, or had changed.
    private func sort(_ one: Case, _ worker: Int, run: Int, into result: inout WriteResult) {
        let account = Self.index(one.accountID)
        guard let position = runs[run].positions[account], runs[run].cases[position].worker == worker else {
            return result.lost.append(one.accountID)
        }
        if runs[run].cases[position].outcome != nil {
            result.settled.append(one.accountID)
        } else if runs[run].cases[position].intendedAt != one.intendedAt {
            disown(position, run: run)
            result.lost.append(one.accountID)
        } else {
            result.refused[one.accountID] = news(account, since: runs[run].startedAt)
        }
    }
}
