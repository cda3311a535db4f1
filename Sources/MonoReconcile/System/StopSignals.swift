import Dispatch
import Platform

/// An end within 5 s of the first SIGTERM or SIGINT, whatever hangs.
enum StopSignals {
    /// When the last words are said and the process is ended in good order.
    private static let patience = DispatchTimeInterval.milliseconds(4_500)
    /// When it is ended in any case: even if a lock, a thread or a file hangs that the good order needs.
    private static let lastResort = Duration.milliseconds(4_800)

    /// Calls `handler` with the number of each signal.
    ///
    /// - Parameters:
    ///   - lastWords: Said when the time is up and the process has not ended by itself.
    ///   - handler: Called on a queue of its own.
    static func install(lastWords: String, _ handler: @escaping @Sendable (Int32) -> Void) {
        let queue = DispatchQueue(label: "signals")
        StopRequests.handle(on: queue) { number in
            LastResort.exit(after: lastResort, because: number)
            handler(number)
            queue.asyncAfter(deadline: .now() + patience) {
                Terminal.complain(lastWords)
                Terminal.quit(128 + number)
            }
        }
    }
}
