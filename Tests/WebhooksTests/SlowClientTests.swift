import TestSupport
import Testing

@testable import Webhooks

/// Clients that dawdle, and the end of the server.
@Suite(.timeLimit(.minutes(5)))
struct SlowClientTests {
    private static let head = "POST /webhooks/mono HTTP/1.1\r\nHost: h\r\nmono-webhook-secret: right\r\n"

    /// Limits that a dawdling client meets soon and a quick one never.
    private static var short: ListenLimits {
        var limits = ListenLimits()
        limits.request = .milliseconds(300)
        return limits
    }

    @Test(arguments: ["", "P", "POST /webhooks/mono HTTP/1.1\r\nHost", head, head + "Content-Length: 9\r\n\r\n{"])
    func `a client that falls silent is cut off`(beginning: String) async throws {
        try await withServer(limits: Self.short) { port, _ in
            let connection = try HTTPConnection(port: port)
            await connection.send(beginning)
            #expect(await connection.isClosed())
        }
    }

    @Test(arguments: [
        head, head + "Content-Length: 1000000\r\n\r\n", head + "Transfer-Encoding: chunked\r\n\r\nFFFFF\r\n",
    ])
    func `a client that dribbles is cut off`(beginning: String) async throws {
        try await withServer(limits: Self.short) { port, _ in
            let connection = try HTTPConnection(port: port)
            await connection.send(beginning)
            let clock = ContinuousClock()
            let start = clock.now
            // Each byte is new activity; the deadline counts from the first one.
            while await connection.send("x") {
                try #require(clock.now - start < .seconds(15))
                try await Task.sleep(for: .milliseconds(5))
            }
            #expect(clock.now - start > .milliseconds(200))
        }
    }

    @Test func `the deadline begins anew with each request`() async throws {
        try await withServer(limits: Self.short) { port, _ in
            let connection = try HTTPConnection(port: port)
            #expect(await connection.post("{}", secret: "right")?.status == 200)
            await connection.send(Self.head)
            #expect(await connection.isClosed())
        }
    }

    @Test func `a connection without requests is closed after a while`() async throws {
        var limits = ListenLimits()
        limits.idle = .milliseconds(50)
        try await withServer(limits: limits) { port, _ in
            let connection = try HTTPConnection(port: port)
            #expect(await connection.get("/healthz")?.status == 200)
            #expect(await connection.isClosed())
        }
    }

    @Test func `a refused body is not read for long`() async throws {
        var limits = ListenLimits()
        limits.linger = .milliseconds(50)
        try await withServer(limits: limits) { port, _ in
            let connection = try HTTPConnection(port: port)
            await connection.send("POST /webhooks/mono HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n{")
            let reply = try #require(await connection.reply())
            #expect(reply.status == 401)
            #expect(reply.headers["connection"] == "close")
            #expect(await connection.isClosed())
        }
    }

    @Test func `a client that ends its side early gets no 200`() async throws {
        try await withServer(recorder: { (_) throws(RecorderError) in
            Issue.record("recorded")
            return []
        }) { port, _ in
            let connection = try HTTPConnection(port: port)
            await connection.send(Self.head + "Content-Length: 9\r\n\r\n{}")
            connection.endSending()
            #expect(await connection.reply()?.status ?? 400 == 400)
            #expect(await connection.isClosed())
        }
    }

    @Test func `a client that ends its side after the request is answered`() async throws {
        try await withServer { port, _ in
            let connection = try HTTPConnection(port: port)
            await connection.send(Self.head + "Content-Length: 2\r\n\r\n{}")
            connection.endSending()
            #expect(await connection.reply()?.status == 200)
            #expect(await connection.isClosed())
        }
    }

    @Test func `headers are bounded`() async throws {
        try await withServer { port, _ in
            let connection = try HTTPConnection(port: port)
            await connection.send(
                "GET /healthz HTTP/1.1\r\nHost: h\r\nX: " + String(repeating: "x", count: 40_000) + "\r\n\r\n")
            #expect(await connection.reply()?.status ?? 400 == 400)
            #expect(await connection.isClosed())
        }
    }

    @Test func `where connections are many, the longest idle one makes room for a new one`() async throws {
        var limits = ListenLimits()
        limits.connections = 4
        try await withServer(limits: limits) { port, _ in
            let idle = try (0..<3).map { _ in try HTTPConnection(port: port) }
            for connection in idle { #expect(await connection.get("/healthz")?.status == 200) }
            // The first one was used again since.
            #expect(await idle[0].get("/healthz")?.status == 200)
            let new = try HTTPConnection(port: port)
            #expect(await new.get("/healthz")?.status == 200)
            #expect(await idle[1].isClosed())
            for connection in [idle[0], idle[2], new] { #expect(await connection.get("/healthz")?.status == 200) }
        }
    }

    @Test func `beyond so many connections with requests others wait their turn`() async throws {
        var limits = ListenLimits()
        limits.connections = 2
        try await withServer(limits: limits) { port, _ in
            var first: HTTPConnection? = try HTTPConnection(port: port)
            let second = try HTTPConnection(port: port)
            await first?.send("GET /healthz HTTP/1.1\r\n")
            await second.send("GET /healthz HTTP/1.1\r\n")
            let third = try HTTPConnection(port: port)
            await third.send("GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n")
            first = nil
            #expect(await third.reply()?.status == 200)
            #expect(first == nil)
        }
    }

    // MARK: The end

    @Test func `the requests under way are answered, idle connections closed`() async throws {
        let recorder = GatedRecorder()
        try await withServer(recorder: recorder.record) { port, stop in
            let idle = try HTTPConnection(port: port)
            #expect(await idle.get("/healthz")?.status == 200)
            let busy = try HTTPConnection(port: port)
            async let reply = busy.post("{}", secret: "right")
            await recorder.calls(1)
            stop.finish()
            #expect(await idle.isClosed())
            #expect(throws: SpawnError.self) { try HTTPConnection(port: port) }
            recorder.open()
            #expect(await reply?.status == 200)
            #expect(await busy.isClosed())
        }
    }

    @Test func `what hangs is answered with 503 or cut off`() async throws {
        let recorder = GatedRecorder()
        var limits = ListenLimits()
        limits.stop = .milliseconds(100)
        try await withServer(limits: limits, recorder: recorder.record) { port, stop in
            let slow = try HTTPConnection(port: port)
            await slow.send(Self.head + "Content-Length: 9\r\n\r\n{")
            let busy = try HTTPConnection(port: port)
            async let reply = busy.post("{}", secret: "right")
            await recorder.calls(1)
            stop.finish()
            #expect(await reply?.status ?? 503 == 503)
            #expect(await slow.isClosed())
        }
        recorder.open()
    }
}
