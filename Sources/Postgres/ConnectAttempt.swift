import CLibPQ
import Dispatch
import Synchronization

/// One attempt to connect, on a thread of its own, that its waiter can give up at any time.
///
/// libpq's blocking call goes through all hosts and addresses with its own limit for each, and cannot be interrupted. An
/// attempt given up goes on in the background until that limit and then closes what it got.
final class ConnectAttempt: Sendable {
    private enum State {
        case waiting
        case connected(PendingConnection)
        case abandoned
        case taken
    }

    /// A connection between the thread that made it and the one that will use it.
    @safe
    private struct PendingConnection: @unchecked Sendable {
        // Only one thread has it at any time: the mutex hands it over.
        let pointer: OpaquePointer
    }

    private let state = Mutex(State.waiting)
    private let changed = DispatchSemaphore(value: 0)

    /// Starts to connect.
    init(_ parameters: [String: String]) {
        DispatchQueue(label: "postgres.connect").async { [self] in
            finish(Self.connect(parameters))
        }
    }

    /// Wakes the waiter, who then throws `cancelled`.
    func abandon() {
        let isWaiting = state.withLock { state in
            guard case .waiting = state else { return false }
            state = .abandoned
            return true
        }
        if isWaiting { changed.signal() }
    }

    /// Blocks until connected, abandoned or the deadline has passed.
    func wait(deadline: Duration) throws(PostgresError) -> Connection {
        let isInTime = changed.wait(timeout: .now() + deadline.dispatchInterval) == .success
        let pending = state.withLock { state -> PendingConnection? in
            guard case .connected(let pending) = state else {
                state = .abandoned
                return nil
            }
            state = .taken
            return pending
        }
        if let pending { return try unsafe Connection(adopting: pending.pointer) }
        guard isInTime else {
            throw PostgresError(.connectionFailed, "no server answered within \(deadline)")
        }
        throw Interruption.cancelled
    }

    private func finish(_ pending: PendingConnection) {
        let isWanted = state.withLock { state in
            guard case .waiting = state else { return false }
            state = .connected(pending)
            return true
        }
        if isWanted {
            changed.signal()
        } else {
            unsafe PQfinish(pending.pointer)
        }
    }

    private static func connect(_ parameters: [String: String]) -> PendingConnection {
        let pairs = Array(parameters)
        let connection = unsafe withCStrings(pairs.map(\.key) + [nil]) { keywords in
            unsafe withCStrings(pairs.map(\.value) + [nil]) { values in
                unsafe PQconnectdbParams(keywords.baseAddress, values.baseAddress, 0)
            }
        }
        guard let connection = unsafe connection else { preconditionFailure("out of memory in libpq") }
        return unsafe PendingConnection(pointer: connection)
    }
}

extension Duration {
    /// The same span for Dispatch, capped at a day.
    var dispatchInterval: DispatchTimeInterval {
        let capped = max(.zero, min(self, .seconds(86_400)))
        let (seconds, attoseconds) = capped.components
        return .milliseconds(Int(seconds * 1_000 + attoseconds / 1_000_000_000_000_000))
    }
}
