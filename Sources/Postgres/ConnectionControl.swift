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
    /// The answer that is waited for.
    private struct Answer {
        /// When the connection is broken for want of the answer; nil: none is waited for.
        var due: ContinuousClock.Instant?
        /// When somebody looks next whether it is due.
        var look: ContinuousClock.Instant?
        var isLate = false
    }

    // Both are constants, and the answer has its own lock; libpq documents PQcancel as safe to call from any thread.
    private let cancelHandle: OpaquePointer?
    /// A duplicate of the connection's socket, or -1.
    ///
    /// libpq closes its own as soon as it finds the connection lost.
    let socket: Int32
    private let answer = Mutex(Answer())
    /// Nothing on it waits for anything, so that a look is never late.
    private static let queue = DispatchQueue(label: "postgres.answers")

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
    /// Blocks and connects, for ever if the server is frozen. A failure is of no use to anyone: the statement then ends
    /// by itself or by `sever`.
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

    // MARK: The answer in time

    /// Whether the connection was broken because an answer did not come in time.
    var isLate: Bool { answer.withLock(\.isLate) }

    /// Breaks the connection if the answer has not been read by then.
    ///
    /// One look is planned at a time, however many statements come and go meanwhile: it finds the one of its day.
    func expectAnswer(by due: ContinuousClock.Instant) {
        let isSooner = answer.withLock { answer in
            answer.due = due
            if let look = answer.look, look <= due { return false }
            answer.look = due
            return true
        }
        if isSooner { look(at: due) }
    }

    /// The answer was read.
    func endAnswer() { answer.withLock { $0.due = nil } }

    private func look(at time: ContinuousClock.Instant) {
        // Dispatch counts whole milliseconds, cut off.
        let wait = (time - .now).dispatchInterval
        Self.queue.asyncAfter(deadline: .now() + wait + .milliseconds(1)) { [weak self] in self?.look() }
    }

    private func look() {
        let next = answer.withLock { answer in
            answer.look = nil
            guard let due = answer.due else { return nil as ContinuousClock.Instant? }
            guard due <= .now else {
                answer.look = due
                return due
            }
            answer.isLate = true
            // Under the lock: an answer that is read a moment later must not find its connection broken by surprise.
            sever()
            return nil
        }
        if let next { look(at: next) }
    }
}
