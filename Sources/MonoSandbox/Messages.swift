/// A request as the sandbox sees it.
struct Request: Equatable, Sendable {
    /// In capitals.
    var method: String
    /// With the query, if there is one.
    var target: String
    /// Names in small letters.
    var headers: [String: String] = [:]
    var body: [UInt8] = []
}

/// What the sandbox does about a request.
struct Answer: Sendable {
    /// How the connection misbehaves; everything else about a fault is in the answer itself.
    enum ConnectionFault: Equatable, Sendable {
        case reset, hang, truncated
    }

    var status = 200
    /// Besides `Content-Type` and `Content-Length`.
    var headers: [(name: String, value: String)] = []
    var contentType = "application/json"
    var body: String
    /// Seconds until the answer goes out.
    var delay = 0.0
    var fault: ConnectionFault?

    init(status: Int = 200, _ body: JSON) {
        self.status = status
        self.body = body.text
    }

    /// The value of a header, by its name in small letters.
    func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }

    /// Mono's envelope around a failure.
    static func failure(_ status: Int, _ message: String) -> Answer {
        Answer(status: status, ["status": "failed", "message": .string(message), "data": nil])
    }
}

/// An event that is due at Mono's customer, the business.
struct Webhook: Equatable, Sendable {
    /// Seconds since the start.
    var due: Double
    var account: String
    var event: String
    var body: String
}

/// The result of one request: the answer, the events that follow, and the entry in the call log.
struct Reply: Sendable {
    var answer: Answer
    /// Events on their way: lost events are not among them, duplicates are.
    var webhooks: [Webhook] = []
    /// When the sync ends that the request began; nil without one, or when it never ends.
    var syncEnd: Double?
    /// Nil for the sandbox's own pages: Mono would not bill them.
    var call: Call?
}

/// What a call is for.
enum CallKind: String, Sendable, CaseIterable, Codable {
    case details, trigger, job, reauth, auth, other
}

/// One call of the API, for the log.
struct Call: Sendable {
    /// Seconds since the start.
    var time: Double
    var method: String
    var path: String
    var account: String?
    var kind: CallKind
    /// 0 when no answer is sent.
    var status: Int
    var generation: Generation
    /// Seconds until the sync ends that the call began; nil without one, or when it never ends.
    var syncSeconds: Double?

    /// The call as one object of the log.
    func json(epoch: Double) -> JSON {
        [
            "t": .number(time), "unix": .number(epoch + time), "method": .string(method), "path": .string(path),
            "account": JSON(account), "kind": .string(kind.rawValue), "status": .integer(status),
            "api": .string(generation.rawValue), "takes": syncSeconds.map(JSON.number) ?? .null,
        ]
    }
}
