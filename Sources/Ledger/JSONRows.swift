import Postgres
import Reconciliation
import Text

/// The rows of a batch, as the one `jsonb` parameter that `jsonb_to_recordset` reads by the fields' names.
struct JSONRows: PostgresEncodable {
    /// A row's fields with their names; a field without a value is null.
    typealias Fields = [(name: StaticString, value: (any JSONValue)?)]

    private var text = "["

    init<Element>(_ elements: some Sequence<Element>, _ fields: (Element) -> Fields) {
        for element in elements {
            if text.utf8.count > 1 { text += "," }
            append(fields(element))
        }
        text += "]"
    }

    var postgresText: String? { text }
    static var postgresCast: StaticString? { "jsonb" }

    private mutating func append(_ fields: Fields) {
        text += "{"
        var isFirst = true
        for (name, value) in fields {
            guard let value else { continue }
            text += isFirst ? "\"" : ",\""
            isFirst = false
            text += name.description
            text += "\":"
            value.append(to: &text)
        }
        text += "}"
    }
}

/// A value that can stand in a field of ``JSONRows``.
protocol JSONValue {
    /// Appends the value's JSON.
    func append(to text: inout String)
}

extension String: JSONValue {
    /// Quoted; NUL, which `jsonb` cannot hold, becomes a blank.
    func append(to text: inout String) {
        guard utf8.contains(0) else { return text += JSONText.quoted(self) }
        text += JSONText.quoted(String(String.UnicodeScalarView(unicodeScalars.map { $0 == "\u{0}" ? " " : $0 })))
    }
}

extension Bool: JSONValue {
    func append(to text: inout String) { text += self ? "true" : "false" }
}

extension Int: JSONValue {
    func append(to text: inout String) { text += String(self) }
}

/// An array of numbers; nil is null.
struct JSONNumbers: JSONValue {
    private let texts: [String]

    init(_ numbers: some Sequence<Int?>) { texts = numbers.map { $0.map { String($0) } ?? "null" } }

    init(_ numbers: some Sequence<Double>) { texts = numbers.map { String($0) } }

    func append(to text: inout String) { text += "[\(texts.joined(separator: ","))]" }
}

extension Double: JSONValue {
    func append(to text: inout String) { text += String(self) }
}

extension Timestamp: JSONValue {
    func append(to text: inout String) { (postgresText ?? "").append(to: &text) }
}

extension AccountID: JSONValue {
    func append(to text: inout String) { rawValue.append(to: &text) }
}

/// A case's steps: what `reconciliation_cases.steps` holds.
extension [Step]: JSONValue {
    /// An array of `[seconds, name, what was said]`; control characters become blanks.
    func append(to text: inout String) {
        text += "["
        for (index, step) in enumerated() {
            text += index == 0 ? "[" : ",["
            text += "\(step.seconds),"
            Self.plain(step.name.stored).append(to: &text)
            text += ","
            Self.plain(step.said.words).append(to: &text)
            text += "]"
        }
        text += "]"
    }

    private static func plain(_ text: String) -> String {
        let isControl = { (scalar: Unicode.Scalar) in scalar.value < 0x20 || scalar.value == 0x7F }
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        var plain = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { plain.append(isControl(scalar) ? " " : scalar) }
        return String(plain)
    }
}
