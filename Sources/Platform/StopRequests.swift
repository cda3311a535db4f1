package import Dispatch
internal import Glibc

/// SIGTERM and SIGINT as calls instead of deaths.
package enum StopRequests {
    /// Calls `handler` with the number of each such signal, for the rest of the process's life.
    ///
    /// - Parameters:
    ///   - queue: Where the handler is called.
    ///   - handler: Called once for each signal.
    package static func handle(
        on queue: DispatchQueue = DispatchQueue(label: "signals"), _ handler: @escaping @Sendable (Int32) -> Void
    ) {
        for number in [SIGTERM, SIGINT] {
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler { handler(number) }
            // The handler keeps the source, and the source its handler, for as long as the process lives.
            source.setCancelHandler { withExtendedLifetime(source) {} }
            source.activate()
        }
    }
}
