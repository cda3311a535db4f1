import Logging
import Synchronization

/// Log lines about events that the database refuses: at most one a minute, since Mono repeats them.
final class RefusalLog: Sendable {
    private struct State {
        var nextAt: ContinuousClock.Instant?
        var unsaid = 0
    }

    private static let pause = Duration.seconds(60)

    private let logger: Logger
    private let now: @Sendable () -> ContinuousClock.Instant
    private let state = Mutex(State())

    init(_ logger: Logger, now: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }) {
        self.logger = logger
        self.now = now
    }

    /// Logs one refused event, or counts the event for the next line.
    func note(_ why: String, _ cut: PayloadCut) {
        let now = now()
        let unsaid: Int? = state.withLock { state in
            if let nextAt = state.nextAt, now < nextAt {
                state.unsaid += 1
                return nil
            }
            defer { state = State(nextAt: now + Self.pause) }
            return state.unsaid
        }
        guard let unsaid else { return }
        logger.warning(
            "the database refuses an event; it is answered with 503; \(unsaid) more since the last such line: \(why)",
            metadata: ["event": "\(cut.event)", "payload_sha256": "\(cut.digest)"])
    }
}
