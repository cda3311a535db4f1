import DequeModule
import Reconciliation

/// One question to the store until it is answered, over lost connections as well.
final class PendingRequest {
    enum Question {
        case request(StoreRequest)
        /// The server's time, so many times.
        case clock(samples: Int)

        var point: Point {
            switch self {
            case .request(let request): request.point
            case .clock: .clock
            }
        }
    }

    let question: Question
    let persistence: RunLifecycle.Persistence
    let deadline: Timestamp
    var pause: Micros = 100 * aMillisecond
    var isRepeat = false

    init(_ question: Question, _ persistence: RunLifecycle.Persistence, deadline: Timestamp) {
        self.question = question
        self.persistence = persistence
        self.deadline = deadline
    }
}

/// The way to the store, as the program's executor goes it: one connection, one question after the other, repeats over
/// lost connections, and the worker's lock taken anew first.
extension WorkerProcess {
    /// How long a database may be away in mid-run.
    private static let patience = 60 * aSecond
    /// How long a client waits for a sign of life from the other end: `tcp_user_timeout`.
    private static let silence = 15 * aSecond

    func ask(_ question: PendingRequest.Question, _ persistence: RunLifecycle.Persistence) {
        waiting.append(PendingRequest(question, persistence, deadline: now.after(Self.patience)))
        pump()
    }

    private func pump() {
        guard isAlive, current == nil, let request = waiting.popFirst() else { return }
        current = request
        attempt(request)
    }

    private func attempt(_ request: PendingRequest) {
        guard session != nil else { return connect(request) }
        guard case .enlisted(let run) = request.persistence, mustEnlist else {
            return exchange(request.question, of: request) { [self] answer in
                current = nil
                token += 1
                answered(request.question, answer)
                pump()
            }
        }
        exchange(.request(.enlist(run: run)), of: request) { [self] _ in
            mustEnlist = false
            attempt(request)
        }
    }

    private func answered(_ question: PendingRequest.Question, _ answer: StoreAnswer) {
        switch question {
        case .clock:
            let jump = measureClock()
            // An alarm by the former clock would seem earlier than it rings.
            if jump != 0 { alarm = nil }
            take(.clockMeasured(jump: .microseconds(jump)))
        case .request(let request):
            if case .intend = request { intending = [] }
            if case .close = request, answer == .closed(nil) { world.checkIdleness(self) }
            take(.answered(request, answer))
        }
    }

    private func connect(_ request: PendingRequest) {
        let wait = cutUntil > now ? min(cutUntil.from(now), 5 * aSecond) : 0
        at(now.after(wait + 2 * world.networkDelay())) { [self] in
            guard current === request else { return }
            guard cutUntil <= now, world.store.isUp else { return failed(request) }
            session = world.store.openSession()
            attempt(request)
        }
    }

    /// A question to the server and its answer; either may get lost.
    private func exchange(
        _ question: PendingRequest.Question, of request: PendingRequest, _ finish: @escaping (StoreAnswer) -> Void
    ) {
        token += 1
        let mine = token
        let point = question.point
        guard pass(point, .before), token == mine else { return }
        // What is decided leaves when the process is no longer suspended.
        whenAwake { [self] in
            guard token == mine, let session else { return }
            // What is sent into a partition arrives when it heals, if anybody still listens.
            let delay = max(0, cutUntil.from(now))
            if delay > 0 { expectSilence(request, mine) }
            let connection = MemoryConnection(store: world.store, session: session, worker: worker)
            world.at(now.after(delay + world.networkDelay())) { [self] in
                execute(question, at: point, of: request, connection, mine, finish)
            }
        }
    }

    private func whenAwake(_ body: @escaping () -> Void) {
        if isPaused { at(now, body) } else { body() }
    }

    private func expectSilence(_ request: PendingRequest, _ mine: Int) {
        at(now.after(Self.silence)) { [self] in
            guard token == mine else { return }
            note("gives the connection up")
            session = nil
            failed(request)
        }
    }

    /// At the server.
    private func execute(
        _ question: PendingRequest.Question, at point: Point, of request: PendingRequest,
        _ connection: MemoryConnection, _ mine: Int, _ finish: @escaping (StoreAnswer) -> Void
    ) {
        guard let answer = perform(question, isRepeat: request.isRepeat, connection) else {
            return at(now.after(world.networkDelay())) { [self] in
                guard token == mine else { return }
                session = nil
                failed(request)
            }
        }
        // A request may reach the server after its sender's end.
        if !isAlive { judge.gone(connection.worker) }
        guard isAlive, pass(point, .executed), token == mine else { return }
        let delay = max(0, cutUntil.from(now))
        if delay > 0 { expectSilence(request, mine) }
        let samples = if case .clock(let samples) = question { samples } else { 1 }
        let wait = (0..<2 * samples - 1).reduce(0) { sum, _ in sum + world.networkDelay() }
        at(now.after(delay + wait)) { [self] in
            guard token == mine, pass(point, .answered), token == mine else { return }
            whenAwake { [self] in
                if token == mine { finish(answer) }
            }
        }
    }

    /// Nil: the connection is lost.
    private func perform(
        _ question: PendingRequest.Question, isRepeat: Bool, _ connection: MemoryConnection
    ) -> StoreAnswer? {
        guard case .request(let request) = question else {
            return world.store.isOpen(connection.session) ? .done : nil
        }
        defer { world.deliverNotifications() }
        // The only error is a lost connection.
        guard let answer = try? world.observed.perform(request, isRepeat: isRepeat, connection) else { return nil }
        if case .intended(let result) = answer {
            world.tempt(result.committed.keys.sorted().map(\.index), within: world.networkDelay())
            world.performDelayed(connection)
        }
        return answer
    }

    /// The connection breaks; whatever is under way has no answer.
    func breakConnection() {
        guard let session else { return }
        world.store.closeSession(session)
        self.session = nil
        guard let request = current else { return }
        token += 1
        let mine = token
        at(now.after(world.networkDelay())) { [self] in
            guard token == mine else { return }
            failed(request)
        }
    }

    /// The server went down.
    func serverLeft() {
        guard isAlive else { return }
        if isListening { loseListener() }
        breakConnection()
    }

    private func failed(_ request: PendingRequest) {
        token += 1
        current = nil
        note("\(request.question.point.rawValue) failed")
        guard request.persistence != .once, now.after(request.pause) < request.deadline else { return exit(69) }
        mustEnlist = true
        request.isRepeat = true
        at(now.after(request.pause)) { [self] in
            waiting.append(request)
            pump()
        }
        request.pause = min(request.pause * 2, 2 * aSecond)
        pump()
    }
}
