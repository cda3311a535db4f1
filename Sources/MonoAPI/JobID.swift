/// A realtime job's id: between 1 and 128 of `A-Z a-z 0-9 _ -`, so that it may go into a path.
struct JobID: Equatable, Sendable {
    /// The id as Mono prints it.
    let rawValue: String

    /// Accepts a well-formed job id and nothing else.
    init?(_ rawValue: String) {
        guard (1...128).contains(rawValue.utf8.count) else { return nil }
        let isWellFormed = rawValue.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F, 0x2D: true
            default: false
            }
        }
        guard isWellFormed else { return nil }
        self.rawValue = rawValue
    }
}
