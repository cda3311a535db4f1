import TestSupport
import Testing

@testable import Webhooks

/// What is answered to well-behaved and other clients.
@Suite(.timeLimit(.minutes(5)))
struct ServerTests {
    private static let event = #"{"event":"mono.events.sync_failed","data":{"account":"a"}}"#

    @Test(arguments: ["applied", "stale", "duplicate", "ignored", "rejected: no event name"])
    func `whatever the effect, a recorded event is answered with 200`(effect: String) async throws {
        try await withServer(recorder: { (_) throws(RecorderError) in [effect] }) { port, _ in
            let connection = try HTTPConnection(port: port)
            for _ in 1...3 {
                let reply = try #require(await connection.post(Self.event, secret: "right"))
                #expect(reply.status == 200)
                #expect(reply.body == effect + "\n")
            }
        }
    }

    @Test(
        arguments: [
            (RecorderError.unavailable("down"), 503, "10"), (RecorderError.refused("no good"), 503, "10"),
        ] as [(RecorderError, Int, String?)])
    func `what is not recorded is not answered with 200`(error: RecorderError, status: Int, after: String?) async throws
    {
        try await withServer(recorder: { (_) throws(RecorderError) in throw error }) { port, _ in
            let reply = try #require(try await HTTPConnection(port: port).post(Self.event, secret: "right"))
            #expect(reply.status == status)
            #expect(reply.headers["retry-after"] == after)
        }
    }

    @Test func `without the one right secret nothing is recorded`() async throws {
        try await withServer(recorder: { (_) throws(RecorderError) in
            Issue.record("recorded")
            return []
        }) { port, _ in
            for secret in [nil, "", "wrong", "Right", "right, right", "right\r\nmono-webhook-secret: right"] {
                let connection = try HTTPConnection(port: port)
                let reply = try #require(await connection.post(Self.event, secret: secret))
                #expect(reply.status == 401, "\(secret ?? "none")")
                #expect(await connection.isClosed())
            }
        }
    }

    @Test func `the secret is looked at before the body has come`() async throws {
        try await withServer { port, _ in
            let connection = try HTTPConnection(port: port)
            await connection.send("POST /webhooks/mono HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n")
            #expect(await connection.reply()?.status == 401)
        }
    }

    @Test(arguments: ["", "{", "event=x", "{\"event\":NaN}", "\u{0}"])
    func `what is not JSON is answered with 400, and the connection stays`(body: String) async throws {
        try await withServer { port, _ in
            let connection = try HTTPConnection(port: port)
            let reply = try #require(await connection.post(body, secret: "right"))
            #expect(reply.status == 400)
            #expect(await connection.post(Self.event, secret: "right")?.status == 200)
        }
    }

    @Test func `a body has at most 1 MiB`() async throws {
        try await withServer { port, _ in
            let frame = "{\"a\":\"\"}".utf8.count
            let most = "{\"a\":\"" + String(repeating: "x", count: (1 << 20) - frame) + "\"}"
            let exact = try HTTPConnection(port: port)
            #expect(await exact.post(most, secret: "right")?.status == 200)
            // At once, by its announcement.
            let announced = try HTTPConnection(port: port)
            await announced.send(
                "POST /webhooks/mono HTTP/1.1\r\nHost: h\r\nmono-webhook-secret: right\r\n"
                    + "Content-Length: \((1 << 20) + 1)\r\n\r\n")
            #expect(await announced.reply()?.status == 413)
            #expect(await announced.isClosed())
        }
    }

    @Test(arguments: [(0, 200), (1, 413)])
    func `a body in chunks has at most 1 MiB`(more: Int, status: Int) async throws {
        var limits = ListenLimits()
        limits.body = 1_000
        try await withServer(limits: limits) { port, _ in
            let connection = try HTTPConnection(port: port)
            let text = "\"" + String(repeating: "x", count: 998 + more) + "\""
            let chunks = stride(from: 0, to: text.count, by: 100).map { start in
                let piece = text.dropFirst(start).prefix(100)
                return String(piece.utf8.count, radix: 16) + "\r\n" + piece + "\r\n"
            }
            await connection.send(
                "POST /webhooks/mono HTTP/1.1\r\nHost: h\r\nmono-webhook-secret: right\r\n"
                    + "Transfer-Encoding: chunked\r\n\r\n" + chunks.joined() + "0\r\n\r\n")
            #expect(await connection.reply()?.status == status)
        }
    }

    @Test func `bodies at the same time have a bound of their own`() async throws {
        var limits = ListenLimits()
        limits.bodies = 10
        try await withServer(limits: limits) { port, _ in
            let reply = try #require(try await HTTPConnection(port: port).post(Self.event, secret: "right"))
            #expect(reply.status == 503)
            // What was refused is given back.
            #expect(try await HTTPConnection(port: port).post("[1]", secret: "right")?.status == 200)
        }
    }

    @Test(arguments: [
        ("GET /webhooks/mono", 405), ("PUT /webhooks/mono", 405), ("POST /healthz", 405), ("POST /", 404),
        ("GET /webhooks/mono/", 405), ("GET /healthz", 200), ("GET /readyz", 200), ("GET /healthz?x=1", 200),
        ("GET /../etc/passwd", 404),
    ])
    func `other requests`(request: String, status: Int) async throws {
        try await withServer { port, _ in
            let connection = try HTTPConnection(port: port)
            for _ in 1...2 {
                await connection.send("\(request) HTTP/1.1\r\nHost: h\r\n\r\n")
                let reply = try #require(await connection.reply())
                #expect(reply.status == status)
                #expect((reply.headers["allow"] != nil) == (status == 405))
            }
        }
    }

    @Test func `a question about readiness has an answer in time, whatever the database does`() async throws {
        var limits = ListenLimits()
        limits.readiness = .milliseconds(50)
        let gate = GatedRecorder()
        try await withServer(
            limits: limits,
            isReady: {
                // It does not even heed its cancellation.
                (try? await gate.record([])) != nil
            }
        ) { port, _ in
            for _ in 1...3 { #expect(try await HTTPConnection(port: port).get("/readyz")?.status == 503) }
            #expect(try await HTTPConnection(port: port).get("/healthz")?.status == 200)
            #expect(gate.batches.count == 1)
            gate.open()
            try await eventually { try await HTTPConnection(port: port).get("/readyz")?.status == 200 }
        }
    }

    @Test func `requests one after the other in one piece are answered in order`() async throws {
        try await withServer { port, _ in
            let connection = try HTTPConnection(port: port)
            let post =
                "POST /webhooks/mono HTTP/1.1\r\nHost: h\r\nmono-webhook-secret: right\r\nContent-Length: 2\r\n\r\n"
            await connection.send(
                post + "{}" + "GET /nowhere HTTP/1.1\r\nHost: h\r\n\r\n" + post + "{]" + post + "[]")
            var statuses: [Int?] = []
            for _ in 1...4 { statuses.append(await connection.reply()?.status) }
            #expect(statuses == [200, 404, 400, 200])
        }
    }

    @Test func `a client that asks whether to go on is told so`() async throws {
        try await withServer { port, _ in
            let connection = try HTTPConnection(port: port)
            await connection.send(
                "POST /webhooks/mono HTTP/1.1\r\nHost: h\r\nmono-webhook-secret: right\r\n"
                    + "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n")
            #expect(await connection.reply()?.status == 100)
            await connection.send("{}")
            #expect(await connection.reply()?.status == 200)
        }
    }

    @Test func `the log has neither secret nor payload`() async throws {
        let logs = LogCapture()
        try await withServer(logs: logs) { port, _ in
            let body =
                #"{"event":"mono.events.account_updated","data":{"account":{"_id":"a1","name":"CANARY"},"customer":"CANARY"}}"#
            _ = try await HTTPConnection(port: port).post(body, secret: "right")
            _ = try await HTTPConnection(port: port).post(body + "CANARY", secret: "right")
            _ = try await HTTPConnection(port: port).post(body, secret: "CANARY")
        }
        #expect(logs.all.contains { $0.contains("mono.events.account_updated") && $0.contains("a1") })
        for line in logs.all { #expect(!line.contains("CANARY") && !line.contains("right\"")) }
    }

    @Test func `a port that is taken is told`() async throws {
        try await withServer { port, _ in
            let secret = try #require(WebhookSecret("right"))
            let second = WebhookServer(
                host: "127.0.0.1", port: port, secret: secret, logger: silent,
                queue: EventQueue(logger: silent) { (_) throws(RecorderError) in [] }, isReady: { true })
            let (never, _) = AsyncStream<Void>.makeStream()
            let error = await #expect(throws: ListenError.self) {
                try await second.run(
                    onListening: { _ in Issue.record("listens") }, until: { for await _ in never {} })
            }
            #expect(error?.description.contains("127.0.0.1:\(port): Address already in use") == true)
        }
    }
}
