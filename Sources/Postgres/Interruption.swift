import CLibPQ
import Dispatch
import Glibc
import Synchronization

/// What another thread may do to a connection while its queue is blocked in a statement.
///
/// Both handles outlive the connection if need be: libpq's cancel object is read only, and the socket is a duplicate,
/// whose number cannot be given to another file as long as anybody holds this object.
@safe
final class ConnectionControl: @unchecked Sendable {
    // Both fields are constants; libpq documents PQcancel as safe to call from any thread.
    private let cancelHandle: OpaquePointer?
    /// A duplicate of the connection's socket, or -1.
    ///
    /// libpq closes its own as soon as it finds the connection lost.
    let socket: Int32

    init(_ connection: OpaquePointer) {
        unsafe cancelHandle = unsafe PQgetCancel(connection)
        socket = unsafe fcntl(PQsocket(connection), F_DUPFD_CLOEXEC, 0)
    }

    deinit {
        if let cancelHandle = unsafe cancelHandle { unsafe PQfreeCancel(cancelHandle) }
        if socket >= 0 { close(socket) }
    }

    /// Asks the server to cancel what the connection runs now; returns when the server has taken note.
    ///
    /// Blocks and connects. A failure is of no use to anyone: the statement then ends by itself or by `sever`.
    func cancelStatement() {
        var message = [CChar](repeating: 0, count: 256)
        let capacity = Int32(message.count)
        _ = unsafe message.withUnsafeMutableBufferPointer { buffer in
            unsafe PQcancel(cancelHandle, buffer.baseAddress, capacity)
        }
    }

    /// Breaks the connection, so that a blocked read ends at once.
    func sever() {
        if socket >= 0 { shutdown(socket, Int32(SHUT_RDWR)) }
    }
}

/// The cancellation of one `run`: stops its own statement, and no other.
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

    private let state = Mutex(State())
    private let cancelsInFlight = DispatchGroup()
    private static let queue = DispatchQueue(label: "postgres.cancel", attributes: .concurrent)

    var isCancelled: Bool { state.withLock(\.isCancelled) }

    /// Stops the run: what it does now, and whatever it would do next.
    func cancel() {
        state.withLock { state in
            state.isCancelled = true
            switch state.phase {
            case .idle: break
            case .connecting(let attempt): attempt.abandon()
            case .running(let control, let statement, let isProtected):
                if !isProtected {
                    Self.queue.async(group: cancelsInFlight) { control.cancelStatement() }
                }
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
