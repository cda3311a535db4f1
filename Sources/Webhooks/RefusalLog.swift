import Logging
import Synchronization

/// Log lines about what is not taken: at most one a minute for each reason, since senders repeat themselves.
final class RefusalLog: Sendable {
    private struct Quiet {
        let until: ContinuousClock.Instant
        var unsaid = 0
    }

    private static let pause = Duration.seconds(60)

    private let logger: Logger
    private let now: @Sendable () -> ContinuousClock.Instant
    private let quiet = Mutex<[Refusal: Quiet]>([:])

    init(_ logger: Logger, now: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }) {
        self.logger = logger
        self.now = now
    }

    /// Logs one refused request, or counts it for the next line of its reason.
    ///
    /// - Parameters:
    ///   - refusal: The reason.
    ///   - what: More about this one; nothing that a stranger could choose freely.
    ///   - metadata: The same.
    func note(_ refusal: Refusal, _ what: String? = nil, metadata: Logger.Metadata = [:]) {
        let now = now()
        let unsaid: Int? = quiet.withLock { quiet in
            if let last = quiet[refusal], now < last.until {
                quiet[refusal]?.unsaid += 1
                return nil
            }
            defer { quiet[refusal] = Quiet(until: now + Self.pause) }
            return quiet[refusal]?.unsaid ?? 0
        }
        guard let unsaid else { return }
        let detail = what.map { ": \($0)" } ?? ""
        logger.log(
            level: refusal.level, "\(refusal.sentence); \(unsaid) more since the last such line\(detail)",
            metadata: metadata)
    }
}
