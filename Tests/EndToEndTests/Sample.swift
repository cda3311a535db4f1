/// An account of a test: how the sandbox shows it, and what our database thinks of it.
struct Sample: Encodable, Sendable {
    /// Calls of an account that go wrong; see the sandbox's help.
    struct Fault: Encodable, Sendable {
        var mode: String
        var on: [String]
        var first: Int?
        var retryAfter: String?

        init(_ mode: String, on kinds: [String], first: Int? = nil, retryAfter: String? = nil) {
            self.mode = mode
            on = kinds
            self.first = first
            self.retryAfter = retryAfter
        }

        private enum CodingKeys: String, CodingKey {
            case mode, on, first
            case retryAfter = "retry_after"
        }
    }

    var id: String
    var script: String
    var hadData = false
    var isFlagged = false
    var isAwaiting = true
    var canReauthorise = true
    var latency = "100ms"
    var holder = "Test Holder"
    var faults: [Fault] = []

    init(
        _ id: String, _ script: String, hadData: Bool = false, flagged: Bool = false, awaiting: Bool = true,
        faults: [Fault] = []
    ) {
        self.id = id
        self.script = script
        self.hadData = hadData
        isFlagged = flagged
        isAwaiting = awaiting
        self.faults = faults
    }

    private enum CodingKeys: String, CodingKey {
        case id, script, latency, holder, faults
        case hadData = "had_data"
        case isFlagged = "flagged"
        case isAwaiting = "awaiting"
        case canReauthorise = "can_reauthorise"
    }

    /// So many equal accounts, `name-1`, `name-2`, ….
    static func many(_ count: Int, _ name: String, _ script: String, faults: [Fault] = []) -> [Sample] {
        (1...count).map { Sample("\(name)-\($0)", script, faults: faults) }
    }

    /// Neither stuck nor flagged.
    static func healthy(_ id: String) -> Sample { Sample(id, "available", hadData: true, awaiting: false) }
}

extension Sample.Fault {
    /// Every read of the account's details never ends.
    static let hangingDetails = Self("hang", on: ["details"])
    /// Every answer about the account is a page for people.
    static let pageForDetails = Self("html", on: ["details"])
}
