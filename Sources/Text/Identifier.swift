/// The syntax of Mono's ids: `A-Z a-z 0-9 _ -`, so that an id may stand in a path, a query, a file and a log.
package enum Identifier {
    /// The longest Account ID.
    package static let accountLimit = 64

    /// Whether a text has at least one and at most `limit` characters, all of them allowed in an id.
    package static func isWellFormed(_ text: String, limit: Int = accountLimit) -> Bool {
        (1...limit).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F, 0x2D: true
                default: false
                }
            }
    }
}
