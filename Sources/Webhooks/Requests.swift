import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import Synchronization
import Text

/// Answers requests, one at a time for each connection.
final class Requests: Sendable {
    /// An answer before it is written.
    private struct Answer {
        var status: HTTPResponse.Status
        var text: String
        var headers: HTTPFields = [:]
        /// Whether nothing of this request is left to be read.
        var isRead = false
    }

    private enum Body {
        case whole([UInt8])
        case tooLarge
        case tooMany
    }

    private static let secretHeader = HTTPField.Name("mono-webhook-secret")
    /// Mono's own schedule is not known; a sender that heeds this comes back when a restart is over.
    private static let retryAfter: HTTPFields = [.retryAfter: "10"]

    private let secret: WebhookSecret
    private let limits: ListenLimits
    private let logger: Logger
    private let refusals: RefusalLog
    private let queue: EventQueue
    private let readiness: Readiness
    /// Bytes of all bodies in memory.
    private let bodies = Mutex(0)

    init(
        secret: WebhookSecret, limits: ListenLimits, logger: Logger, refusals: RefusalLog, queue: EventQueue,
        readiness: Readiness
    ) {
        self.secret = secret
        self.limits = limits
        self.logger = logger
        self.refusals = refusals
        self.queue = queue
        self.readiness = readiness
    }

    /// Answers one request.
    @Sendable @concurrent
    func respond(to request: Request, writer: consuming ResponseWriter, channel: any Channel) async throws {
        var answer = try await answer(to: request, writer)
        let announces = request.headers[.contentLength].map { $0 != "0" } ?? request.headers.contains(.transferEncoding)
        if announces, !answer.isRead { answer.headers[.connection] = "close" }
        let body = ByteBuffer(string: answer.text + "\n")
        answer.headers[.contentType] = "text/plain; charset=utf-8"
        answer.headers[.contentLength] = String(body.readableBytes)
        let head = HTTPResponse(status: answer.status, headerFields: answer.headers)
        let isHead = request.method == .head
        try await writer.write(response: head, body: isHead ? ResponseBody() : ResponseBody(byteBuffer: body))
    }

    @concurrent
    private func answer(to request: Request, _ writer: borrowing ResponseWriter) async throws -> Answer {
        switch (Address(path: request.uri.path), request.method) {
        case (.events, .post): return try await takeEvent(request, writer)
        case (.events, let method):
            refusals.note(.wrongMethod, Self.common.contains(method) ? method.rawValue : nil)
            return Answer(
                status: .methodNotAllowed,
                text: "POST only: Mono sends its webhooks here; GET /readyz tells whether one could be recorded now",
                headers: [.allow: "POST"])
        case (.health, .get), (.health, .head): return Answer(status: .ok, text: "alive")
        case (.readiness, .get), (.readiness, .head):
            return await readiness.answer()
                ? Answer(status: .ok, text: "ready")
                : Answer(status: .serviceUnavailable, text: "no event could be recorded now", headers: Self.retryAfter)
        case (.health, _), (.readiness, _):
            return Answer(status: .methodNotAllowed, text: "GET only", headers: [.allow: "GET, HEAD"])
        case (nil, let method):
            let isEvent = method == .post && wrongSecret(in: request.headers) == nil
            refusals.note(isEvent ? .eventElsewhere : .unknownPath, Address.shown(request.uri.path))
            return Answer(status: .notFound, text: "not found; webhooks go to POST /webhooks/mono")
        }
    }

    /// Other names of methods are a stranger's own words.
    private static let common: Set<HTTPRequest.Method> = [.get, .head, .put, .patch, .delete, .options]

    /// What is wrong with the secret of a request; nil if it is the right one.
    private func wrongSecret(in headers: HTTPFields) -> Refusal? {
        guard let name = Self.secretHeader else { return .noSecret }
        let values = headers[values: name]
        guard let value = values.first, !values.allSatisfy(\.isEmpty) else { return .noSecret }
        guard values.count == 1 else { return .severalSecrets }
        return secret.isEqual(to: value) ? nil : .wrongSecret
    }

    /// The secret is looked at first: strangers' bodies are not read.
    @concurrent
    private func takeEvent(_ request: Request, _ writer: borrowing ResponseWriter) async throws -> Answer {
        if let wrong = wrongSecret(in: request.headers) {
            refusals.note(wrong)
            return Answer(status: .unauthorized, text: "wrong or missing mono-webhook-secret")
        }
        if let encoding = ContentForm.encoding(of: request.headers) { return encoded(.encoded, encoding) }
        let announced = request.headers[.contentLength].flatMap { Int($0) }
        if let announced, announced > limits.body { return tooLarge() }
        if request.headers[.expect]?.lowercased() == "100-continue" {
            try await writer.writeInformationalHead(HTTPResponse(status: .continue))
        }
        var taken = 0
        defer { bodies.withLock { $0 -= taken } }
        switch try await read(request.body, &taken) {
        case .tooLarge: return tooLarge()
        case .tooMany:
            refusals.note(.tooBusy)
            return Answer(status: .serviceUnavailable, text: "too busy", headers: Self.retryAfter)
        case .whole(let bytes):
            var answer = await record(bytes)
            answer.isRead = true
            return answer
        }
    }

    private func tooLarge() -> Answer {
        refusals.note(.tooLarge, "more than \(limits.body) bytes")
        return Answer(status: .contentTooLarge, text: "more than \(limits.body) bytes")
    }

    private func encoded(_ refusal: Refusal, _ name: String) -> Answer {
        refusals.note(refusal, name)
        return Answer(
            status: .unsupportedMediaType, text: "\(name) is not read; send JSON in UTF-8, not compressed",
            headers: [.acceptEncoding: "identity"])
    }

    private func notJSON(_ bytes: [UInt8], _ error: JSONError) -> Answer {
        if bytes.isEmpty {
            refusals.note(.noBody)
            return Answer(status: .badRequest, text: "not JSON: no body")
        }
        if let (refusal, name) = ContentForm.guess(bytes) { return encoded(refusal, name) }
        refusals.note(.notJSON, "byte \(error.offset)")
        return Answer(status: .badRequest, text: "not JSON: byte \(error.offset)")
    }

    private func read(_ body: RequestBody, _ taken: inout Int) async throws -> Body {
        var bytes: [UInt8] = []
        for try await piece in body {
            let count = piece.readableBytes
            guard bytes.count + count <= limits.body else { return .tooLarge }
            let isRoom = bodies.withLock { bodies in
                guard bodies + count <= limits.bodies else { return false }
                bodies += count
                return true
            }
            guard isRoom else { return .tooMany }
            taken += count
            bytes += piece.readableBytesView
        }
        return .whole(bytes)
    }

    private func record(_ bytes: [UInt8]) async -> Answer {
        let cut: PayloadCut
        do throws(JSONError) {
            cut = try PayloadCut(bytes)
        } catch {
            return notJSON(bytes, error)
        }
        switch await queue.submit(cut.text) {
        case .recorded(let effect):
            logger.debug(
                "webhook",
                metadata: ["event": "\(cut.event)", "account": "\(cut.account ?? "none")", "effect": "\(effect)"])
            return Answer(status: .ok, text: effect)
        case .unavailable:
            return notRecorded
        case .refused(let why):
            refusals.note(
                .byDatabase, why, metadata: ["event": "\(cut.event)", "payload_sha256": "\(cut.digest)"])
            return notRecorded
        }
    }

    private var notRecorded: Answer {
        Answer(status: .serviceUnavailable, text: "not recorded; send it again", headers: Self.retryAfter)
    }
}
