import Synchronization
import TestSupport
import Testing

@testable import Webhooks

/// What is told of requests that are not taken.
@Suite(.timeLimit(.minutes(5)))
struct RefusalTests {
    private static let event = #"{"event":"mono.events.sync_failed","data":{"account":"a"}}"#

    /// Sends one request and returns its answer and the lines that it left at the usual level.
    private static func request(
        _ line: String, headers: [String] = ["mono-webhook-secret: right"], body: String = event,
        limits: ListenLimits = ListenLimits()
    ) async throws -> (reply: HTTPConnection.Reply?, lines: [String]) {
        let logs = LogCapture()
        var reply: HTTPConnection.Reply?
        try await withServer(limits: limits, logs: logs) { port, _ in
            let connection = try HTTPConnection(port: port)
            let all = ["Host: h", "Content-Length: \(body.utf8.count)"] + headers
            await connection.send("\(line) HTTP/1.1\r\n" + all.joined(separator: "\r\n") + "\r\n\r\n" + body)
            reply = await connection.reply()
        }
        return (reply, logs.all.filter { $0.hasPrefix("warning") || $0.hasPrefix("notice") })
    }

    @Test(arguments: [
        ([], "without the header"), (["mono-webhook-secret:"], "without the header"),
        (["mono-webhook-secret: CANARY"], "is not MONO_WEBHOOK_SECRET"),
        (["mono-webhook-secret: right", "mono-webhook-secret: CANARY"], "several headers"),
    ])
    func `what is wrong with the secret is told, and no secret`(headers: [String], words: String) async throws {
        let (reply, lines) = try await Self.request("POST /webhooks/mono", headers: headers)
        #expect(reply?.status == 401)
        #expect(lines.count == 1)
        #expect(lines.first?.contains(words) == true, "\(lines)")
        for line in lines { #expect(!line.contains("CANARY") && !line.contains(" right")) }
    }

    @Test(arguments: ["/webhooks/mono/", "//webhooks/mono", "/webhooks//mono//?x=1"])
    func `more slashes make no other address`(path: String) async throws {
        let (reply, lines) = try await Self.request("POST \(path)")
        #expect(reply?.status == 200)
        #expect(lines == [])
    }

    @Test(arguments: [
        ("/api/webhooks/mono", "/api/webhooks/mono"), ("/Webhooks/Mono", "/Webhooks/Mono"), ("/", "/"),
        ("/webhooks/CANARY/mono?CANARY", "/webhooks/…/mono"), ("/CANARY/a/b/c/d/e/f/g", "/…/…/…/…/…/…/…"),
        ("/webhooks/mono%2F", "/webhooks/…"),
    ])
    func `an event at another path is told, with no more of the path than common words`(
        path: String, shown: String
    ) async throws {
        let (reply, lines) = try await Self.request("POST \(path)")
        #expect(reply?.status == 404)
        #expect(reply?.body.contains("/webhooks/mono") == true)
        #expect(lines.count == 1)
        #expect(lines.first?.hasPrefix("warning a webhook with the right secret") == true, "\(lines)")
        #expect(lines.first?.contains(": \(shown) ") == true, "\(lines)")
        let strange = try await Self.request("POST \(path)", headers: ["mono-webhook-secret: wrong"])
        #expect(strange.reply?.status == 404)
        #expect(strange.lines.first?.hasPrefix("notice a request for a path that there is not") == true)
    }

    @Test(arguments: ["GET", "HEAD", "PUT", "OPTIONS", "TRACE"])
    func `another method is answered with the one that is right`(method: String) async throws {
        // Without a body, as from a browser.
        let logs = LogCapture()
        try await withServer(logs: logs) { port, _ in
            let connection = try HTTPConnection(port: port)
            await connection.send("\(method) /webhooks/mono/ HTTP/1.1\r\nHost: h\r\n\r\n")
            // The answer to HEAD announces a body that does not come.
            connection.endSending()
            if method == "HEAD" { return #expect(await connection.isClosed()) }
            let reply = try #require(await connection.reply())
            #expect(reply.status == 405)
            #expect(reply.headers["allow"] == "POST")
            #expect(reply.body.contains("POST only") && reply.body.contains("/readyz"))
        }
        let lines = logs.all.filter { $0.contains("is no POST") }
        #expect(lines.count == 1)
        #expect(lines.first?.contains(": \(method) ") == (method != "TRACE"), "\(lines)")
    }

    @Test(arguments: [
        ("gzip", "gzip"), ("GZip", "gzip"), ("identity, br", "br"), ("deflate,gzip", "deflate"), ("zstd", "zstd"),
        ("CANARY", "an unknown encoding"),
    ])
    func `a compressed body is not read, and its encoding is named`(encoding: String, name: String) async throws {
        let headers = ["mono-webhook-secret: right", "Content-Encoding: \(encoding)"]
        let (reply, lines) = try await Self.request("POST /webhooks/mono", headers: headers)
        #expect(reply?.status == 415)
        #expect(reply?.headers["accept-encoding"] == "identity")
        #expect(reply?.body.hasPrefix("\(name) is not read") == true)
        #expect(lines.count == 1)
        #expect(lines.first?.contains("compressed and answered with 415") == true, "\(lines)")
        #expect(lines.first?.contains(": \(name) ") == true, "\(lines)")
    }

    @Test func `a compressed body is refused before it has come, and strangers learn nothing of that`() async throws {
        try await withServer { port, _ in
            let head =
                "POST /webhooks/mono HTTP/1.1\r\nHost: h\r\nContent-Encoding: gzip\r\nContent-Length: 1000000\r\n"
            let known = try HTTPConnection(port: port)
            await known.send(head + "mono-webhook-secret: right\r\nExpect: 100-continue\r\n\r\n")
            #expect(await known.reply()?.status == 415)
            #expect(await known.isClosed())
            let stranger = try HTTPConnection(port: port)
            await stranger.send(head + "\r\n")
            #expect(await stranger.reply()?.status == 401)
        }
    }

    @Test(arguments: [
        ["Content-Encoding: identity"], ["Content-Encoding:"], ["Content-Type: application/json; charset=UTF-16"],
        ["Content-Type: text/plain"],
    ])
    func `what the body is counts, not what a label calls it`(headers: [String]) async throws {
        for body in [Self.event, "\u{FEFF}" + Self.event] {
            let (reply, lines) = try await Self.request(
                "POST /webhooks/mono", headers: ["mono-webhook-secret: right"] + headers, body: body)
            #expect(reply?.status == 200)
            #expect(lines == [])
        }
    }

    @Test(arguments: [
        ("", 400, "without a body"), ("event=CANARY", 400, "not JSON"), ("{\u{0}}\u{0}", 415, "another encoding"),
        ("\u{0}{\u{0}}", 415, "another encoding"),
    ])
    func `what the body is instead of JSON is told`(body: String, status: Int, words: String) async throws {
        let (reply, lines) = try await Self.request("POST /webhooks/mono", body: body)
        #expect(reply?.status == status)
        #expect(lines.count == 1)
        #expect(lines.first?.contains(words) == true, "\(lines)")
        for line in lines { #expect(!line.contains("CANARY")) }
    }

    @Test func `a body in an encoding is known by its first bytes`() {
        #expect(ContentForm.guess([0x1F, 0x8B, 8])?.refusal == .encoded)
        #expect(ContentForm.guess([0x28, 0xB5, 0x2F, 0xFD])?.refusal == .encoded)
        for bytes: [UInt8] in [[0xFF, 0xFE, 0x7B, 0], [0xFE, 0xFF, 0, 0x7B], [0, 0, 0, 0x7B], [0x7B, 0, 0, 0]] {
            #expect(ContentForm.guess(bytes)?.refusal == .notUTF8)
        }
        for bytes: [UInt8] in [[], [0x7B], [0x31], [0x7B, 0x22], [0xEF, 0xBB]] {
            #expect(ContentForm.guess(bytes) == nil)
        }
    }

    @Test func `what is too large or too much at once is told`() async throws {
        var limits = ListenLimits()
        limits.body = 10
        let large = try await Self.request("POST /webhooks/mono", limits: limits)
        #expect(large.reply?.status == 413)
        #expect(large.lines.first?.contains("too large is answered with 413") == true)
        limits = ListenLimits()
        limits.bodies = 10
        let many = try await Self.request("POST /webhooks/mono", limits: limits)
        #expect(many.reply?.status == 503)
        #expect(many.lines.first?.contains("too many webhooks come at once") == true)
    }

    @Test func `a connection that does not speak HTTP is told`() async throws {
        let logs = LogCapture()
        try await withServer(logs: logs) { port, _ in
            let connection = try HTTPConnection(port: port)
            // The beginning of a TLS handshake.
            await connection.send("\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}\u{1}")
            #expect(await connection.isClosed())
        }
        #expect(logs.all.contains { $0.hasPrefix("notice") && $0.contains("does not speak HTTP") }, "\(logs.all)")
    }

    @Test func `each reason has one line a minute, with a count`() {
        let lines = LogCapture()
        let now = Mutex(ContinuousClock.now)
        let log = RefusalLog(lines.logger) { now.withLock { $0 } }
        for _ in 0..<3 { log.note(.byDatabase, "no good") }
        log.note(.wrongSecret)
        now.withLock { $0 += .milliseconds(59_999) }
        log.note(.byDatabase, "no good")
        #expect(lines.all.count == 2)
        now.withLock { $0 += .milliseconds(1) }
        log.note(.byDatabase, "still no good")
        log.note(.wrongSecret)
        #expect(lines.all.count == 4)
        #expect(lines.all.dropLast().last?.contains("3 more since the last such line: still no good") == true)
        #expect(lines.all.last?.contains("0 more since the last such line") == true)
    }
}
