import Logging
import Reconciliation
import Reports
import Text

/// Log lines on standard error, as text or as JSON with stable field names.
struct LogLines: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level
    let format: RunSettings.LogFormat

    init(level: Logger.Level, format: RunSettings.LogFormat) {
        logLevel = level
        self.format = format
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let fields = metadata.merging(event.metadata ?? [:]) { $1 }
        Terminal.note(Self.line(format, WallClock.now, event.level, event.message.description, fields))
    }

    /// One line with its end.
    ///
    /// Time (UTC), level and message come first, then the event's own fields by name; in JSON all values are texts.
    static func line(
        _ format: RunSettings.LogFormat, _ time: Timestamp, _ level: Logger.Level, _ message: String,
        _ metadata: Logger.Metadata
    ) -> String {
        let fields = metadata.sorted { $0.key < $1.key }
        switch format {
        case .text:
            let tail = fields.map { " \($0.key)=\($0.value)" }.joined()
            return "\(time.rfc3339) \(level) \(message)\(tail)".onOneLine.printable(limit: .max) + "\n"
        case .json:
            var members = [("time", time.rfc3339), ("level", level.rawValue), ("message", message)]
            members += fields.map { ($0.key, $0.value.description) }
            let text = members.map { "\(JSONText.quoted($0.0)):\(JSONText.quoted($0.1))" }.joined(separator: ",")
            return "{\(text)}\n"
        }
    }
}

extension String {
    /// All line breaks as blanks.
    fileprivate var onOneLine: String { split(whereSeparator: \.isNewline).joined(separator: " ") }
}
