import Logging
import Synchronization

/// A log whose lines a test reads.
final class LogCatcher: Sendable {
    struct Line: Equatable, Sendable {
        var level: Logger.Level
        var message: String
        var fields: [String: String]
    }

    private let taken = Mutex<[Line]>([])
    private let (stream, continuation) = AsyncStream<Line>.makeStream()

    var lines: [Line] { taken.withLock { $0 } }

    /// The next lines, as they come.
    func next(_ count: Int) async -> [Line] {
        var lines: [Line] = []
        for await line in stream {
            lines.append(line)
            if lines.count == count { break }
        }
        return lines
    }

    func logger(_ level: Logger.Level) -> Logger {
        Logger(label: "test") { _ in Handler(catcher: self, logLevel: level) }
    }

    private struct Handler: LogHandler {
        let catcher: LogCatcher
        var logLevel: Logger.Level
        var metadata: Logger.Metadata = [:]

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let fields = metadata.merging(event.metadata ?? [:]) { $1 }.mapValues(\.description)
            let line = Line(level: event.level, message: event.message.description, fields: fields)
            catcher.taken.withLock { $0.append(line) }
            catcher.continuation.yield(line)
        }
    }
}
