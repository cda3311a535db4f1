import Reconciliation

extension MemoryStore {
    /// The most syncs of dead workers that are taken up at a time.
    private static let adoptionLimit = 500

    /// Claims open cases that no living worker holds, in the run's order, and first of all the syncs of dead workers.
    ///
    /// A repeat frees what the claim of that number brought: its answer was lost.
    func claim(_ limit: Int, number: Int, isRepeat: Bool, of run: OpenRun, _ worker: Int) -> StoreAnswer {
        if isRepeat {
            for place in openPlaces(in: run.runID) {
                let one = self[place]
                if one.worker == worker, one.claimNumber == number { change(place) { $0.worker = nil } }
            }
        }
        var (places, more) = free(limit, in: run.runID, worker)
        let fresh = places.count { self[$0].intendedAt == nil }
        if fresh < limit, run.kind == .nightly, selectSlice(run) { (places, more) = free(limit, in: run.runID, worker) }
        more = more || runs[run.runID]?.isSelecting == true
        let claims = places.map { place in
            let one = self[place]
            change(place) { row in
                row.worker = worker
                row.claimNumber = number
            }
            return claim(one, in: run)
        }
        return .claimed(claims, more: more)
    }

    /// The cases that a claim takes; `more`: open ones are left that the worker does not hold.
    private func free(_ limit: Int, in run: Int64, _ worker: Int) -> (places: [CasePlace], more: Bool) {
        guard let table = cases[run] else { return ([], false) }
        let living = Set(workers.filter { $0.value.run == run && isLive($0.key) }.keys)
        var places: [CasePlace] = []
        var (adopted, fresh, more) = (0, 0, false)
        for position in table.open where table.rows[position].worker != worker {
            let isSync = table.rows[position].intendedAt != nil
            let hasRoom = isSync ? adopted < Self.adoptionLimit : fresh < limit
            guard hasRoom, table.rows[position].worker.map({ !living.contains($0) }) ?? true else {
                more = true
                continue
            }
            if isSync { adopted += 1 } else { fresh += 1 }
            places.append(CasePlace(run: run, position: position))
        }
        return (places, more)
    }

    private func claim(_ one: CaseRow, in run: OpenRun) -> Claim {
        Claim(
            accountID: one.accountID, reason: one.reason, stuckSince: one.stuckSince,
            institution: one.institution, wasTried: accounts[one.accountID]?.lastTriedAt != nil,
            news: news(of: one.accountID, since: run.startedAt),
            intent: one.intendedAt.map { at in
                Claim.PastIntent(
                    at: at, hadData: one.hadData ?? false, answer: one.answer, jobID: one.jobID,
                    jobBefore: one.jobBefore)
            }, found: one.intendedAt == nil ? foundEarlier(one.accountID, run) : nil, apiCalls: one.apiCalls,
            polls: one.polls, steps: one.steps)
    }

    /// What the newest earlier case of an account found out and could not write, where nothing has come since.
    private func foundEarlier(_ account: AccountID, _ run: OpenRun) -> KeptResult? {
        let places = cases.keys.sorted(by: >).filter { $0 != run.runID }.compactMap { place(of: account, in: $0) }
        guard let place = places.first(where: { self[$0].settledAt != nil }), let settled = self[place].settledAt,
            let found = self[place].found, KeptResult.kept(by: run.kind).contains(found.outcome)
        else { return nil }
        let state = accounts[account]?.state
        let owed = [state?.awaitingSince, state?.flaggedSince].compactMap { $0 }.max()
        let isNews = events[account]?.notes.contains { $0.receivedAt > settled } ?? false
        return isNews || owed.map { $0 > settled } ?? false ? nil : found
    }

    // MARK: News

    /// The account as it is now and its applied events since a time.
    func news(of account: AccountID, since: Timestamp) -> News {
        let notes = events[account]?.notes ?? []
        var first = notes.endIndex
        while first > notes.startIndex, notes[first - 1].receivedAt >= since { first -= 1 }
        return News(account: accounts[account]?.state, events: Array(notes[first...]))
    }

    func news(of accounts: [AccountID], since: Timestamp) -> [AccountID: News] {
        var all: [AccountID: News] = [:]
        for account in accounts { all[account] = news(of: account, since: since) }
        return all
    }

    // MARK: Intents

    /// Commits intents, under the condition that the account is as the case knows it and outside Mono's limit.
    ///
    /// A case with an intent that stands already is freed: nobody knows what came of that one.
    func intend(_ cases: [CaseSnapshot], of run: OpenRun, _ worker: Int) -> IntentResult {
        var result = IntentResult()
        for one in cases {
            guard let place = place(of: one.accountID, in: run.runID), holds(place, worker) else { continue }
            if self[place].intendedAt == nil, let fault = rowFaults[one.accountID],
                fault.kind == .locked || mayIntend(one, limit: run.options.rules.syncLimit)
            {
                result.unwritten[one.accountID] = fault
            } else if mayIntend(one, limit: run.options.rules.syncLimit), self[place].intendedAt == nil {
                noteIntent(one, place)
                if let state = accounts[one.accountID]?.state {
                    result.committed[one.accountID] = CommittedIntent(at: now, account: state)
                }
            } else if self[place].intendedAt != one.intendedAt {
                change(place) { $0.worker = nil }
            } else {
                result.refused[one.accountID] = news(of: one.accountID, since: run.startedAt)
            }
        }
        return result
    }

    /// Whether a case is open and this worker's.
    func holds(_ place: CasePlace, _ worker: Int) -> Bool {
        let one = self[place]
        return one.worker == worker && one.outcome == nil
    }

    private func mayIntend(_ one: CaseSnapshot, limit: Duration) -> Bool {
        guard one.account != nil, isAsKnown(one), let state = accounts[one.accountID]?.state else { return false }
        // Where the row could not be written any more after an intent, it is not known when the trigger left.
        let isOpen = state.lastSyncRequestedAt.map { at in
            cases.keys.contains { isIntent(at, of: one.accountID, in: $0) }
        }
        let latest = now.advanced(by: .zero - limit - (isOpen == true ? WorkerLimits.mayLeaveWithin : .zero))
        return state.unlinkedAt == nil && state.lastSyncRequestedAt.map { $0 <= latest } ?? true
    }

    private func isIntent(_ at: Timestamp, of account: AccountID, in run: Int64) -> Bool {
        place(of: account, in: run).map { self[$0].intendedAt == at } ?? false
    }

    private func noteIntent(_ one: CaseSnapshot, _ place: CasePlace) {
        let state = accounts[one.accountID]?.state
        change(place) { row in
            row.intendedAt = now
            row.hadData = state?.dataAvailable
            row.jobBefore = state?.lastSyncJobID
            row.answer = nil
            row.jobID = nil
            row.steps = one.steps
        }
        change(one.accountID) { row in
            row.state.lastSyncRequestedAt = now
            guard row.state.awaitingSince == nil else { return }
            row.state.awaitingSince = now
            row.times.debt = row.lastEventTime
        }
    }

    /// Whether nothing that a decision rests on was changed since the case read the account.
    func isAsKnown(_ one: CaseSnapshot) -> Bool {
        guard let row = accounts[one.accountID]?.state, let known = one.account else {
            return accounts[one.accountID] == nil && one.account == nil
        }
        return row.dataAvailable == known.dataAvailable && row.awaitingSince == known.awaitingSince
            && row.flaggedSince == known.flaggedSince && row.unlinkedAt == known.unlinkedAt
    }
}
