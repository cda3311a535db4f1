import Text

/// A realtime job's id: between 1 and 128 of `A-Z a-z 0-9 _ -`, so that it may go into a path.
struct JobID: Equatable, Sendable {
    /// The id as Mono prints it.
    let rawValue: String

    /// Accepts a well-formed job id and nothing else.
    init?(_ rawValue: String) {
        guard Identifier.isWellFormed(rawValue, limit: 128) else { return nil }
        self.rawValue = rawValue
    }
}
