import Reconciliation

/// What the judge itself believes of one bank, from the settlements and probes that it saw.
struct JudgedBank {
    /// So many failures in a row pause a bank; and so many where it delivered in the run.
    static let failures = 3
    static let failuresAfterDelivery = 6
    /// So many of a bank's syncs go first.
    static let scouts = 3
    /// The most probes of a run, and the most calls to a bank that stays down.
    static let probes = 3
    static let calls = 12

    /// When accounts failed in a row since the last delivery.
    var failedAt: [Timestamp] = []
    var deliveredAt: Timestamp?
    /// When a worker last wrote of a failure or a delivery, whether that was committed or refused.
    var toldFailureAt: Timestamp?
    var toldDeliveryAt: Timestamp?
    /// Cases of which a failure was written since the last delivery.
    var toldFailures: Set<FailedCase> = []
    /// When and to whom probes were granted, by run.
    var grants: [Int64: [(at: Timestamp, worker: Int)]] = [:]
    /// Probes granted to each worker and not begun.
    var unbegun: [Int: Int] = [:]
    /// Calls that were made, by run.
    var calls: [Int64: CallCounts] = [:]

    /// A case that failed.
    struct FailedCase: Hashable {
        var account: Int
        var run: Int64
    }
}

/// Banks that are down.
extension Judge {
    /// A start of a bank that seems to be down, which nobody granted.
    struct Suspicion {
        var account: Int
        var bank: String
        var worker: Int
        var downSince: Timestamp
        var at: Timestamp
    }

    func sawBanks(_ exchange: StoreExchange, _ store: MemoryStore) {
        switch (exchange.request, exchange.answer) {
        case (.write(let writes, _, let run), _): sawOutcomes(writes, of: run, exchange, store)
        case (.probe(let bank, _, let run), .probing(_, true)?): granted(bank, in: run, to: exchange.worker)
        case (.learn(let tallies, let run), .learned(let memory)?):
            sawLooks(tallies, memory, of: run, by: exchange.worker, store)
        case (.close(let run, _), .closed(.some)?):
            let isNow = exchange.changes.runs.contains { $0.id == run.runID && $0.before?.finishedAt == nil }
            if isNow { checkCalls(of: run) }
            sawClose(of: run, isNow: isNow, store)
        default: break
        }
    }

    private func sawOutcomes(
        _ writes: [CaseWrite], of run: OpenRun, _ exchange: StoreExchange, _ store: MemoryStore
    ) {
        var putOff: [(account: Int, bank: String)] = []
        let before = Dictionary(uniqueKeysWithValues: exchange.changes.cases.map { ($0.place, $0.before) })
        for write in writes {
            let account = write.one.accountID.index
            guard case .settlement(let settlement) = write.kind, let bank = options.bank(of: account) else { continue }
            let showsBank = write.one.intendedAt != nil && !settlement.withdrawsIntent && settlement.cause.showsBank
            if settlement.cause.showsBank { wroteOf(bank, account, settlement.outcome, in: run.runID) }
            noteResult(of: bank, account, settlement.outcome, showsBank: showsBank, by: exchange.worker, in: run.runID)
            guard let place = store.place(of: write.one.accountID, in: run.runID),
                let row = before[place] ?? nil, row.outcome == nil, store[place].outcome != nil
            else { continue }
            if settlement.outcome.isDeliveryOfBank, settlement.cause.showsBank {
                banks[bank]?.failedAt = []
                banks[bank]?.toldFailures = []
                banks[bank]?.deliveredAt = now
            } else if settlement.outcome.isFailureOfBank {
                banks[bank]?.failedAt.append(now)
            } else if settlement.cause == .bankPaused {
                putOff.append((account, bank))
            }
        }
        for one in putOff { checkPutOff(one.account, of: one.bank, in: run, by: exchange.worker) }
    }

    private func wroteOf(_ bank: String, _ account: Int, _ outcome: Outcome, in run: Int64) {
        if outcome.isDeliveryOfBank { banks[bank, default: JudgedBank()].toldDeliveryAt = now }
        guard outcome.isFailureOfBank else { return }
        banks[bank, default: JudgedBank()].toldFailureAt = now
        banks[bank]?.toldFailures.insert(JudgedBank.FailedCase(account: account, run: run))
    }

    // MARK: Probes

    private func granted(_ name: String, in run: OpenRun, to worker: Int) {
        let bank = banks[name] ?? JudgedBank()
        let earlier = bank.grants[run.runID] ?? []
        banks[name, default: JudgedBank()].grants[run.runID] = earlier + [(now, worker)]
        banks[name]?.unbegun[worker, default: 0] += 1
        if earlier.count >= JudgedBank.probes {
            broke(.probes, nil, "\(name): probe \(earlier.count + 1) in run \(run.runID)")
        }
        if bank.failedAt.count < JudgedBank.failures { broke(.probes, nil, "\(name) was not down") }
        guard let last = earlier.last, !hasMovedClock else { return }
        let gap = (run.options.rules.window / 5 * (1 << earlier.count)).micros
        let tolerance = 3 * options.clockError + 5 * aMillisecond
        let since = now.from(last.at)
        if since < gap - tolerance {
            return broke(.probes, nil, "\(name): w\(worker) \(since / aMillisecond) ms after the one before")
        }
        // Until something failed since, that one may be under way; its own worker knows that first.
        let life = (run.options.rules.window + WorkerLimits.mayLeaveWithin).micros
        guard last.worker != worker, bank.toldFailureAt.map({ $0 < last.at }) ?? true, since < life - tolerance,
            !hasFailed(name, since: last.at),
            isQuiet(worker, from: max(last.at, health[worker]?.startedAt ?? last.at), to: now)
        else { return }
        broke(.probes, nil, "\(name): w\(worker) while another one is under way")
    }

    /// Whether an account of the bank was told to have failed: whoever took the probe over may know that alone.
    private func hasFailed(_ bank: String, since: Timestamp) -> Bool {
        options.accountIDs.contains { id in
            guard options.bank(of: id.index) == bank, let truth = mono?.accounts[id.index] else { return false }
            return [Word.unavailable, .failed, .bankError, .failure].contains { truth.said($0, since: since) }
        }
    }

    /// Since when the run's workers must leave a bank alone but for probes.
    func downSince(_ bank: JudgedBank, in run: Int64) -> Timestamp? {
        guard let start = runStarts[run], let last = bank.failedAt.last, now.from(last) < 35 * anHour else {
            return nil
        }
        let hasDelivered = bank.toldDeliveryAt.map { $0 >= start } ?? false
        let threshold = hasDelivered ? JudgedBank.failuresAfterDelivery : JudgedBank.failures
        guard bank.failedAt.count >= threshold else { return nil }
        let since = bank.failedAt[threshold - 1]
        return bank.toldDeliveryAt.map { $0 > since } ?? false ? nil : since
    }

    /// A start that nobody granted: whether its worker knew that the bank was down.
    func suspicion(_ account: Int, of name: String, by worker: Int, in run: Int64) -> Suspicion? {
        guard let bank = banks[name], let since = downSince(bank, in: run), !hasMovedClock,
            let started = health[worker]?.startedAt, since < max(started, now.after(-aSecond - slack))
        else { return nil }
        return Suspicion(account: account, bank: name, worker: worker, downSince: since, at: now)
    }

    /// Some time later: whoever was struck may not have heard, and what it knew of a delivery is written by now.
    func confirm(_ one: Suspicion) {
        guard let started = health[one.worker]?.startedAt,
            isQuiet(one.worker, from: max(started, one.at.after(-2 * aSecond - slack)), to: now),
            banks[one.bank]?.toldDeliveryAt.map({ $0 < one.downSince }) ?? true
        else { return }
        let seconds = one.at.from(one.downSince) / aSecond
        broke(.unasked, one.account, "by w\(one.worker), \(seconds) s after \(one.bank) was known to be down")
    }

    // MARK: What is put off

    private func checkPutOff(_ account: Int, of name: String, in run: OpenRun, by worker: Int) {
        let bank = banks[name] ?? JudgedBank()
        // A delivery may just have been written by another worker.
        let heardAt = now.after(-2 * aSecond - slack)
        let isNew = bank.deliveredAt.map { $0 > heardAt } ?? false
        if bank.toldFailures.count < JudgedBank.failures, !isNew, isQuiet(worker, from: heardAt, to: now) {
            return broke(.putOff, account, "by w\(worker) after \(bank.toldFailures.count) failures of \(name)")
        }
        guard !hasMovedClock, let start = runStarts[run.runID], bank.failedAt.count >= JudgedBank.failures,
            bank.failedAt[JudgedBank.failures - 1] < start, bank.toldFailureAt.map({ $0 < start }) ?? true,
            bank.grants[run.runID] == nil
        else { return }
        broke(.putOff, account, "by w\(worker) without a single probe of \(name)")
    }

    // MARK: Calls

    /// A call is made that is no witness's.
    func madeForBank(_ call: Call, _ account: Int, in run: Int64) {
        let name = options.bank(of: account) ?? ""
        switch call {
        case .details: banks[name, default: JudgedBank()].calls[run, default: CallCounts()].details += 1
        case .trigger: banks[name, default: JudgedBank()].calls[run, default: CallCounts()].trigger += 1
        case .job: banks[name, default: JudgedBank()].calls[run, default: CallCounts()].job += 1
        case .reauthLink: break
        }
    }

    /// Where nothing else goes wrong, a bank that was down before a night and stays so costs it a dozen calls.
    private func checkCalls(of run: OpenRun) {
        guard options.isSmooth, !hasMovedClock, let start = runStarts[run.runID] else { return }
        for (name, bank) in banks.sorted(by: { $0.key < $1.key }) {
            guard !name.isEmpty, bank.failedAt.count >= JudgedBank.failures,
                bank.failedAt[JudgedBank.failures - 1] < start,
                let last = bank.failedAt.last(where: { $0 < start }), start.from(last) < 35 * anHour,
                bank.toldDeliveryAt.map({ $0 < bank.failedAt[0] }) ?? true,
                let calls = bank.calls[run.runID], calls.total > JudgedBank.calls
            else { continue }
            broke(.downCalls, nil, "\(calls.total) for \(name) in run \(run.runID)")
        }
    }
}
