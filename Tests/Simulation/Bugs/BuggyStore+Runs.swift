import Reconciliation

/// Bugs of opening, claiming, deferring and closing.
extension BuggyStore {
    func open(
        _ request: StoreRequest, _ isRepeat: Bool, _ connection: MemoryConnection
    ) throws(MemoryStore.ConnectionLost) -> StoreAnswer {
        enlisted.insert(connection.worker)
        let restore = hideIndexes(from: request)
        defer { restore() }
        var told = request
        if bug == .forceIgnored, case .openNightly(var options) = request {
            options.force = false
            told = .openNightly(options)
        }
        let answer = try connection.perform(told, isRepeat: isRepeat)
        if bug == .noRereadAtClaim, case .opened(let run) = answer, run.isNew {
            for place in store.openPlaces(in: run.runID) {
                let account = store[place].accountID
                selected[run.runID, default: [:]][account] = store.accounts[account]?.state
            }
        }
        return answer
    }

    /// Takes away what an opening looks at; what puts it back.
    private func hideIndexes(from request: StoreRequest) -> () -> Void {
        let isNightly = if case .openNightly = request { true } else { false }
        switch bug {
        case .limiterReset where isNightly && store.openNightly == nil:
            for account in store.accounts.keys { store.change(account) { $0.state.lastSyncRequestedAt = nil } }
        case .limitForgotten where isNightly: return hideLimit(of: Array(store.accounts.keys))
        case .twoNightlies where isNightly:
            // Without the index, who looks in the same second sees none.
            guard let open = store.openNightly, let row = store.runs[open], store.now.from(row.startedAt) <= aSecond
            else { return {} }
            store.openNightly = nil
        case .twoOpenCases:
            let open = store.openCases
            store.openCases = [:]
            return { [store] in store.openCases.merge(open) { added, _ in added } }
        default: break
        }
        return {}
    }

    /// Forgets when syncs of these accounts were last requested, for one request.
    func hideLimit(of accounts: [AccountID]) -> () -> Void {
        var hidden: [AccountID: Timestamp] = [:]
        for account in accounts {
            guard let last = store.accounts[account]?.state.lastSyncRequestedAt else { continue }
            hidden[account] = last
            store.change(account) { $0.state.lastSyncRequestedAt = nil }
        }
        return { [store] in
            for (account, last) in hidden {
                store.change(account) { $0.state.lastSyncRequestedAt = $0.state.lastSyncRequestedAt ?? last }
            }
        }
    }

    // MARK: Claims

    func claim(
        _ request: StoreRequest, _ isRepeat: Bool, _ connection: MemoryConnection
    ) throws(MemoryStore.ConnectionLost) -> StoreAnswer {
        guard case .claim(_, _, let run) = request else { preconditionFailure("\(request) is no claim") }
        let restore = bug == .claimTakesLive ? takeFromLiving(run, connection.worker) : {}
        defer { restore() }
        let answer = try connection.perform(request, isRepeat: isRepeat && bug != .lostClaimForgotten)
        guard case .claimed(let claims, let more) = answer else { return answer }
        return .claimed(claims.map { distort($0, run) }, more: more)
    }

    /// Frees what other living workers hold; what gives back the cases that are still free.
    private func takeFromLiving(_ run: OpenRun, _ worker: Int) -> () -> Void {
        var owners: [MemoryStore.CasePlace: Int] = [:]
        for place in store.openPlaces(in: run.runID) {
            guard let owner = store[place].worker, owner != worker, isLive(owner) else { continue }
            owners[place] = owner
            store.change(place) { $0.worker = nil }
        }
        return { [store] in
            for (place, owner) in owners where store[place].outcome == nil {
                store.change(place) { $0.worker = $0.worker ?? owner }
            }
        }
    }

    private func distort(_ claim: Claim, _ run: OpenRun) -> Claim {
        var told = claim
        switch bug {
        case .noRereadAtClaim: told.news = News(account: selected[run.runID]?[claim.accountID])
        case .limitForgotten: told.news.account?.lastSyncRequestedAt = nil
        case .banksNotTold: told.institution = nil
        case .hadDataLost: told.intent?.hadData = false
        case .resumeTriggersAgain:
            guard claim.intent != nil, let place = store.place(of: claim.accountID, in: run.runID) else { break }
            store.change(place) { $0.intendedAt = nil }
            store.change(claim.accountID) { $0.state.lastSyncRequestedAt = nil }
            told.news.account?.lastSyncRequestedAt = nil
            told.intent = nil
        default: break
        }
        return told
    }

    // MARK: The end

    func deferRest(
        _ deferral: Deferral, _ run: OpenRun, _ connection: MemoryConnection
    ) throws(MemoryStore.ConnectionLost) -> StoreAnswer {
        var told = deferral
        var restore: () -> Void = {}
        if bug == .deferRestDefersLive {
            restore = takeFromLiving(run, connection.worker)
            if told.scope == .asLastWorker { told.scope = .all }
        }
        let restoreStandings = hideStandings(from: run)
        defer {
            restoreStandings()
            restore()
        }
        let open = store.openPlaces(in: run.runID)
        let answer = try connection.perform(.deferRest(told, of: run), isRepeat: false)
        if bug == .standingForgotten {
            for place in open where store[place].outcome != nil {
                store.change(store[place].accountID) { $0.standing = nil }
            }
        }
        for (account, before) in store.changes.accounts {
            if bug == .limitFromIntent {
                store.change(account) { $0.state.lastSyncRequestedAt = before?.state.lastSyncRequestedAt }
            }
            if bug == .jobOfEarlierSync { keepEarlierJob(of: account, before) }
        }
        return answer
    }

    /// A sync without a known job leaves an earlier one's as the last.
    func keepEarlierJob(of account: AccountID, _ before: MemoryStore.AccountRow?) {
        store.change(account) { $0.state.lastSyncJobID = $0.state.lastSyncJobID ?? before?.state.lastSyncJobID }
    }

    /// Hides what is known of accounts that have no case in the run, for one request; what puts it back.
    private func hideStandings(from run: OpenRun) -> () -> Void {
        guard bug == .leftOutUnlisted else { return {} }
        var hidden: [AccountID: Standing] = [:]
        for (account, row) in store.accounts where store.place(of: account, in: run.runID) == nil {
            guard let standing = row.standing else { continue }
            hidden[account] = standing
            store.change(account) { $0.standing = nil }
        }
        return { [store] in
            for (account, standing) in hidden { store.change(account) { $0.standing = standing } }
        }
    }

    /// Counts one more than in the newest run before, whatever its night.
    private func countRuns(of run: OpenRun) {
        guard let earlier = store.runs.filter({ $0.key < run.runID && $0.value.kind == .nightly }).keys.max() else {
            return
        }
        for row in store.cases[run.runID]?.rows ?? [] where row.standing != nil {
            guard let place = store.place(of: row.accountID, in: run.runID),
                let before = store.place(of: row.accountID, in: earlier)
            else { continue }
            let nights = store[before].nightsInARow + 1
            store.change(place) { $0.nightsInARow = nights }
        }
    }

    /// A close that sees neither open cases nor the workers that hold them.
    func close(
        _ request: StoreRequest, _ connection: MemoryConnection
    ) throws(MemoryStore.ConnectionLost) -> StoreAnswer {
        guard case .close(let run, _) = request else { preconditionFailure("\(request) is no close") }
        guard bug == .closeWhileOpen else {
            let restore = hideStandings(from: run)
            let restoreLooks = hideLooks(of: run, besides: connection.worker)
            let wasClosed = store.runs[run.runID]?.finishedAt != nil
            defer {
                restoreLooks()
                restore()
            }
            let answer = try connection.perform(request, isRepeat: false)
            if bug == .foldRepeated, wasClosed { store.foldLooks(of: run) }
            if bug == .nightsByRuns, case .closed(.some) = answer { countRuns(of: run) }
            return answer
        }
        let places = store.openPlaces(in: run.runID)
        for place in places {
            store.change(place) { row in
                row.outcome = .deferred
                row.settledAt = store.now
            }
        }
        let leases = store.workers.filter { $0.key != connection.worker && $0.value.run == run.runID }
        for worker in leases.keys { store.change(worker: worker) { $0.leaseUntil = store.now } }
        defer {
            for place in places {
                store.change(place) { row in
                    row.outcome = nil
                    row.settledAt = nil
                }
            }
            for (worker, row) in leases { store.change(worker: worker) { $0.leaseUntil = row.leaseUntil } }
        }
        return try connection.perform(request, isRepeat: false)
    }
}
