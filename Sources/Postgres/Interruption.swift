import Dispatch
import Synchronization

/// The cancellation of one `run`, and its deadline: both stop its own statement, and no other.
final class Interruption: Sendable {
    private enum Phase {
        case idle
        case connecting(ConnectAttempt)
        case running(ConnectionControl, statement: Int, isProtected: Bool)
    }

    private struct State {
        var isCancelled = false
        var phase = Phase.idle
        var statements = 0
    }

    /// How long a cancelled statement may take to end before its connection is broken.
    static let grace: DispatchTimeInterval = .seconds(2)

    /// When the run was asked for.
    let began = ContinuousClock.now
    /// When the server must have answered everything; nil: each statement has its own limit only.
    let deadline: ContinuousClock.Instant?
    private let state = Mutex(State())
    private let cancelsInFlight = DispatchGroup()
    private static let queue = DispatchQueue(label: "postgres.grace")
    /// Cancel requests of this process that no server has answered yet: each blocks a thread.
    private static let unanswered = Mutex(0)
    private static let unansweredLimit = 4

    init(deadline: ContinuousClock.Instant? = nil) {
        self.deadline = deadline
    }

    /// The span, cut at the deadline.
    func cut(_ limit: Duration) -> Duration {
        deadline.map { max(.zero, min(limit, $0 - .now)) } ?? limit
    }

    var isCancelled: Bool { state.withLock(\.isCancelled) }

    /// Stops the run: what it does now, and whatever it would do next.
    func cancel() {
        state.withLock { state in
            state.isCancelled = true
            switch state.phase {
            case .idle: break
            case .connecting(let attempt): attempt.abandon()
            case .running(let control, let statement, let isProtected):
                if !isProtected { requestCancel(control) }
                severAfterGrace(control, statement: statement)
            }
        }
    }

    /// Notes that the run waits for a connection.
    func begin(_ attempt: ConnectAttempt) throws(PostgresError) {
        try state.withLock { (state) throws(PostgresError) in
            guard !state.isCancelled else { throw Self.cancelled }
            state.phase = .connecting(attempt)
        }
    }

    /// Notes that a statement is about to be sent.
    ///
    /// A protected statement (commit, rollback) runs although the task was cancelled and is not cancelled itself; only
    /// a server that does not answer within the grace ends it.
    func begin(_ control: ConnectionControl, isProtected: Bool) throws(PostgresError) {
        try state.withLock { (state) throws(PostgresError) in
            guard isProtected || !state.isCancelled else { throw Self.cancelled }
            state.statements += 1
            state.phase = .running(control, statement: state.statements, isProtected: isProtected)
            if state.isCancelled { severAfterGrace(control, statement: state.statements) }
        }
    }

    /// Notes that the connection is made or the statement's last result was read.
    ///
    /// Waits for a cancel request under way, so that it cannot hit the next statement: the server ignores a request
    /// that arrives between two statements.
    ///
    /// - Returns: false if the request is still under way after the grace; the connection must then not be used again.
    func end() -> Bool {
        state.withLock { $0.phase = .idle }
        return cancelsInFlight.wait(timeout: .now() + Self.grace) == .success
    }

    /// Asks the server, on a thread of its own, unless too many such threads wait for a server that answers nothing.
    private func requestCancel(_ control: ConnectionControl) {
        let mayAsk = Self.unanswered.withLock { count in
            guard count < Self.unansweredLimit else { return false }
            count += 1
            return true
        }
        guard mayAsk else { return }
        DispatchQueue(label: "postgres.cancel").async(group: cancelsInFlight) {
            control.cancelStatement()
            Self.unanswered.withLock { $0 -= 1 }
        }
    }

    private func severAfterGrace(_ control: ConnectionControl, statement: Int) {
        Self.queue.asyncAfter(deadline: .now() + Self.grace) { [self] in
            state.withLock { state in
                guard case .running(_, statement, _) = state.phase else { return }
                control.sever()
            }
        }
    }

    static var cancelled: PostgresError { PostgresError(.cancelled, "the task was cancelled") }
}
