import DequeModule
import Reconciliation

/// One `mono-reconcile run`: the real ``CaseScheduler`` in a shell that does what `Shift` and `Night` do.
final class WorkerProcess {
    enum Role {
        case nightly
        case oneOff([Int])
    }

    /// A call under way.
    struct Sending {
        var account: AccountID
        var call: Call
        var hasLeft = false
    }

    unowned let world: World
    let number: Int
    let role: Role
    let startedAt: Timestamp

    private(set) var isAlive = true
    private(set) var exitCode: Int?
    private var pausedUntil = VirtualClock.beginning
    var cutUntil = VirtualClock.beginning
    private var deafUntil = VirtualClock.beginning
    private var lastBlow: Timestamp?

    // The lane: one connection to the database, one statement after the other.
    var session: Int?
    var waiting = Deque<Trip>()
    var current: Trip?
    var mustEnlist = true
    var token = 0

    // The clock: the database's, as this process believes it.
    private var clockError: Micros = 0
    private var lastTold = VirtualClock.beginning

    // The run and its scheduler.
    var worker = -1
    var run = -1
    var isStale = false
    var stranded: [Server.OpenRun] = []
    var held: [(account: Int, run: Int)] = []
    var scheduler: CaseScheduler
    var isWorking = false
    var alarm: (at: Timestamp, number: Int)?
    var alarms = 0
    var callsStarted = 0
    var sending: [Int: Sending] = [:]
    var isListening = false
    var intending: Set<AccountID> = []
    var isTerminated = false
    /// It works on nothing any more and waits for the run's end.
    var hasLeft = false

    init(_ world: World, number: Int, role: Role) {
        self.world = world
        self.number = number
        self.role = role
        startedAt = world.now
        scheduler = CaseScheduler(rules: world.options.rules, limits: world.options.limits, budget: nil, seed: 0)
        measureClock()
    }

    var server: Server { world.server }
    var judge: Judge { world.judge }
    var now: Timestamp { world.now }

    /// The database's time, as this process believes it.
    var believed: Timestamp {
        lastTold = max(lastTold, now.after(clockError))
        return lastTold
    }

    func measureClock() {
        clockError = world.dice.time(-world.options.clockError...world.options.clockError)
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

    /// When an alarm of its own clock rings.
    func ringing(at time: Timestamp) -> Timestamp { max(now, time.after(-clockError)) }

    func note(_ text: @autoclosure () -> String) {
        world.trace.note("p\(number)/w\(worker)", text())
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
            world.at(now.after(silence)) { [world] in world.server.closeSession(session) }
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
    private var atHand: [Int] { isWorking ? scheduler.cases.keys.map { Server.index($0) }.sorted() : [] }

    // MARK: Blows

    var isPaused: Bool { pausedUntil > now }
    var isDeaf: Bool { deafUntil > now }

    /// A named point is passed: something may strike here.
    ///
    /// False: the process is gone.
    func pass(_ point: Point, _ stage: Stage) -> Bool {
        guard let blow = world.strikes(point, stage, lastBlow: lastBlow) else { return true }
        lastBlow = now
        note("struck at \(point.rawValue) (\(stage.rawValue)): \(blow.rawValue)")
        switch blow {
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
        if length > Server.lease + 6 * aSecond { world.checkTakeover(of: worker, run: run, after: Server.lease) }
    }

    private func partition(for time: Micros) {
        cutUntil = now.after(time)
        judge.trouble(worker, until: cutUntil.after(18 * aSecond))
        if isListening { loseEars() }
        world.tempt(atHand, within: time)
        if time > Server.lease + 6 * aSecond { world.checkTakeover(of: worker, run: run, after: Server.lease) }
    }

    // MARK: Ears

    /// Listens for changed accounts; after a lost connection any may have changed.
    func listen() {
        guard isWorking else { return }
        guard cutUntil <= now, server.isUp else {
            return at(now.after(aSecond / 2)) { [self] in listen() }
        }
        isListening = true
        guard world.bug != .missedNewsNotRead else { return }
        scheduler.changed(nil)
        act()
    }

    func loseEars() {
        isListening = false
        world.tempt(atHand, within: aSecond / 2)
        at(now.after(aSecond / 2)) { [self] in listen() }
    }

    /// Accounts changed in the database.
    func notified(_ accounts: [AccountID]) {
        guard isWorking, isListening else { return }
        var heard = accounts
        if world.bug == .eventDuringIntentIgnored { heard.removeAll { intending.contains($0) } }
        guard !heard.isEmpty else { return }
        scheduler.changed(heard)
        act()
    }
}
