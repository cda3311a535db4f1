import DequeModule
import Reconciliation

/// One operation of the ledger, repeated over lost connections as `LedgerLane` does.
final class Trip {
    /// Runs at the server, at one instant; returns what the process does with the answer.
    typealias Statement = (_ session: Int, _ isRepeat: Bool) -> (() -> Void)

    let point: Point
    /// Not repeated: a failure ends the process.
    let isOnce: Bool
    let statement: Statement
    var deadline: Timestamp
    var pause: Micros = 100 * aMillisecond
    var isRepeat = false

    init(_ point: Point, isOnce: Bool, deadline: Timestamp, _ statement: @escaping Statement) {
        self.point = point
        self.isOnce = isOnce
        self.deadline = deadline
        self.statement = statement
    }
}

extension WorkerProcess {
    /// How long a database may be away in mid-run.
    private static let patience = 60 * aSecond
    /// How long a client waits for a sign of life from the other end: `tcp_user_timeout`.
    private static let silence = 15 * aSecond

    func perform(_ point: Point, isOnce: Bool = false, _ statement: @escaping Trip.Statement) {
        waiting.append(Trip(point, isOnce: isOnce, deadline: now.after(Self.patience), statement))
        pump()
    }

    private func pump() {
        guard isAlive, current == nil, let trip = waiting.popFirst() else { return }
        current = trip
        attempt(trip)
    }

    private func attempt(_ trip: Trip) {
        guard session != nil else { return connect(trip) }
        guard mustEnlist, !trip.isOnce, !hasLeft else {
            return exchange(trip.point, trip.statement, of: trip) { [self] then in
                current = nil
                token += 1
                then()
                pump()
            }
        }
        let enlist: Trip.Statement = { [self] session, _ in
            let isOurs = server.enlist(worker, run: run, session: session)
            return { [self] in
                guard isOurs else { return failed(trip) }
                mustEnlist = false
                attempt(trip)
            }
        }
        exchange(.enlist, enlist, of: trip) { then in then() }
    }

    private func connect(_ trip: Trip) {
        let wait = cutUntil > now ? min(cutUntil.from(now), 5 * aSecond) : 0
        at(now.after(wait + 2 * world.trip())) { [self] in
            guard current === trip else { return }
            guard cutUntil <= now, server.isUp else { return failed(trip) }
            session = server.openSession()
            attempt(trip)
        }
    }

    /// A question to the server and its answer; either may get lost.
    private func exchange(
        _ point: Point, _ statement: @escaping Trip.Statement, of trip: Trip,
        _ finish: @escaping (() -> Void) -> Void
    ) {
        token += 1
        let mine = token
        guard pass(point, .before), token == mine else { return }
        // What is decided leaves when the process is no longer suspended.
        whenAwake { [self] in
            guard token == mine, let session else { return }
            // What is sent into a partition arrives when it heals, if anybody still listens.
            let delay = max(0, cutUntil.from(now))
            if delay > 0 { expectSilence(trip, mine) }
            world.at(now.after(delay + world.trip())) { [self] in
                execute(point, statement, of: trip, session, mine, finish)
            }
        }
    }

    private func whenAwake(_ body: @escaping () -> Void) {
        if isPaused { at(now, body) } else { body() }
    }

    private func expectSilence(_ trip: Trip, _ mine: Int) {
        at(now.after(Self.silence)) { [self] in
            guard token == mine else { return }
            note("gives the connection up")
            session = nil
            failed(trip)
        }
    }

    /// At the server.
    private func execute(
        _ point: Point, _ statement: Trip.Statement, of trip: Trip, _ session: Int, _ mine: Int,
        _ finish: @escaping (() -> Void) -> Void
    ) {
        guard server.isOpen(session) else {
            return at(now.after(world.trip())) { [self] in
                guard token == mine else { return }
                self.session = nil
                failed(trip)
            }
        }
        let then = statement(session, trip.isRepeat)
        world.deliverNotifications()
        guard isAlive, pass(point, .executed), token == mine else { return }
        let delay = max(0, cutUntil.from(now))
        if delay > 0 { expectSilence(trip, mine) }
        at(now.after(delay + world.trip())) { [self] in
            guard token == mine, pass(point, .answered), token == mine else { return }
            whenAwake { [self] in
                if token == mine { finish(then) }
            }
        }
    }

    /// The connection breaks; whatever is under way has no answer.
    func breakConnection() {
        guard let session else { return }
        server.closeSession(session)
        self.session = nil
        guard let trip = current else { return }
        token += 1
        let mine = token
        at(now.after(world.trip())) { [self] in
            guard token == mine else { return }
            failed(trip)
        }
    }

    /// The server went down.
    func serverLeft() {
        guard isAlive else { return }
        judge.trouble(worker, until: now.after(5 * aSecond))
        if isListening { loseEars() }
        breakConnection()
    }

    private func failed(_ trip: Trip) {
        token += 1
        current = nil
        note("\(trip.point.rawValue) failed")
        guard !trip.isOnce, now.after(trip.pause) < trip.deadline else { return exit(69) }
        mustEnlist = true
        trip.isRepeat = true
        at(now.after(trip.pause)) { [self] in
            waiting.append(trip)
            pump()
        }
        trip.pause = min(trip.pause * 2, 2 * aSecond)
        pump()
    }
}
