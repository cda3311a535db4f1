import Reconciliation
import Synchronization

/// Keeps a signal until somebody can act on it.
final class SignalBox: Sendable {
    private struct State {
        var signal: Int32?
        var handler: (@Sendable (Int32) -> Void)?
    }

    private let state = Mutex(State())

    /// A signal came.
    func raise(_ signal: Int32) {
        let handler = state.withLock { state in
            state.signal = state.signal ?? signal
            return state.handler
        }
        handler?(signal)
    }

    /// Calls `handler` at the next signal, or now if one came before.
    func onStop(_ handler: @escaping @Sendable (Int32) -> Void) {
        let signal = state.withLock { state in
            state.handler = handler
            return state.signal
        }
        if let signal { handler(signal) }
    }

    /// The first signal, if one came.
    var signal: Int32? { state.withLock { $0.signal } }

    /// The same as the reason for a run's end.
    var reason: StopReason? { signal.map { .interrupted(signal: $0) } }
}
