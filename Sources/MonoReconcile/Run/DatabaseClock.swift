import Ledger
import Postgres
import Reconciliation
import Synchronization

/// The database's clock, told without asking: an offset to this machine's monotonic clock.
///
/// The offset comes from the quickest of several answers. The clock goes back only when the database's was moved.
final class DatabaseClock: Sendable {
    private struct State {
        /// The database's time at `origin` of the monotonic clock.
        var base: Timestamp
        var last: Timestamp
    }

    /// A measured difference above this and the measurement's own doubt is no drift: somebody moved the clock.
    private static let drift = Duration.seconds(1)

    private let origin: ContinuousClock.Instant
    private let state: Mutex<State>

    /// A clock that shows `base` now.
    init(base: Timestamp) {
        origin = .now
        state = Mutex(State(base: base, last: base))
    }

    /// The time now.
    var now: Timestamp {
        let elapsed = ContinuousClock.now - origin
        return state.withLock { state in
            state.last = max(state.last, state.base.advanced(by: elapsed))
            return state.last
        }
    }

    /// Asks the database `samples` times and keeps the quickest answer's offset.
    ///
    /// - Returns: How far the database's clock was moved; zero where it only drifted.
    func adjust(by reader: LedgerReader, samples: Int = 5) async throws(PostgresError) -> Duration {
        var best: (trip: Duration, base: Timestamp)?
        for _ in 0..<samples {
            let sent = ContinuousClock.now
            let told = try await reader.clock()
            let received = ContinuousClock.now
            let trip = received - sent
            guard best.map({ trip < $0.trip }) ?? true else { continue }
            let elapsed = (sent + trip / 2) - origin
            best = (trip, told.advanced(by: .zero - elapsed))
        }
        guard let best else { return .zero }
        return state.withLock { state in
            let change = best.base.since(state.base)
            state.base = best.base
            guard max(change, .zero - change) > Self.drift + best.trip else { return .zero }
            state.last = best.base
            return change
        }
    }
}
