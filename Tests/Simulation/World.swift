import Reconciliation

/// A database, a Mono, customers and workers through several nights, all from one seed and in virtual time.
package final class World {
    package let options: WorldOptions
    let bug: PlantedBug?
    let clock = VirtualClock()
    let trace: Trace
    let judge: Judge
    let store: MemoryStore
    let observed: ObservedStore
    let mono: Mono
    var dice: Dice
    /// For what happens to rows: without it the worlds stay what they were.
    private var rowDice: Dice
    private(set) var processes: [WorkerProcess] = []
    private var agenda = Agenda()
    private var isCalm = false
    private var struck = FaultCounts()
    private var lostAnswers = 0
    private var events = 0
    private var digest: UInt64 = 0xCBF2_9CE4_8422_2325
    private var calmRuns = 0

    /// Far beyond what a night may take.
    private static let longestProcess = 6 * anHour

    var now: Timestamp { clock.now }

    package init(_ options: WorldOptions, bug: PlantedBug? = nil, trace sink: ((String) -> Void)? = nil) {
        self.options = options
        self.bug = bug
        trace = Trace(clock)
        trace.sink = sink
        judge = Judge(options, clock: clock)
        store = MemoryStore(clock: clock)
        store.slice = options.slice
        observed = ObservedStore(store, bug: bug, judge: judge, trace: trace)
        mono = Mono(options, judge: judge, clock: clock, trace: trace)
        dice = Dice(seed: options.seed &* 0x5851_F42D_4C95_7F2D &+ 99)
        rowDice = Dice(seed: options.seed &+ 0xB0CE)
        judge.mono = mono
        mono.schedule = { [unowned self] time, body in at(time, body) }
        mono.send = { [unowned self] webhook, isOutside in deliver(webhook, isOutside: isOutside) }
    }

    /// Plays it to its end.
    package func play() -> WorldReport {
        prepare()
        while judge.violations.count < 3, let next = agenda.next() {
            clock.now = max(clock.now, next.at)
            events += 1
            digest = (digest ^ UInt64(bitPattern: clock.now.microseconds)) &* 0x100_0000_01B3
            next.item()
            if events.isMultiple(of: 4_096), isEndless() { break }
        }
        if judge.violations.isEmpty { judgeEnd() }
        let report = makeReport()
        agenda.clear()
        return report
    }

    func at(_ time: Timestamp, _ body: @escaping () -> Void) { agenda.add(at: max(time, now), body) }

    private func isEndless() -> Bool {
        guard let slow = processes.first(where: { $0.isAlive && now.from($0.startedAt) > Self.longestProcess }) else {
            return false
        }
        judge.broke(.endless, nil, "process \(slow.number) goes on for \(now.from(slow.startedAt) / aMinute) minutes")
        return true
    }

    private func judgeEnd() {
        for process in processes where process.isAlive {
            judge.broke(.endless, nil, "process \(process.number) neither works nor ends")
        }
        for run in store.runs.keys.sorted() where store.runs[run]?.finishedAt == nil {
            judge.broke(.endless, nil, "run \(run) is open at the end")
        }
        for account in judge.openCases.indices {
            guard let run = judge.openCases[account].min() else { continue }
            judge.broke(.leftOpen, account, "in run \(run)")
        }
    }

    private func makeReport() -> WorldReport {
        WorldReport(
            seed: options.seed, violations: judge.violations, digest: digest, events: events,
            runs: Int(store.lastRun), nights: options.nights, cases: judge.settledCases, outcomes: judge.outcomes,
            calls: judge.calls, triggers: judge.triggers, processes: processes.count, struck: struck,
            lostAnswers: lostAnswers, virtualSeconds: Double(now.from(VirtualClock.beginning)) / 1_000_000)
    }

    // MARK: Networks

    /// One way to the database or back.
    func networkDelay() -> Micros {
        // Mostly quick, now and then slow.
        let most = dice.chance(0.1) ? options.roundTripLimit : max(300, options.roundTripLimit / 5)
        return dice.time(150...max(200, most)) / 2
    }

    /// Connecting takes its time, rarely nearly all that a client allows.
    func connectDelay() -> Micros {
        dice.time(dice.chance(0.02) ? 0...4_800 * aMillisecond : aMillisecond...40 * aMillisecond)
    }

    /// A call travels to Mono and is taken there; its answer has yet to travel back.
    func travel(_ call: Call, _ account: Int, _ answered: @escaping (Mono.Reply) -> Void) {
        at(now.after(dice.time(5 * aMillisecond...40 * aMillisecond))) { [self] in
            answered(mono.take(call, account))
        }
    }

    /// Tells the workers which accounts the last request changed.
    func deliverNotifications() {
        let accounts = observed.takeNotifications()
        guard !accounts.isEmpty else { return }
        for process in processes.suffix(16) where process.isAlive && process.isListening {
            process.at(now.after(networkDelay())) { process.notified(accounts) }
        }
    }

    /// Performs what a planted bug has kept back, when it is too late.
    func performDelayed(_ connection: MemoryConnection) {
        guard bug == .intentAfterTrigger else { return }
        at(now.after(aSecond / 5)) { [self] in
            // The connection may be gone: then it is never performed.
            try? observed.performDelayed(connection)
            deliverNotifications()
        }
    }

    // MARK: Faults

    /// `lastFault`: when the process was struck before; misfortunes seldom come singly.
    func strikes(_ point: Point, _ stage: Stage, lastFault: Timestamp?) -> Fault? {
        guard !isCalm else { return nil }
        let isHurt = lastFault.map { now.from($0) < 4 * aSecond } ?? false
        guard dice.chance(isHurt ? max(options.bursts, options.faults) : options.faults) else { return nil }
        let draw = dice.int(0...99)
        let fault: Fault =
            switch draw {
            case ..<35: .crash
            case ..<55: .pause
            case ..<80: .cut
            case ..<88: .partition
            case ..<92: .deafness
            default: .terminate
            }
        struck.note(fault, at: point, stage)
        if fault == .cut, stage == .executed { lostAnswers += 1 }
        return fault
    }

    /// Something may happen to accounts just now, of all times.
    func tempt(_ accounts: [Int], within time: Micros) {
        guard !isCalm, options.temptation > 0 else { return }
        for account in accounts where dice.chance(options.temptation) {
            at(now.after(dice.time(0...time))) { [self] in act(account, isHeard: true) }
        }
    }

    /// The cases of a worker that cannot go on must be in other hands soon, if anybody has some free.
    func checkTakeover(of worker: Int, run: Int64, after wait: Micros) {
        guard run > 0, worker > 0 else { return }
        let due = now.after(wait + 4 * aSecond + judge.slack)
        at(due) { [self] in
            let isStuck = store.openPlaces(in: run).contains { store[$0].worker == worker }
            let isBack = judge.isQuiet(worker, from: now.after(-aSecond), to: now)
            guard isStuck, !isBack, store.runs[run]?.finishedAt == nil else { return }
            let helper = processes.first { process in
                guard let scheduler = process.lifecycle.scheduler, scheduler.stop == nil else { return false }
                return process.isAlive && process.isWorking && process.run == run
                    && scheduler.cases.count < 10 && process.worker != worker
                    && judge.isUnhurt(process.worker, for: wait + 4 * aSecond + judge.slack)
            }
            guard let helper else { return }
            judge.broke(.stranded, nil, "w\(worker)'s, although w\(helper.worker) had hands free")
        }
    }

    /// While a worker waits for the close, the cases that are left must be in somebody's hands.
    func checkIdleness(_ waiting: WorkerProcess) {
        guard !waiting.hasDeferred else { return }
        let isForgotten = store.openPlaces(in: waiting.run).contains { place in
            store[place].worker.map { judge.health[$0]?.isGone ?? true } ?? true
        }
        let isWorked = processes.contains { $0.isAlive && $0.run == waiting.run && $0.isAtWork }
        if isForgotten, !isWorked {
            judge.broke(.stranded, nil, "process \(waiting.number) waits for cases that nobody has in hand")
        }
    }

    /// Somebody who is well and has calls to make must have made one since the clock was moved.
    private func checkPace(since moved: Timestamp) {
        guard options.restarts == 0, judge.lastCallAt < moved, mono.downUntil.map({ $0 < moved }) ?? true else {
            return
        }
        let idle = processes.first { process in
            process.isAlive && process.isReadyToCall && judge.isUnhurt(process.worker, for: now.from(moved))
        }
        if let idle { judge.broke(.stalled, nil, "w\(idle.worker) for \(now.from(moved) / aSecond) s") }
    }

    func ended(_ process: WorkerProcess) {
        let isFailure = process.exitCode == 137 || process.exitCode == 69
        guard !isCalm, isFailure, dice.chance(options.successors) else { return }
        // Another machine's cron, or somebody who looks.
        let purpose = process.purpose
        at(now.after(dice.spread(aSecond / 2, aMinute))) { [self] in start(purpose) }
    }

    // MARK: Nights

    func start(_ purpose: RunLifecycle.Purpose) {
        var runOptions = options.runOptions
        // Somebody rehearses against another host, with the real database.
        if !isCalm, dice.chance(options.strays) { runOptions.baseURL = "https://staging.example" }
        if case .nightly = purpose, !isCalm, dice.chance(options.forced) { runOptions.force = true }
        let process = WorkerProcess(self, number: processes.count, purpose: purpose, runOptions)
        processes.append(process)
        process.start()
    }

    private func prepare() {
        var base = now.after(2 * anHour)
        settleIn()
        for night in 0..<options.nights {
            plan(night, at: base)
            base = base.after(dice.time(options.gaps))
        }
        let end = base.after(aMinute)
        at(end) { [self] in calmDown() }
    }

    private func plan(_ night: Int, at base: Timestamp) {
        // What no process asks for again.
        at(base) { [self] in store.prune(before: now.after(-72 * anHour)) }
        disturb(before: base)
        for _ in 0..<options.workers {
            at(base.after(dice.time(0...options.stagger))) { [self] in start(.nightly) }
        }
        for _ in 0..<dice.int(0...Int(2 * options.oneOffs)) where options.oneOffs > 0 {
            let accounts = (0..<dice.int(1...3)).map { _ in dice.int(0...options.accounts - 1) }
            let unique = accounts.indices.filter { accounts.firstIndex(of: accounts[$0]) == $0 }.map { accounts[$0] }
            let wait = dice.time(0...options.rules.syncLimit.micros + aMinute)
            at(base.after(wait)) { [self] in start(.oneOff(unique.map { options.accountIDs[$0] })) }
        }
        if dice.chance(options.restarts) {
            at(base.after(dice.time(0...aMinute))) { [self] in restartServer() }
        }
        if dice.chance(options.outages) {
            let from = base.after(dice.time(0...aMinute))
            let until = from.after(dice.spread(aSecond, 128 * aSecond))
            at(from) { [self] in mono.downUntil = until }
        }
        if dice.chance(options.refusals) {
            let from = base.after(dice.spread(aSecond / 8, 32 * aSecond))
            at(from) { [self] in mono.keyRefusedUntil = from.after(5 * aMinute) }
        }
        if options.banks > 0, dice.chance(options.bankOutages),
            let bank = options.bank(of: dice.int(0...options.banks - 1))
        {
            // Since before the night, or from its middle on; until some time of it, or beyond it.
            let from = base.after(dice.time(-aMinute...aMinute))
            let until = from.after(dice.spread(20 * aSecond, 2 * anHour))
            at(from) { [self] in mono.downBanks[bank] = until }
        }
        for account in options.accountIDs where rowDice.chance(options.rowFaults) {
            let from = base.after(rowDice.time(-aMinute...2 * aMinute))
            let fault = RowFault(rowDice.chance(0.5) ? .locked : .refused, "a trouble of this world")
            let length = rowDice.spread(aSecond, fault.kind == .locked ? 4 * aMinute : 20 * anHour)
            at(from) { [self] in if !isCalm { store.rowFaults[account] = fault } }
            at(from.after(length)) { [self] in store.rowFaults[account] = nil }
        }
        loseListeners(from: base, until: base.after(5 * aMinute))
        if dice.chance(options.clockJumps) {
            at(base.after(dice.time(-5 * aMinute...5 * aMinute))) { [self] in moveClock() }
        }
        for account in 0..<options.accounts where dice.chance(options.reinsertions) {
            at(base.after(dice.time(-aMinute...5 * aMinute))) { [self] in reinsert(account) }
        }
    }

    /// Somebody sets the server's clock.
    private func moveClock() {
        let length = dice.spread(3 * aSecond, 2 * anHour)
        let jump = dice.chance(0.5) ? length : -length
        trace.note("store", "clock moved by \(jump / aSecond) s")
        judge.clockMoves()
        store.moveClock(by: jump)
        let moved = now
        at(now.after(8 * aSecond + 10 * options.roundTripLimit)) { [self] in checkPace(since: moved) }
    }

    private func loseListeners(from: Timestamp, until: Timestamp) {
        guard options.listenerLosses > 0 else { return }
        var time = from
        while time < until {
            time = time.after(Micros(Double(aSecond) / options.listenerLosses * dice.unit() * 2))
            at(time) { [self] in
                let listening = processes.suffix(16).filter { $0.isAlive && $0.isListening }
                if !listening.isEmpty { listening[dice.int(0...listening.count - 1)].loseListener() }
            }
        }
    }

    private func restartServer() {
        let down = dice.chance(0.1) ? 80 * aSecond : dice.spread(aSecond / 4, 8 * aSecond)
        judge.serverTroubles.append((now, now.after(down + 5 * aSecond)))
        if down > 3 * aSecond { judge.longOutages.append((now, now.after(down + 5 * aSecond))) }
        trace.note("store", "restarts, away for \(down / aMillisecond) ms")
        store.shutDown()
        for process in processes where process.isAlive { process.serverLeft() }
        at(now.after(down)) { [self] in store.isUp = true }
    }

    // MARK: The last nights

    /// Nothing goes wrong any more: what is open must end, and a second run straight after has nothing to do.
    private func calmDown() {
        isCalm = true
        mono.isCalm = true
        store.rowFaults = [:]
        mono.downBanks = [:]
        let isBusy = processes.contains { $0.isAlive }
        guard isBusy || calmRuns < 2 else { return }
        // What a dead process sent into a partition may open a run once that heals, which then lives for a lease.
        let isQuiet = processes.allSatisfy { now > $0.cutUntil.after(WorkerLimits.lease.micros + aSecond) }
        if !isBusy, isQuiet {
            calmRuns += 1
            start(.nightly)
        }
        at(now.after(20 * aSecond)) { [self] in calmDown() }
    }
}
