import Reconciliation

extension Server {
    /// Claims up to `limit` open cases that no living worker holds; after a claim whose answer was lost, `holding`
    /// names what is really at hand.
    func claim(
        _ limit: Int, _ worker: Int, run: Int, holding: [AccountID]?
    ) -> (claims: [Claim], more: Bool) {
        if let holding, bug != .lostClaimForgotten { release(run, except: Set(holding), worker) }
        var claims: [Claim] = []
        var fresh = 0
        var more = false
        for position in runs[run].cases.indices where runs[run].cases[position].outcome == nil {
            let owner = runs[run].cases[position].worker
            guard owner != worker else { continue }
            let isFree = owner.map { !isLive($0) || bug == .claimTakesLive } ?? true
            // The syncs of dead workers are taken up by a scheduler without room as well.
            let isAdopted = runs[run].cases[position].intendedAt != nil
            if isFree, isAdopted || fresh < limit {
                if !isAdopted { fresh += 1 }
                claims.append(take(position, worker, run: run))
            } else {
                more = true
            }
        }
        return (claims, more)
    }

    private func release(_ run: Int, except held: Set<AccountID>, _ worker: Int) {
        for position in runs[run].cases.indices {
            let one = runs[run].cases[position]
            guard one.worker == worker, one.outcome == nil, !held.contains(ids[one.account]) else { continue }
            runs[run].cases[position].worker = nil
        }
    }

    private func take(_ position: Int, _ worker: Int, run: Int) -> Claim {
        let one = runs[run].cases[position]
        if let owner = one.worker { judge.took(one.account, from: owner, by: worker, "claimed") }
        runs[run].cases[position].worker = worker
        judge.claimed(one, by: worker)
        let from = one.worker.map { "w\($0)" } ?? "nobody"
        trace.note("ledger", "\(ids[one.account]) claimed by w\(worker) from \(from)")
        var news = news(one.account, since: runs[run].startedAt)
        if bug == .noRereadAtClaim { news = News(account: one.selected) }
        if bug == .limitForgotten { news.account?.lastSyncRequestedAt = nil }
        var claim = Claim(
            accountID: ids[one.account], reason: one.reason, stuckSince: one.stuckSince, news: news,
            apiCalls: one.apiCalls, polls: one.polls, steps: one.steps)
        guard let at = one.intendedAt else { return claim }
        if bug == .resumeTriggersAgain {
            runs[run].cases[position].intendedAt = nil
            rows[one.account].state.lastSyncRequestedAt = nil
            claim.news.account?.lastSyncRequestedAt = nil
            return claim
        }
        let hadData = bug == .hadDataLost ? false : one.hadData ?? false
        claim.intent = Claim.PastIntent(
            at: at, hadData: hadData, answer: one.answer, jobID: one.jobID, jobBefore: one.jobBefore)
        return claim
    }

    /// Whether nothing that a decision rests on was changed since the case read the account.
    func isAsKnown(_ one: Case) -> Bool {
        let row = rows[Self.index(one.accountID)].state
        guard let known = one.account else { return false }
        return row.dataAvailable == known.dataAvailable && row.awaitingSince == known.awaitingSince
            && row.flaggedSince == known.flaggedSince && row.unlinkedAt == known.unlinkedAt
    }

    /// The place of the account's case in the run, if it is open and this worker's.
    func ownOpenCase(_ account: Int, _ worker: Int, run: Int) -> Int? {
        guard let position = runs[run].positions[account] else { return nil }
        let one = runs[run].cases[position]
        return one.worker == worker && one.outcome == nil ? position : nil
    }

    /// Commits intents, under the condition that the account is as the case knows it and outside Mono's limit.
    func intend(
        _ cases: [Case], _ worker: Int, run: Int
    ) -> (committed: [AccountID: CommittedIntent], refused: [AccountID: News]) {
        for one in cases { noteIntent(one, worker, run: run) }
        var committed: [AccountID: CommittedIntent] = [:]
        var refused: [AccountID: News] = [:]
        for one in cases {
            let account = Self.index(one.accountID)
            guard let position = ownOpenCase(account, worker, run: run) else { continue }
            if let at = runs[run].cases[position].intendedAt {
                // Made by somebody else while this worker had lost the case, or by a commit whose answer was lost.
                guard at == now || bug == .standingIntentIsOurs else {
                    disown(position, run: run)
                    continue
                }
                judge.told(account, intentOf: worker)
                committed[one.accountID] = CommittedIntent(at: at, account: rows[account].state)
            } else {
                refused[one.accountID] = news(account, since: runs[run].startedAt)
            }
        }
        return (committed, refused)
    }

    /// Frees a case that is not what its worker believes: it is to be claimed again.
    func disown(_ position: Int, run: Int) {
        runs[run].cases[position].worker = nil
    }

    private func noteIntent(_ one: Case, _ worker: Int, run: Int) {
        let account = Self.index(one.accountID)
        let state = rows[account].state
        guard isAsKnown(one), state.unlinkedAt == nil, isOutsideLimit(state),
            let position = ownOpenCase(account, worker, run: run), runs[run].cases[position].intendedAt == nil
        else { return }
        runs[run].cases[position].intendedAt = now
        runs[run].cases[position].hadData = state.dataAvailable
        runs[run].cases[position].answer = nil
        runs[run].cases[position].jobID = nil
        runs[run].cases[position].jobBefore = state.lastSyncJobID
        runs[run].cases[position].steps = one.snapshot.steps
        rows[account].state.lastSyncRequestedAt = now
        if state.awaitingSince == nil {
            rows[account].state.awaitingSince = now
            rows[account].times.debt = rows[account].lastEventTime
        }
        notified.append(account)
        judge.intended(account, state, worker, run: run)
        trace.note("ledger", "\(one.accountID) intent of w\(worker)")
    }

    private func isOutsideLimit(_ state: AccountState) -> Bool {
        guard let last = state.lastSyncRequestedAt, bug != .limitForgotten else { return true }
        return last <= now.after(.zero - options.rules.syncLimit)
    }
}
