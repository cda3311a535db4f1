import AsyncHTTPClient
import Foundation
import Glibc
import Testing

@testable import MonoSandbox

struct LiveTests {
    /// A server with an account for each way to misbehave, for as long as the body runs.
    private func serving(
        sender: WebhookSender? = nil, _ body: @escaping @Sendable (Int) throws -> Void
    ) async throws {
        var accounts = [Account(id: "fine", behaviour: .available)]
        for (id, mode) in [("reset", FaultMode.reset), ("hang", .hang), ("cut", .truncated)] {
            var account = Account(id: id, behaviour: .available)
            account.faults = [FaultRule(mode)]
            accounts.append(account)
        }
        var settings = Settings()
        settings.answerSeconds = 0
        settings.latency = .fixed(0)
        settings.webhookDelay = 0
        settings.sendsWebhooks = sender != nil
        let server = try await LoopbackServer.start(
            Host(Sandbox(settings: settings, accounts: accounts), sender: sender))
        // Blocking calls get a thread of their own: the few threads that tasks share must stay free for the sender.
        let result = await withCheckedContinuation {
            (continuation: CheckedContinuation<Result<Void, any Error>, Never>) in
            Thread.detachNewThread { continuation.resume(returning: Result { try body(server.port) }) }
        }
        try await server.stop()
        try result.get()
    }

    @Sendable private func request(_ account: String, _ more: String = "") -> String {
        "GET /v2/accounts/\(account) HTTP/1.1\r\nhost: localhost\r\nmono-sec-key: test_sk_sandbox\r\n\(more)\r\n"
    }

    @Test func `one connection serves many requests`() async throws {
        try await serving { port in
            let socket = try Socket.connected(to: port)
            for _ in 0..<3 {
                try socket.send(request("fine"))
                let (text, error) = socket.received(until: "retrieved_data")
                #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n"))
                #expect(error == 0)
            }
            try socket.send(request("fine", "connection: close\r\n"))
            #expect(socket.received().text.hasSuffix("}"))
        }
    }

    @Test func `a reset is a reset, before any byte`() async throws {
        try await serving { port in
            let socket = try Socket.connected(to: port)
            try socket.send(request("reset"))
            let (text, error) = socket.received()
            #expect(text.isEmpty)
            #expect(error == ECONNRESET)
        }
    }

    @Test func `a cut answer promises more than it brings`() async throws {
        try await serving { port in
            let socket = try Socket.connected(to: port)
            try socket.send(request("cut"))
            let (text, error) = socket.received()
            #expect(error == 0)
            let parts = text.split(separator: "\r\n\r\n", maxSplits: 1)
            let promised = try #require(parts[0].split(separator: "content-length: ").last?.prefix { $0.isNumber })
            let brought = parts.count > 1 ? parts[1].utf8.count : 0
            #expect(brought > 0)
            #expect(brought < Int(promised) ?? 0)
        }
    }

    @Test func `a silent answer holds up nobody else`() async throws {
        try await serving { port in
            let silent = try Socket.connected(to: port)
            try silent.send(request("hang"))
            let other = try Socket.connected(to: port)
            try other.send(request("fine"))
            #expect(other.received(until: "retrieved_data").text.hasPrefix("HTTP/1.1 200 OK"))
            var calls = ""
            // The two connections may be served in either order; the call is on record once it was.
            while !calls.contains("\"total\":2") {
                let control = try Socket.connected(to: port)
                try control.send("GET /_sandbox/calls HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
                calls = control.received().text
            }
            #expect(!silent.isReadable)
        }
    }

    @Test func `too large a body is refused`() async throws {
        try await serving { port in
            let socket = try Socket.connected(to: port)
            let size = ConnectionHandler.bodyLimitBytes + 1
            let head = "POST /_sandbox/accounts HTTP/1.1\r\nhost: localhost\r\ncontent-length: \(size)\r\n\r\n"
            try socket.send(head + String(repeating: "x", count: size))
            #expect(socket.received(until: "\r\n\r\n").text.hasPrefix("HTTP/1.1 413 "))
        }
    }

    @Test func `events are posted with the secret, again if they are not taken`() async throws {
        let (listener, port) = try Socket.listening()
        let client = HTTPClient(eventLoopGroupProvider: .singleton)
        let sender = WebhookSender(
            client: client, url: "http://127.0.0.1:\(port)/hook", secret: "s3cret", firstRetrySeconds: 0.01)
        let result: Result<Void, any Error>
        do {
            result = .success(try await takeEvents(from: sender, at: listener))
        } catch {
            result = .failure(error)
        }
        // A client that is forgotten ends the whole process.
        try await client.shutdown()
        try result.get()
    }

    private func takeEvents(from sender: WebhookSender, at listener: Socket) async throws {
        try await serving(sender: sender) { port in
            let socket = try Socket.connected(to: port)
            try socket.send(
                "POST /accounts/fine/sync HTTP/1.1\r\nhost: localhost\r\nmono-sec-key: test_sk_sandbox\r\n\r\n")
            #expect(socket.received(until: "SYNC_SUCCESSFUL").error == 0)
            for answer in ["503 Busy", "200 OK"] {
                let connection = try listener.accepted()
                let text = connection.received(until: "__v").text
                #expect(text.hasPrefix("POST /hook HTTP/1.1\r\n"))
                #expect(text.contains("mono-webhook-secret: s3cret\r\n"))
                #expect(text.contains("mono.events.account_updated"))
                try connection.send("HTTP/1.1 \(answer)\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
            }
        }
    }

    @Test(arguments: ["0.0.0.0", "192.0.2.1", "example.com", "127.0.0.1.example.com", "127.1", ""])
    func `only loopback is listened on`(address: String) async {
        await #expect(throws: ScenarioError.self) {
            try await LoopbackServer.start(Host(Sandbox(settings: Settings())), at: address)
        }
    }

    @Test(arguments: ["127.0.0.1", "127.8.8.8", "localhost", "::1"])
    func `loopback has several names`(address: String) {
        #expect(LoopbackServer.isLoopback(address))
    }
}
