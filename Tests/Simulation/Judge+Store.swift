import Reconciliation

/// One request to the store, as its worker asked it, and all that came of it.
struct StoreExchange {
    let request: StoreRequest
    /// Nil: the connection was lost.
    let answer: StoreAnswer?
    let worker: Int
    let changes: StoreChanges
}

/// What the judge sees of the store: requests, answers, and the rows before and after.
extension Judge {
    func saw(_ exchange: StoreExchange, _ store: MemoryStore) {
        for (worker, before) in exchange.changes.workers { sawWorker(worker, before, store.workers[worker]) }
        for (run, before) in exchange.changes.runs {
            sawRun(run, before, store)
            if before == nil, case .openNightly(let options) = exchange.request, options.force {
                forcedRuns.insert(run)
            }
        }
        for (place, before) in exchange.changes.cases {
            guard let before else {
                // One that only carries what is known is never open.
                guard store[place].outcome == nil else {
                    leftAlone(store[place], in: place.run, store)
                    continue
                }
                added(store[place].accountID.index, place.run)
                selected(store[place].accountID.index, by: store.runs[place.run])
                continue
            }
            sawCase(place, before, store[place], exchange, store)
        }
        for (run, before) in exchange.changes.runs where before?.finishedAt == nil {
            if store.runs[run]?.finishedAt != nil { closed(run, store) }
        }
        sawBanks(exchange, store)
        switch (exchange.request, exchange.answer) {
        case (.intend, .intended(let result)?):
            for account in result.committed.keys.sorted() { told(account.index, intentOf: exchange.worker) }
        case (.leave, _):
            health[exchange.worker]?.isOrderly = true
            gone(exchange.worker)
        default: break
        }
    }

    // MARK: Runs

    private func sawWorker(_ worker: Int, _ before: MemoryStore.WorkerRow?, _ after: MemoryStore.WorkerRow?) {
        guard let after else { return }
        if before == nil { health[worker] = Health(startedAt: now, run: after.run) }
        guard let launched = health[worker]?.launched else { return }
        health[worker]?.tallied = after.calls.total
        if after.calls.total > launched {
            broke(.counts, nil, "w\(worker) counted \(after.calls.total) calls of \(launched)")
        }
    }

    private func sawRun(_ run: Int64, _ before: MemoryStore.RunRow?, _ store: MemoryStore) {
        guard let after = store.runs[run] else { return }
        if before == nil {
            runStarts[run] = now
            if after.kind == .nightly {
                if !openNightlies.isEmpty { broke(.nightlies, nil, "run \(run) opened beside another") }
                openNightlies.insert(run)
            }
        }
        if before?.stopCode == nil, after.stopCode == 77 { accused(run, after, store) }
        if before?.stopCode != after.stopCode { stoppedAt[run] = after.stopCode == nil ? nil : now }
    }

    /// The key of these worlds sees every account that is there, so no account that answers may be left unasked.
    private func accused(_ run: Int64, _ row: MemoryStore.RunRow, _ store: MemoryStore) {
        guard row.stopDetail == MonoHealth.seesNothing, options.maxCalls == nil, let mono else { return }
        let witnesses = store.witnesses(besides: [], of: run)
        guard let alive = witnesses.first(where: { mono.accounts[$0.index].script != .gone }) else { return }
        broke(.accused, alive.index, "run \(run)")
    }

    private func closed(_ run: Int64, _ store: MemoryStore) {
        openNightlies.remove(run)
        for place in store.openPlaces(in: run) { broke(.closedOpen, store[place].accountID.index, "run \(run)") }
        checkList(of: run, store)
        for worker in health.keys.sorted() {
            guard let one = health[worker], one.run == run, one.isOrderly, one.tallied != one.launched else { continue }
            broke(.counts, nil, "w\(worker) made \(one.launched) calls and counted \(one.tallied)")
        }
    }

    // MARK: Cases

    private func added(_ account: Int, _ run: Int64) {
        wokenAt[account] = nil
        if let other = openCases[account].min() { broke(.openCases, account, "in run \(run) beside run \(other)") }
        openCases[account].insert(run)
    }

    private func sawCase(
        _ place: MemoryStore.CasePlace, _ before: MemoryStore.CaseRow, _ after: MemoryStore.CaseRow,
        _ exchange: StoreExchange, _ store: MemoryStore
    ) {
        guard before != after else { return }
        let account = after.accountID.index
        if after.outcome != nil { openCases[account].remove(place.run) }
        switch exchange.request {
        case .claim:
            if let owner = before.worker { took(account, from: owner, by: exchange.worker, "claimed") }
            claimed(before, by: exchange.worker)
        case .deferRest:
            if let owner = before.worker { took(account, from: owner, by: exchange.worker, "deferred") }
            if before.outcome == nil, after.outcome != nil { count(.deferred) }
        case .intend: checkFence(before, after, exchange.worker, knownIntent: nil, "intent")
        case .write(let writes, _, _): wrote(writes, place, before, after, exchange, store)
        default: break
        }
        guard before.intendedAt != after.intendedAt else { return }
        if after.intendedAt == nil { return intents[account] = nil }
        let state = exchange.changes.before(after.accountID)?.state ?? AccountState()
        intents[account] = Intent(
            worker: exchange.worker, run: place.run, at: now, wasFlagged: state.flaggedSince != nil,
            owedSince: state.flaggedSince ?? state.awaitingSince ?? now, knownJob: state.lastSyncJobID)
    }

    private func wrote(
        _ writes: [CaseWrite], _ place: MemoryStore.CasePlace, _ before: MemoryStore.CaseRow,
        _ after: MemoryStore.CaseRow, _ exchange: StoreExchange, _ store: MemoryStore
    ) {
        guard let write = writes.first(where: { $0.one.accountID == after.accountID }) else { return }
        checkFence(
            before, after, exchange.worker, knownIntent: write.knownIntent(before), write.kind.word,
            tellsSync: write.kind.tellsSync(before))
        guard case .settlement(let settlement) = write.kind, after.outcome != nil, before.settledAt != after.settledAt
        else { return }
        let account = after.accountID.index
        if settlement.cause == .interrupted {
            gaveUp(account, exchange.worker, run: place.run)
        }
        found(
            account, settlement, by: place.run, at: after.settledAt ?? store.now, in: store.accounts[after.accountID])
        let row = store.accounts[after.accountID]?.state ?? AccountState()
        var settled = Settled(
            account: account, run: place.run, worker: exchange.worker, known: write.one, settlement: settlement,
            before: before, rowBefore: exchange.changes.before(after.accountID)?.state ?? row, rowAfter: row)
        if settlement.withdrawsIntent {
            // An intent that did nothing is no evidence, nor is the debt that came with it.
            intents[account] = nil
            settled.before.hadData = nil
            if settled.rowBefore.awaitingSince == before.intendedAt { settled.rowBefore.awaitingSince = nil }
        }
        self.settled(settled)
    }

    /// A case is changed by the worker alone that holds it and knows its intent; whoever knows another may free it, and
    /// whoever knows the very sync may say what came of it.
    private func checkFence(
        _ before: MemoryStore.CaseRow, _ after: MemoryStore.CaseRow, _ worker: Int, knownIntent: Timestamp?,
        _ what: String, tellsSync: Bool = false
    ) {
        let account = after.accountID.index
        let isKnownSync = tellsSync && knownIntent != nil && before.intendedAt == knownIntent
        guard before.worker == worker || isKnownSync else {
            let owner = before.worker.map { "w\($0)" } ?? "nobody"
            return broke(.fence, account, "\(what) by w\(worker) of a case of \(owner)")
        }
        var freed = before
        freed.worker = nil
        guard before.intendedAt != knownIntent, after != freed else { return }
        broke(.fence, account, "\(what) by w\(worker), which knows another intent")
    }

    /// A case changes hands.
    private func took(_ account: Int, from owner: Int, by worker: Int, _ how: String) {
        guard owner != worker, let one = health[owner], !one.isGone else { return }
        if isUntroubled(owner, from: now.after(-2 * aSecond), to: now) {
            broke(.robbed, account, "\(how) by w\(worker) from w\(owner)")
        }
    }

    /// A claimed case that has an intent without an answer: its last worker must have had no time to write one.
    private func claimed(_ one: MemoryStore.CaseRow, by worker: Int) {
        let account = one.accountID.index
        defer { ownedSince[account] = now }
        guard let owner = one.worker, one.intendedAt != nil, one.answer == nil,
            let answered = health[owner]?.answered[account], let intended = one.intendedAt, answered > intended
        else { return }
        let due = answered.after(aSecond + slack)
        let wasOwned = ownedSince[account].map { $0 < answered } ?? false
        if due < now, wasOwned, isQuiet(owner, from: answered.after(-aSecond), to: due) {
            broke(.progress, account, "w\(owner) had an answer and wrote none")
        }
    }

    /// A worker is told that its intent is committed.
    private func told(_ account: Int, intentOf worker: Int) {
        guard let maker = intents[account]?.worker, maker != worker else { return }
        broke(.noIntent, account, "w\(worker) takes the intent of w\(maker) for its own")
    }
}

extension CaseWrite {
    /// The intent that the case's row must have for the write; a settlement that takes the intent back may find that
    /// done.
    fileprivate func knownIntent(_ row: MemoryStore.CaseRow) -> Timestamp? {
        guard case .settlement(let settlement) = kind, settlement.withdrawsIntent, row.intendedAt == nil else {
            return one.intendedAt
        }
        return nil
    }
}

extension CaseWrite.Kind {
    /// Whether it says what came of a sync, so that it may come from any worker that knows that sync.
    fileprivate func tellsSync(_ row: MemoryStore.CaseRow) -> Bool {
        switch self {
        case .progress: row.answer == nil
        case .withdrawal: false
        case .settlement(let settlement): settlement.outcome.restsOnEvidence
        }
    }

    /// For the trace.
    var word: String {
        switch self {
        case .progress: "progress"
        case .withdrawal: "withdrawal"
        case .settlement: "settlement"
        }
    }
}
