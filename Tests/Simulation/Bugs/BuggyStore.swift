import Reconciliation

/// A planted bug at the store's edge.
///
/// It changes a request, its answer, or rows before and after, so that the store, which is as it should be, does what a
/// store with the bug would do.
final class BuggyStore {
    let bug: PlantedBug
    let store: MemoryStore
    /// The accounts of each run's cases as they were at its opening.
    var selected: [Int64: [AccountID: AccountState]] = [:]
    var ownSlots: [Int: Timestamp] = [:]
    var enlisted: Set<Int> = []
    var left: Set<Int> = []
    var webhooks = 0
    private var delayed: [StoreRequest] = []
    private var keeper: Int?

    init(_ bug: PlantedBug, _ store: MemoryStore) {
        self.bug = bug
        self.store = store
    }

    /// Requests that were answered and not performed.
    func takeDelayed() -> [StoreRequest] {
        defer { delayed = [] }
        return delayed
    }

    func delay(_ request: StoreRequest) { delayed.append(request) }

    /// Performs a request wrongly, if the bug is about such requests.
    func perform(
        _ request: StoreRequest, isRepeat: Bool, _ connection: MemoryConnection
    ) throws(MemoryStore.ConnectionLost) -> StoreAnswer {
        guard store.isOpen(connection.session) else { throw MemoryStore.ConnectionLost() }
        let restore = misjudgeLiving(connection.worker)
        let restoreCoolDowns = hideCoolDowns(from: request)
        let banksBefore = store.banks
        defer {
            restoreCoolDowns()
            restore()
        }
        var answer: StoreAnswer
        switch request {
        case .openNightly, .openOneOff: answer = try open(request, isRepeat, connection)
        case .enlist, .leave: answer = try join(request, connection)
        case .claim: answer = try claim(request, isRepeat, connection)
        case .intend(let cases, let run): answer = try intend(cases, run, connection)
        case .write(let writes, let calls, let run): answer = try write(writes, calls, run, connection)
        case .deferRest(let deferral, let run): answer = try deferRest(deferral, run, connection)
        case .close: answer = try close(request, connection)
        case .reserve(let wanted, let run): answer = try reserve(wanted, run, connection)
        case .tally(let calls, let unspent, let run):
            answer = try tally(calls, unspent, run, isRepeat, connection)
        case .hold where bug == .holdNotShared: answer = .done
        case .findOthers where bug == .handBackDefers: answer = .others(false)
        case .learn(let tallies, let run): answer = try learn(tallies, run, isRepeat, connection)
        case .probe(let bank, let probes, let run): answer = try probe(bank, probes, run, isRepeat, connection)
        case .findStranded, .findUnknown, .findElsewhere, .findOthers, .readSigns, .stop, .forgetStop, .hold,
            .readNews, .readElsewhere, .findWitness:
            answer = try connection.perform(request, isRepeat: isRepeat)
        }
        if bug == .pauseNotLifted { keepTroubles(of: banksBefore) }
        answer = distortTroubles(in: answer)
        if bug == .coolDownWithoutEvidence { coolDownAnyway(request) }
        if bug == .stopNotShared, case .signs(var signs) = answer {
            signs.stop = nil
            answer = .signs(signs)
        }
        if bug == .witnessNotAsked, case .findWitness = request { answer = .witnesses([]) }
        if bug == .addressNotCompared { answer = answer.withoutAddress }
        if bug == .jobsNotTold { answer = answer.withoutJobs }
        return answer
    }

    // MARK: Who lives

    /// What undoes it.
    private func misjudgeLiving(_ worker: Int) -> () -> Void {
        switch bug {
        case .lockAlone:
            for other in store.workers.keys where !left.contains(other) {
                guard let row = store.workers[other], store.isOpen(row.lock), row.leaseUntil <= store.now else {
                    continue
                }
                store.change(worker: other) { $0.leaseUntil = store.now.after(aSecond) }
            }
            return {}
        case .restartKills:
            for other in store.workers.keys { store.change(worker: other) { $0.life = store.life } }
            return {}
        case .clockNotHeeded:
            store.machines = [:]
            return {}
        case .leaseAlone: return keepLocks(of: store.workers.keys.filter { $0 != worker })
        default: return {}
        }
    }

    /// Gives the locks of lost sessions to one that never ends, for one request.
    private func keepLocks(of workers: [Int]) -> () -> Void {
        let keeper = keeper.flatMap { store.isOpen($0) ? $0 : nil } ?? store.openSession()
        self.keeper = keeper
        var kept: [Int: Int] = [:]
        for worker in workers {
            guard let lock = store.workers[worker]?.lock, !store.isOpen(lock) else { continue }
            kept[worker] = lock
            store.change(worker: worker) { $0.lock = keeper }
        }
        return { [store] in
            for (worker, lock) in kept {
                store.change(worker: worker) { $0.lock = $0.lock == keeper ? lock : $0.lock }
            }
        }
    }

    /// Whether the rows say that a worker lives.
    func isLive(_ worker: Int?) -> Bool { worker.map { store.isLive($0) } ?? false }

    // MARK: Joining

    private func join(
        _ request: StoreRequest, _ connection: MemoryConnection
    ) throws(MemoryStore.ConnectionLost) -> StoreAnswer {
        let worker = connection.worker
        if case .leave = request { left.insert(worker) }
        guard case .enlist = request, enlisted.contains(worker) else {
            enlisted.insert(worker)
            return try connection.perform(request, isRepeat: false)
        }
        switch bug {
        case .lockNotRetaken:
            store.change(worker: worker) { $0.leaseUntil = store.now.advanced(by: WorkerLimits.lease) }
            return .done
        case .leaseNotRenewed:
            let lease = store.workers[worker]?.leaseUntil ?? store.now
            let answer = try connection.perform(request, isRepeat: false)
            store.change(worker: worker) { $0.leaseUntil = lease }
            return answer
        default: return try connection.perform(request, isRepeat: false)
        }
    }

    // MARK: Calls

    private func reserve(
        _ wanted: SlotRequest, _ run: OpenRun, _ connection: MemoryConnection
    ) throws(MemoryStore.ConnectionLost) -> StoreAnswer {
        let shared = store.rate.nextSlot
        if bug == .slotsNotShared { store.rate.nextSlot = ownSlots[connection.worker] ?? store.now }
        var answer = try connection.perform(.reserve(wanted, of: run), isRepeat: false)
        if bug == .slotsNotShared {
            ownSlots[connection.worker] = store.rate.nextSlot
            store.rate.nextSlot = shared
        }
        if bug == .budgetNotShared, let most = run.options.maxCalls, case .granted(var grant) = answer {
            grant.paid = wanted.budget
            grant.budgetLeft = most
            answer = .granted(grant)
        }
        return answer
    }

    private func tally(
        _ calls: CallCounts, _ unspent: Int, _ run: OpenRun, _ isRepeat: Bool, _ connection: MemoryConnection
    ) throws(MemoryStore.ConnectionLost) -> StoreAnswer {
        let told = miscount(calls, connection.worker)
        return try connection.perform(.tally(told, unspent: unspent, of: run), isRepeat: isRepeat)
    }

    /// The counts that a buggy store would note.
    func miscount(_ calls: CallCounts, _ worker: Int) -> CallCounts {
        switch bug {
        case .countsNotWritten: return CallCounts()
        case .countsAdded:
            var sum = store.workers[worker]?.calls ?? CallCounts()
            sum.details += calls.details
            sum.trigger += calls.trigger
            sum.job += calls.job
            sum.reauth += calls.reauth
            return sum
        default: return calls
        }
    }

    // MARK: Events

    /// Records a webhook wrongly.
    func record(_ webhook: Webhook) -> MemoryStore.Effect {
        var told = webhook
        webhooks += 1
        if bug == .duplicateApplied { told.number = 2_000_000_000 + webhooks }
        if bug == .staleOverwrites { told.occurredAt = nil }
        let before = store.accounts[webhook.account]
        let effect = store.record(told)
        if bug == .coolDownDeaf, let before, store.accounts[webhook.account]?.standing == before.standing {
            store.change(webhook.account) { $0.retryAfter = before.retryAfter }
        }
        if bug == .jobsNotKept { forgetJobs() }
        return effect
    }

    /// Jobs of accounts as they were before the request.
    func forgetJobs() {
        for (account, before) in store.changes.accounts {
            store.change(account) { row in
                row.state.lastSyncJobID = before?.state.lastSyncJobID
                row.times.job = before?.times.job
            }
        }
    }
}

extension StoreAnswer {
    /// With the one address that most processes have.
    fileprivate var withoutAddress: Self {
        func common(_ run: OpenRun) -> OpenRun {
            var told = run
            told.options.baseURL = WorldOptions.baseURL
            return told
        }
        switch self {
        case .stranded(let runs): return .stranded(runs.map(common))
        case .opened(let run): return .opened(common(run))
        case .done, .unknown, .elsewhere, .others, .signs, .granted, .claimed, .news, .intended, .wrote, .witnesses,
            .closed, .caseElsewhere, .learned, .probing:
            return self
        }
    }

    /// Without the jobs that updates named.
    fileprivate var withoutJobs: Self {
        switch self {
        case .claimed(var claims, let more):
            for place in claims.indices { claims[place].news = claims[place].news.withoutJobs }
            return .claimed(claims, more: more)
        case .news(let news): return .news(news.mapValues(\.withoutJobs))
        case .intended(var result):
            result.refused = result.refused.mapValues(\.withoutJobs)
            return .intended(result)
        case .wrote(var result):
            result.refused = result.refused.mapValues(\.withoutJobs)
            return .wrote(result)
        case .done, .stranded, .opened, .unknown, .elsewhere, .others, .signs, .granted, .closed, .caseElsewhere,
            .witnesses, .learned, .probing:
            return self
        }
    }
}

extension News {
    fileprivate var withoutJobs: Self {
        News(
            account: account,
            events: events.map { note in
                guard case .updated(let status, let sync, _) = note.kind else { return note }
                return EventNote(
                    key: note.key, kind: .updated(status: status, sync: sync, job: nil), receivedAt: note.receivedAt)
            })
    }
}
