/// A value that can be bound to a parameter of a statement.
package protocol PostgresEncodable: Sendable {
    /// PostgreSQL's text form of the value; nil is null.
    var postgresText: String? { get }

    /// The type the parameter is cast to, such as `text[]`; nil lets the server infer it from the statement.
    static var postgresCast: StaticString? { get }
}

extension PostgresEncodable {
    package static var postgresCast: StaticString? { nil }
}

/// A value that can stand in a one-dimensional PostgreSQL array.
package protocol PostgresArrayElement: PostgresEncodable {
    /// The type of an array of such values, such as `text[]`.
    static var postgresArrayCast: StaticString { get }
}

/// A value that can be read from a column.
package protocol PostgresDecodable {
    /// What the value is called in an error message.
    static var postgresTypeName: String { get }

    /// Reads PostgreSQL's text form; nil when the text is not of this type.
    init?(postgresText: String)

    /// What null is read as; nil where null is an error.
    static var postgresNull: Self? { get }
}

extension PostgresDecodable {
    package static var postgresNull: Self? { nil }
}

extension Optional: PostgresDecodable where Wrapped: PostgresDecodable {
    package static var postgresTypeName: String { Wrapped.postgresTypeName }
    package static var postgresNull: Self? { .some(.none) }
    package init?(postgresText: String) {
        guard let value = Wrapped(postgresText: postgresText) else { return nil }
        self = .some(value)
    }
}

extension String: PostgresArrayElement, PostgresDecodable {
    package var postgresText: String? { self }
    package static var postgresArrayCast: StaticString { "text[]" }
    package static var postgresTypeName: String { "text" }
    package init?(postgresText: String) { self = postgresText }
}

extension Int: PostgresArrayElement, PostgresDecodable {
    package var postgresText: String? { String(self) }
    package static var postgresArrayCast: StaticString { "bigint[]" }
    package static var postgresTypeName: String { "an integer" }
    package init?(postgresText: String) { self.init(postgresText) }
}

extension Int64: PostgresArrayElement, PostgresDecodable {
    package var postgresText: String? { String(self) }
    package static var postgresArrayCast: StaticString { "bigint[]" }
    package static var postgresTypeName: String { "an integer of 64 bits" }
    package init?(postgresText: String) { self.init(postgresText) }
}

extension Double: PostgresArrayElement, PostgresDecodable {
    package var postgresText: String? {
        if isNaN { return "NaN" }
        if isInfinite { return self < 0 ? "-Infinity" : "Infinity" }
        return String(self)
    }
    package static var postgresArrayCast: StaticString { "double precision[]" }
    package static var postgresTypeName: String { "a number" }
    package init?(postgresText: String) { self.init(postgresText) }
}

extension Bool: PostgresArrayElement, PostgresDecodable {
    package var postgresText: String? { self ? "true" : "false" }
    package static var postgresArrayCast: StaticString { "boolean[]" }
    package static var postgresTypeName: String { "a boolean" }
    package init?(postgresText: String) {
        switch postgresText {
        case "t": self = true
        case "f": self = false
        default: return nil
        }
    }
}

extension Optional: PostgresEncodable where Wrapped: PostgresEncodable {
    package var postgresText: String? { self?.postgresText }
    package static var postgresCast: StaticString? { Wrapped.postgresCast }
}

extension Optional: PostgresArrayElement where Wrapped: PostgresArrayElement {
    package static var postgresArrayCast: StaticString { Wrapped.postgresArrayCast }
}

/// A duration is an interval, to the microsecond.
extension Duration: PostgresEncodable, PostgresDecodable {
    package var postgresText: String? {
        let (seconds, attoseconds) = components
        let microseconds = abs(attoseconds / 1_000_000_000_000)
        let sign = seconds < 0 || attoseconds < 0 ? "-" : ""
        return "\(sign)\(abs(seconds)).\(String(microseconds + 1_000_000).dropFirst()) seconds"
    }
    package static var postgresCast: StaticString? { "interval" }
    package static var postgresTypeName: String { "a length of time without months" }

    /// Reads `[N days ][-]hh:mm:ss[.ffffff]`, the style of every connection.
    package init?(postgresText: String) {
        var days: Int64 = 0
        var rest = postgresText[...]
        if let word = rest.firstRange(of: " day") {
            guard let number = Int64(rest[..<word.lowerBound]) else { return nil }
            days = number
            rest = rest[word.upperBound...].drop { $0 == "s" || $0 == " " }
            if rest.isEmpty { rest = "00:00:00" }
        }
        let isNegative = rest.hasPrefix("-")
        let parts = rest.drop { $0 == "-" || $0 == "+" }.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 3, let hours = Int64(parts[0]), let minutes = Int64(parts[1]),
            let seconds = Double(parts[2])
        else { return nil }
        let microseconds = (hours * 3_600 + minutes * 60) * 1_000_000 + Int64((seconds * 1_000_000).rounded())
        self = .seconds(days * 86_400) + .microseconds(isNegative ? -microseconds : microseconds)
    }
}

/// An array is one parameter with an explicit cast, for `any(…)` and `unnest(…)`.
extension Array: PostgresEncodable where Element: PostgresArrayElement {
    package var postgresText: String? { ArrayLiteral.text(lazy.map(\.postgresText)) }
    package static var postgresCast: StaticString? { Element.postgresArrayCast }
}
