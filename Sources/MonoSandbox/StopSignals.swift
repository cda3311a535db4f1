import Dispatch
import Glibc

/// SIGTERM and SIGINT as a sequence instead of an end, for as long as this lives.
final class StopSignals {
    /// The numbers of the signals as they come.
    let numbers: AsyncStream<Int32>
    private let sources: [any DispatchSourceSignal]

    /// Takes both signals over for the rest of the process.
    init() {
        let (numbers, continuation) = AsyncStream.makeStream(of: Int32.self)
        self.numbers = numbers
        sources = [SIGTERM, SIGINT].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number)
            source.setEventHandler { continuation.yield(number) }
            source.resume()
            return source
        }
    }

    deinit {
        for source in sources { source.cancel() }
    }
}
