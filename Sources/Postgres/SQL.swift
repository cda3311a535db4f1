/// A statement: text fixed at compile time, and values bound to `$1`, `$2` and so on.
///
///     let page: SQL = "select id from accounts where id > \(after) order by id limit \(limit)"
///
/// Interpolated values are never spliced into the text. A run-time `String` cannot become SQL text: the literal parts
/// are `StaticString`s, and the one way to name an object known at run time is `\(identifier:)`, which quotes it. Another
/// `SQL` can be interpolated; its parameters are numbered anew.
package struct SQL: ExpressibleByStringInterpolation, Sendable {
    fileprivate enum Piece: Sendable {
        case text(StaticString)
        case identifier(String)
        case parameter(text: String?, cast: StaticString?)
    }

    fileprivate var pieces: [Piece]

    /// A statement without parameters.
    package init(stringLiteral value: StaticString) {
        pieces = [.text(value)]
    }

    /// A statement with its values.
    package init(stringInterpolation: Interpolation) {
        pieces = stringInterpolation.pieces
    }

    /// Collects the pieces of an interpolated statement.
    package struct Interpolation: StringInterpolationProtocol, Sendable {
        fileprivate var pieces: [Piece] = []

        /// Makes room for the pieces.
        package init(literalCapacity: Int, interpolationCount: Int) {
            pieces.reserveCapacity(2 * interpolationCount + 1)
        }

        /// Appends text fixed at compile time.
        package mutating func appendLiteral(_ literal: StaticString) {
            pieces.append(.text(literal))
        }

        /// Binds a value; nil is null.
        package mutating func appendInterpolation<Value: PostgresEncodable>(_ value: Value?) {
            pieces.append(.parameter(text: value?.postgresText, cast: Value.postgresCast))
        }

        /// Inserts another statement's text and values.
        package mutating func appendInterpolation(_ fragment: SQL) {
            pieces += fragment.pieces
        }

        /// Inserts the quoted name of a table, channel or other object.
        package mutating func appendInterpolation(identifier: String) {
            pieces.append(.identifier(identifier))
        }
    }

    /// The compiler cannot infer the association from the name `Interpolation` alone.
    package typealias StringInterpolation = Interpolation

    /// The text with `$n` for the values, and the values' text.
    func rendered() -> (text: String, parameters: [String?]) {
        var text = ""
        var parameters: [String?] = []
        for piece in pieces {
            switch piece {
            case .text(let literal): text += literal.description
            case .identifier(let name): text += Self.quoted(identifier: name)
            case .parameter(let value, let cast):
                parameters.append(value)
                text += "$\(parameters.count)"
                if let cast { text += "::\(cast)" }
            }
        }
        return (text, parameters)
    }

    /// Quotes a name, so that nothing in it is taken for syntax.
    static func quoted(identifier: String) -> String {
        var quoted = "\""
        for scalar in identifier.unicodeScalars {
            if scalar == "\"" { quoted.unicodeScalars.append("\"") }
            quoted.unicodeScalars.append(scalar)
        }
        return quoted + "\""
    }
}
