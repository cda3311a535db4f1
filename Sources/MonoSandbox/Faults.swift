/// What goes wrong with a call.
enum FaultMode: Equatable, Sendable {
    /// An HTTP status from 400 to 599; 429 is a refusal with `Retry-After`, if the rule has one.
    case status(Int)
    /// The connection is reset before any byte of an answer.
    case reset
    /// No answer, ever; the connection stays open.
    case hang
    /// The head and half of the body, then the end of the connection.
    case truncated
    /// This status, 200 unless it is given, with a page for people, as proxies send it.
    case html(Int)
    /// 200 with a body that is no JSON.
    case garbage
    /// A proper answer about another account.
    case wrongAccount

    /// Reads a status number or `reset`, `hang`, `truncated`, `html`, `html_404` (and so on), `garbage`,
    /// `wrong_account`.
    init?(_ text: String) {
        switch text {
        case "reset": self = .reset
        case "hang": self = .hang
        case "truncated": self = .truncated
        case "html": self = .html(200)
        case "garbage": self = .garbage
        case "wrong_account": self = .wrongAccount
        default:
            let isPage = text.hasPrefix("html_")
            guard let status = Int(isPage ? text.dropFirst(5) : text[...]), (400...599).contains(status) else {
                return nil
            }
            self = isPage ? .html(status) : .status(status)
        }
    }
}

/// When and how calls go wrong.
struct FaultRule: Equatable, Sendable {
    var mode: FaultMode
    /// The kinds of call concerned; empty for all.
    var kinds: Set<CallKind> = []
    /// The rule strikes only the first so many calls that it concerns; nil for every call.
    var first: Int?
    /// The share of calls that go wrong.
    var rate = 1.0
    /// Seconds to wait, for a 429 or 503.
    var retryAfter: Double?
    /// `Retry-After` as a date instead of seconds.
    var retryAfterIsDate = false
    /// Whether Mono does what was asked although the answer is lost: decides what a repeated trigger would do.
    var takesEffect: Bool

    init(_ mode: FaultMode) {
        self.mode = mode
        takesEffect =
            switch mode {
            case .status: false
            case .html(let status): status == 200
            case .reset, .hang, .truncated, .garbage, .wrongAccount: true
            }
    }

    /// Reads a rule of the command line: `503:0.02` is 2 % of all calls, `429:0.02:2s` adds `Retry-After`.
    init?(option text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard (2...3).contains(parts.count), let mode = FaultMode(parts[0]), let rate = Double(parts[1]),
            (0...1).contains(rate)
        else { return nil }
        let wait = parts.count == 3 ? Seconds(parts[2]) : nil
        guard parts.count == 2 || wait != nil else { return nil }
        self.init(mode)
        self.rate = rate
        retryAfter = wait?.value
    }

    /// Whether the rule is about calls of this kind.
    func concerns(_ kind: CallKind) -> Bool { kinds.isEmpty || kinds.contains(kind) }
}

extension FaultRule: Decodable {
    private enum Key: String, CodingKey, CaseIterable {
        case mode, on, first, rate
        case retryAfter = "retry_after"
        case retryAfterIsDate = "retry_after_is_date"
        case takesEffect = "takes_effect"
    }

    init(from decoder: any Decoder) throws {
        let values = try decoder.strictContainer(keyedBy: Key.self)
        guard let mode = FaultMode(try values.decode(String.self, forKey: .mode)) else {
            throw DecodingError.dataCorruptedError(
                forKey: .mode, in: values,
                debugDescription:
                    "a status from 400 to 599, reset, hang, truncated, html, html_404 …, garbage or wrong_account")
        }
        self.init(mode)
        kinds = Set(try values.decodeIfPresent([CallKind].self, forKey: .on) ?? [])
        first = try values.decodeIfPresent(Int.self, forKey: .first)
        rate = try values.decodeIfPresent(Double.self, forKey: .rate) ?? rate
        retryAfterIsDate = try values.decodeIfPresent(Bool.self, forKey: .retryAfterIsDate) ?? retryAfterIsDate
        takesEffect = try values.decodeIfPresent(Bool.self, forKey: .takesEffect) ?? takesEffect
        guard (0...1).contains(rate) else {
            throw DecodingError.dataCorruptedError(
                forKey: .rate, in: values, debugDescription: "a share is between 0 and 1")
        }
        retryAfter = try values.decodeIfPresent(Seconds.self, forKey: .retryAfter)?.value
    }
}
