import DequeModule
import Reconciliation

/// One `mono-reconcile run`: the real ``RunLifecycle``, whose actions this process executes in virtual time.
///
/// Nothing is decided here.
final class WorkerProcess {
    /// A call under way.
    struct Sending {
        let call: MonoCall
        /// The number of the call among all that this process sent.
        let launch: Int
    }

    unowned let world: World
    let number: Int
    let purpose: RunLifecycle.Purpose
    let startedAt: Timestamp
    /// Where its calls go.
    let baseURL: String
    private(set) var lifecycle: RunLifecycle

    private(set) var isAlive = true
    private(set) var exitCode: Int?
    private var pausedUntil = VirtualClock.beginning
    var cutUntil = VirtualClock.beginning
    private var deafUntil = VirtualClock.beginning
    private var lastFault: Timestamp?

    // The store: one connection, one question after the other.
    var session: Int?
    var waiting = Deque<PendingRequest>()
    var current: PendingRequest?
    var mustEnlist = true
    var token = 0

    // The clock: the server's, as this process believes it.
    private var clockError: Micros = 0
    private var lastTold = Timestamp(microseconds: .min)

    /// The worker that this process is now, and the run that it works on, or worked on last.
    private(set) var worker = -1
    private(set) var run: Int64 = 0
    var alarm: (at: Timestamp, number: Int)?
    private var alarms = 0
    var sending: [Int: Sending] = [:]
    var launches = 0
    private(set) var isListening = false
    private var isHearing = false
    var intending: Set<AccountID> = []
    private(set) var isTerminated = false
    /// Whether it has deferred what is left of its run, in which it waits for the close.
    private(set) var hasDeferred = false

    init(_ world: World, number: Int, purpose: RunLifecycle.Purpose, _ runOptions: RunOptions) {
        self.world = world
        self.number = number
        self.purpose = purpose
        startedAt = world.now
        baseURL = runOptions.baseURL
        var pauses = RunPauses()
        pauses.signs = .microseconds(world.options.signsPause)
        lifecycle = RunLifecycle(
            purpose, options: runOptions, limits: world.options.limits, seed: world.dice.seed(),
            pauses: pauses)
        measureClock()
    }

    var judge: Judge { world.judge }
    var now: Timestamp { world.now }
    /// Whether it settles cases.
    var isWorking: Bool { lifecycle.phase == .working }

    /// Whether it has a call to make, and nothing that keeps it from making one.
    var isReadyToCall: Bool {
        guard let scheduler = lifecycle.scheduler, isWorking, scheduler.stop == nil, !scheduler.waitsForWitness,
            world.options.maxCalls == nil, scheduler.heldUntil.map({ $0 < believed }) ?? true,
            sending.count < world.options.limits.concurrency
        else { return false }
        return scheduler.cases.values.contains { one in
            switch one.want {
            case .call(_, let time), .intent(let time): time < believed.after(-2 * aSecond)
            case .trigger, .withdrawal, .event, .answer, .settlement: false
            }
        }
    }

    /// Whether it may still claim cases of its run.
    var isAtWork: Bool {
        switch lifecycle.phase {
        case .takingOver, .working, .finishing, .leaving: true
        case .findingStranded, .findingUnknown, .opening, .findingElsewhere, .findingWorkers, .findingSuccessors,
            .closing, .reporting, .summarising, .waitingElsewhere, .ended:
            false
        }
    }

    /// The server's time, as this process believes it.
    var believed: Timestamp {
        lastTold = max(lastTold, now.after(clockError))
        return lastTold
    }

    /// Learns the server's clock nearly right; how far that was moved since.
    @discardableResult
    func measureClock() -> Micros {
        let before = clockError
        clockError = world.store.clockOffset + world.dice.time(-world.options.clockError...world.options.clockError)
        guard abs(clockError - before) > aSecond else { return 0 }
        lastTold = Timestamp(microseconds: .min)
        return clockError - before
    }

    /// What happens in this process at a time: never once it is gone, and late while it is suspended.
    func at(_ time: Timestamp, _ body: @escaping () -> Void) {
        world.at(time) { [self] in fire(body) }
    }

    private func fire(_ body: @escaping () -> Void) {
        guard isAlive else { return }
        if pausedUntil > now { return world.at(pausedUntil) { [self] in fire(body) } }
        body()
    }

    func note(_ text: @autoclosure () -> String) {
        world.trace.note("p\(number)/w\(worker)", text())
    }

    // MARK: The lifecycle

    func start() {
        note("starts")
        take(.started)
    }

    /// Feeds the lifecycle, and executes what it says.
    func take(_ input: RunLifecycle.Input) {
        guard isAlive else { return }
        lifecycle.take(input, at: believed)
        for action in lifecycle.actions(at: believed) {
            guard isAlive else { return }
            execute(action)
        }
    }

    private func execute(_ action: RunLifecycle.Action) {
        switch action {
        case .beginWorker:
            worker = world.store.makeWorker()
            mustEnlist = true
        case .setClock(let time):
            clockError = time.from(now)
            lastTold = Timestamp(microseconds: .min)
        case .measureClock(let samples, let persistence): ask(.clock(samples: samples), persistence)
        case .ask(let request, let persistence):
            if case .intend(let cases, _) = request {
                intending = Set(cases.map(\.accountID))
                begins(cases)
            }
            if case .deferRest = request { hasDeferred = lifecycle.phase == .closing }
            ask(.request(request), persistence)
        case .beginWork(let run):
            self.run = run.runID
            note("works on run \(run.runID)")
            isHearing = true
            listen()
        case .endWork:
            isHearing = false
            alarm = nil
            cancelCalls()
        case .call(let call):
            begins(with: call)
            send(call)
        case .cancelCalls: cancelCalls()
        case .report, .summarise: report()
        case .note(let told): note("\(told)")
        case .wake(let time): wake(at: time)
        case .end(let end): exit(end.exitCode)
        case .refuse(let refusal):
            note("\(refusal)")
            exit(1)
        }
    }

    private func report() {
        guard pass(.report, .before) else { return }
        at(now.after(2 * world.networkDelay())) { [self] in take(.reported(isWritten: true)) }
    }

    private func wake(at time: Timestamp) {
        if let alarm, alarm.at <= time { return }
        alarms += 1
        let mine = alarms
        alarm = (time, mine)
        // An alarm of its own clock.
        at(max(now, time.after(-clockError))) { [self] in
            guard alarm?.number == mine else { return }
            alarm = nil
            take(.woken)
        }
    }

    private func terminate() {
        guard !isTerminated else { return }
        isTerminated = true
        judge.trouble(worker, until: Timestamp(microseconds: .max))
        at(now.after(5 * aSecond)) { [self] in exit(143) }
        take(.interrupted(signal: 15))
    }

    // MARK: Ends

    /// The process is gone; the server notices, unless nothing passes between them.
    func die() {
        isAlive = false
        waiting.removeAll()
        current = nil
        judge.trouble(worker, until: Timestamp(microseconds: .max))
        judge.gone(worker)
        isListening = false
        let orphan = worker
        if let session {
            let silence = cutUntil > now ? anHour : world.dice.time(aMillisecond...(10 * aMillisecond))
            world.at(now.after(silence)) { [world] in world.store.closeSession(session) }
        }
        session = nil
        world.tempt(atHand, within: aSecond / 4)
        if cutUntil <= now { world.checkTakeover(of: orphan, run: run, after: aSecond / 10) }
    }

    func exit(_ code: Int) {
        guard isAlive else { return }
        note("exits with \(code)")
        exitCode = code
        die()
        world.ended(self)
    }

    /// The accounts of the cases at its scheduler.
    private var atHand: [Int] { lifecycle.scheduler?.cases.keys.map(\.index).sorted() ?? [] }

    // MARK: Faults

    var isPaused: Bool { pausedUntil > now }
    var isDeaf: Bool { deafUntil > now }

    /// A named point is passed: something may strike here.
    ///
    /// False: the process is gone.
    func pass(_ point: Point, _ stage: Stage) -> Bool {
        guard let fault = world.strikes(point, stage, lastFault: lastFault) else { return true }
        lastFault = now
        note("struck at \(point.rawValue) (\(stage.rawValue)): \(fault.rawValue)")
        switch fault {
        case .crash:
            exitCode = 137
            die()
            world.ended(self)
        case .pause: pause(for: world.dice.pick([aSecond, 8 * aSecond, 14 * aSecond, 20 * aSecond, 50 * aSecond]))
        case .cut:
            judge.trouble(worker, until: now.after(3 * aSecond))
            breakConnection()
        case .partition: partition(for: world.dice.spread(aSecond, 32 * aSecond))
        case .deafness: deafUntil = now.after(world.dice.spread(aSecond, 16 * aSecond))
        case .terminate: at(now) { [self] in terminate() }
        }
        return isAlive
    }

    private func pause(for time: Micros) {
        let length = time / 2 + world.dice.time(0...time)
        pausedUntil = now.after(length)
        judge.trouble(worker, until: pausedUntil.after(3 * aSecond))
        world.tempt(atHand, within: length)
        if length > WorkerLimits.lease.micros + 6 * aSecond {
            world.checkTakeover(of: worker, run: run, after: WorkerLimits.lease.micros)
        }
    }

    private func partition(for time: Micros) {
        cutUntil = now.after(time)
        judge.trouble(worker, until: cutUntil.after(18 * aSecond))
        if isListening { loseListener() }
        world.tempt(atHand, within: time)
        if time > WorkerLimits.lease.micros + 6 * aSecond {
            world.checkTakeover(of: worker, run: run, after: WorkerLimits.lease.micros)
        }
    }

    // MARK: Notifications

    /// Listens for changed accounts; after a lost connection any may have changed.
    private func listen() {
        guard isHearing else { return }
        guard cutUntil <= now, world.store.isUp else {
            return at(now.after(aSecond / 2)) { [self] in listen() }
        }
        isListening = true
        if world.bug != .missedNewsNotRead { take(.changed(nil)) }
    }

    func loseListener() {
        isListening = false
        world.tempt(atHand, within: aSecond / 2)
        at(now.after(aSecond / 2)) { [self] in listen() }
    }

    /// Accounts changed in the store.
    func notified(_ accounts: [AccountID]) {
        guard isHearing, isListening else { return }
        let heard = world.bug?.heard(accounts, intending: intending) ?? accounts
        if !heard.isEmpty { take(.changed(heard)) }
    }
}
