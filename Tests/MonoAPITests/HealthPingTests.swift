import TestSupport
import Testing

@testable import MonoAPI

/// Pings of a dead man's switch.
@Suite(.timeLimit(.minutes(5)))
struct HealthPingTests {
    private static let id = "5eb524bc-4f11-466f-a954-6885fdf86abc"
    private static let accepted = MisbehavingServer.Act.send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nOK")

    private func ping(port: Int, path: String = "/some-uuid") throws -> HealthPing {
        HealthPing(address: try BaseURL("http://127.0.0.1:\(port)\(path)"), id: Self.id, version: "1.2.3")
    }

    @Test func `start and end go to their places with one id, a text and no key`() async throws {
        let server = try await MisbehavingServer.start([Self.accepted])
        let ping = try ping(port: server.port)
        #expect(await ping.send(.start, saying: "begins", within: .seconds(5)) == nil)
        #expect(await ping.send(.end(exitCode: 77), saying: "ends é", within: .seconds(5)) == nil)
        #expect(
            server.requests.compactMap { $0.split(separator: "\r\n").first.map(String.init) } == [
                "POST /some-uuid/start?rid=\(Self.id) HTTP/1.1", "POST /some-uuid/77?rid=\(Self.id) HTTP/1.1",
            ])
        #expect(server.bodies == ["begins", "ends é"])
        for request in server.requests { #expect(!request.lowercased().contains("mono-sec-key")) }
        await server.stop()
    }

    @Test func `a long text is cut`() async throws {
        let server = try await MisbehavingServer.start([Self.accepted])
        let text = String(repeating: "x", count: 2 * HealthPing.limitBytes)
        #expect(await (try ping(port: server.port)).send(.start, saying: text, within: .seconds(5)) == nil)
        #expect(server.bodies.first?.utf8.count == HealthPing.limitBytes)
        await server.stop()
    }

    @Test(
        arguments: [
            ("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n", "HTTP 404"),
            ("HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n", "HTTP 302"),
            ("nonsense\r\n\r\n", "the connection broke off"),
        ])
    func `a refusal is told, and a redirect not followed`(answer: String, why: String) async throws {
        let server = try await MisbehavingServer.start([.send(answer), .close])
        #expect(await (try ping(port: server.port)).send(.start, saying: "", within: .seconds(5)) == why)
        #expect(server.requests.count == 1)
        await server.stop()
    }

    @Test func `a server that never answers, and one that never ends its answer, hold nobody up`() async throws {
        let unending = "HTTP/1.1 200 OK\r\ncontent-length: 10000\r\n\r\nx"
        for (act, why) in [([], "no answer in time"), ([MisbehavingServer.Act.send(unending)], nil)] {
            let server = try await MisbehavingServer.start(act)
            let begin = ContinuousClock.now
            let answer = await (try ping(port: server.port)).send(.start, saying: "", within: .seconds(1))
            #expect(answer == why)
            // The server would never end; a loaded machine takes its time.
            #expect(ContinuousClock.now - begin < .seconds(30))
            #expect(server.requests.count == 1)
            await server.stop()
        }
    }

    @Test func `nobody there is told at once`() async throws {
        let closed = try ClosedPort()
        defer { withExtendedLifetime(closed) {} }
        let answer = await (try ping(port: closed.number)).send(.start, saying: "", within: .seconds(5))
        #expect(answer == "connection refused")
    }
}
