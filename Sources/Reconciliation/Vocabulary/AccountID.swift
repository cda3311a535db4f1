import Text

/// A bank account linked through Mono, known by its permanent Account ID.
///
/// Between 1 and 64 of `A-Z a-z 0-9 _ -`; nothing else ever reaches a URL path, a query or a report.
package struct AccountID: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The id as Mono prints it.
    package let rawValue: String

    /// Accepts a well-formed Account ID and nothing else.
    package init?(_ rawValue: String) {
        guard Identifier.isWellFormed(rawValue) else { return nil }
        self.rawValue = rawValue
    }

    package var description: String { rawValue }

    /// Orders by UTF-8 bytes, as the report does.
    package static func < (left: Self, right: Self) -> Bool {
        left.rawValue.utf8.lexicographicallyPrecedes(right.rawValue.utf8)
    }
}
