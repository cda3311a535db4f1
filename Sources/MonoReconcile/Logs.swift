import Logging
import Reconciliation

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
        let fields = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
        switch format {
        case .text:
            let tail = fields.map { " \($0.key)=\($0.value)" }.joined()
            Terminal.note("\(event.level) \(event.message)\(tail)\n".onOneLine)
        case .json:
            var members = [("level", event.level.rawValue), ("message", event.message.description)]
            members += fields.map { ($0.key, $0.value.description) }
            let text = members.map { "\(Self.quoted($0.0)):\(Self.quoted($0.1))" }.joined(separator: ",")
            Terminal.note("{\(text)}\n")
        }
    }

    private static func quoted(_ text: String) -> String {
        var json = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": json += "\\\""
            case "\\": json += "\\\\"
            case "\u{0}"..."\u{1F}": json += " "
            default: json.unicodeScalars.append(scalar)
            }
        }
        return json + "\""
    }
}

extension String {
    /// All line breaks but the last one as blanks.
    fileprivate var onOneLine: String {
        split(whereSeparator: \.isNewline).joined(separator: " ") + "\n"
    }
}
