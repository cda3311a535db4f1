import Postgres
package import Reconciliation

extension AccountID: PostgresArrayElement, PostgresDecodable {
    package var postgresText: String? { rawValue }
    package static var postgresArrayCast: StaticString { "text[]" }
    package static var postgresTypeName: String { "an Account ID" }
    package init?(postgresText: String) { self.init(postgresText) }
}

extension Outcome: PostgresArrayElement {
    package var postgresText: String? { rawValue }
    package static var postgresArrayCast: StaticString { "text[]" }
}

extension Reason: PostgresDecodable {
    package static var postgresTypeName: String { "a reason" }
    package init?(postgresText: String) { self.init(rawValue: postgresText) }
}

extension RunKind: PostgresDecodable {
    package static var postgresTypeName: String { "a kind of run" }
    package init?(postgresText: String) { self.init(rawValue: postgresText) }
}

extension Row {
    /// A word of a vocabulary; nil for null, and for a word of a later version of this program.
    func word<Word: RawRepresentable>(_ name: String) throws(PostgresError) -> Word? where Word.RawValue == String {
        let text: String? = try self[name]
        return text.flatMap { Word(rawValue: $0) }
    }
}
