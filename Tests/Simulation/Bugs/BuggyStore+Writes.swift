import Reconciliation

/// Bugs of intents and of what is written of cases.
extension BuggyStore {
    func intend(
        _ cases: [CaseSnapshot], _ run: OpenRun, _ connection: MemoryConnection
    ) throws(MemoryStore.ConnectionLost) -> StoreAnswer {
        switch bug {
        case .intentAfterTrigger:
            delay(.intend(cases, of: run))
            var result = IntentResult()
            for one in cases {
                result.committed[one.accountID] = one.account.map { CommittedIntent(at: store.now, account: $0) }
            }
            return .intended(result)
        case .limitForgotten:
            let restore = hideLimit(of: cases.map(\.accountID))
            defer { restore() }
            return try connection.perform(.intend(cases, of: run), isRepeat: false)
        case .standingIntentIsOurs: return try intendWithStanding(cases, run, connection)
        default: return try connection.perform(.intend(cases, of: run), isRepeat: false)
        }
    }

    /// Tells intents that stand already as just committed.
    private func intendWithStanding(
        _ cases: [CaseSnapshot], _ run: OpenRun, _ connection: MemoryConnection
    ) throws(MemoryStore.ConnectionLost) -> StoreAnswer {
        var standing: [AccountID: CommittedIntent] = [:]
        for one in cases {
            guard let place = store.place(of: one.accountID, in: run.runID), store.holds(place, connection.worker),
                let at = store[place].intendedAt, let state = store.accounts[one.accountID]?.state
            else { continue }
            standing[one.accountID] = CommittedIntent(at: at, account: state)
        }
        let rest = cases.filter { standing[$0.accountID] == nil }
        guard case .intended(var result) = try connection.perform(.intend(rest, of: run), isRepeat: false) else {
            return .intended(IntentResult(committed: standing))
        }
        result.committed.merge(standing) { made, _ in made }
        return .intended(result)
    }

    // MARK: Writes

    func write(
        _ writes: [CaseWrite], _ calls: CallCounts, _ run: OpenRun, _ connection: MemoryConnection
    ) throws(MemoryStore.ConnectionLost) -> StoreAnswer {
        let told = writes.filter { bug != .progressNotWritten || $0.kind != .progress }
            .map { tamper($0, run, connection.worker) }
        let restore =
            bug == .settleTwice ? reopen(told, run, connection.worker) : lowerFence(told, run, connection.worker)
        defer { restore() }
        let counts = miscount(calls, connection.worker)
        let answer = try connection.perform(.write(told, calls: counts, of: run), isRepeat: false)
        undo(writes)
        return answer
    }

    private func tamper(_ write: CaseWrite, _ run: OpenRun, _ worker: Int) -> CaseWrite {
        var told = write
        let isSettlement = if case .settlement = write.kind { true } else { false }
        switch bug {
        case .limitFromIntent: told.one.sentAt = nil
        case .settleByIDAlone where isSettlement: told.one.account = store.accounts[write.one.accountID]?.state
        case .intentNotFenced, .noFence:
            guard let place = store.place(of: write.one.accountID, in: run.runID) else { break }
            // A withdrawal names the intent that it takes back.
            let isOwn = store[place].worker == worker
            if bug == .intentNotFenced ? isOwn : !isOwn && write.kind != .withdrawal {
                told.one.intendedAt = store[place].intendedAt
            }
        default: break
        }
        return told
    }

    /// Makes the worker the owner of what it writes, for one request.
    private func lowerFence(_ writes: [CaseWrite], _ run: OpenRun, _ worker: Int) -> () -> Void {
        guard bug == .noFence || bug == .withdrawalWithoutFence else { return {} }
        var owners: [(place: MemoryStore.CasePlace, owner: Int?)] = []
        for write in writes where bug == .noFence || write.kind == .withdrawal {
            guard let place = store.place(of: write.one.accountID, in: run.runID), store[place].outcome == nil,
                store[place].worker != worker
            else { continue }
            owners.append((place, store[place].worker))
            store.change(place) { $0.worker = worker }
        }
        return { [store] in
            for (place, owner) in owners { store.change(place) { $0.worker = owner } }
        }
    }

    /// Opens the worker's settled cases again, for one request; what closes those that are not settled by it.
    private func reopen(_ writes: [CaseWrite], _ run: OpenRun, _ worker: Int) -> () -> Void {
        var settled: [(place: MemoryStore.CasePlace, row: MemoryStore.CaseRow)] = []
        let open = store.openCases
        for write in writes {
            guard let place = store.place(of: write.one.accountID, in: run.runID), store[place].worker == worker,
                store[place].outcome != nil
            else { continue }
            settled.append((place, store[place]))
            store.change(place) { $0.outcome = nil }
        }
        return { [store] in
            for (place, row) in settled {
                if store[place].outcome == nil { store.change(place) { $0 = row } }
                store.openCases[row.accountID] = open[row.accountID]
            }
        }
    }

    /// Takes back of the accounts what a buggy write would not have written.
    private func undo(_ writes: [CaseWrite]) {
        switch bug {
        case .jobsNotKept: forgetJobs()
        case .jobOfEarlierSync:
            for (account, before) in store.changes.accounts { keepEarlierJob(of: account, before) }
        case .standingBeginsAnew:
            for write in writes {
                guard case .settlement = write.kind else { continue }
                store.change(write.one.accountID) { $0.standing?.since = store.now }
            }
        case .writesWithoutTime:
            for write in writes {
                guard case .settlement = write.kind, let before = store.changes.before(write.one.accountID) else {
                    continue
                }
                store.change(write.one.accountID) { $0.times = before.times }
            }
        default: break
        }
    }
}
