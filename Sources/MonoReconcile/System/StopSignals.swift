import Dispatch
import Glibc

/// SIGTERM and SIGINT as calls instead of deaths.
///
/// Whatever hangs, the process ends within 5 s of the first one.
enum StopSignals {
    private static let patience = DispatchTimeInterval.milliseconds(4_500)

    /// Calls `handler` with the number of each signal.
    ///
    /// - Parameters:
    ///   - lastWords: What is said when the time is up and the process has not ended by itself.
    ///   - handler: Called on a queue of its own.
    static func install(lastWords: String, _ handler: @escaping @Sendable (Int32) -> Void) {
        let queue = DispatchQueue(label: "signals")
        for number in [SIGTERM, SIGINT] {
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler {
                handler(number)
                queue.asyncAfter(deadline: .now() + patience) {
                    Terminal.complain(lastWords)
                    Terminal.quit(128 + number)
                }
            }
            // The handler keeps the source, and the source its handler, for as long as the process lives.
            source.setCancelHandler { withExtendedLifetime(source) {} }
            source.activate()
        }
    }
}
