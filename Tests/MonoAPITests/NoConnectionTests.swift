import Reconciliation
import TestSupport
import Testing

@testable import MonoAPI

/// What proves that no byte of a trigger has left, and what does not.
@Suite(.timeLimit(.minutes(5)))
struct NoConnectionTests {
    @Test func `a refused port is no connection, by address and by name`() async throws {
        let closed = try ClosedPort()
        defer { withExtendedLifetime(closed) {} }
        for (host, reason) in [
            ("127.0.0.1", "connection refused"), ("localhost", "the host could not be found or reached"),
        ] {
            let (answer, read) = try await withClient("http://\(host):\(closed.number)") { client in
                (await client.trigger(try account(), leavingBefore: .max), await client.details(of: try account()))
            }
            #expect(answer == .refused(.noConnection(reason)))
            #expect(read == .failure(.transport(reason)))
        }
    }

    @Test func `a host without an address is no connection`() async throws {
        let limits = MonoClient.Limits(connect: .seconds(2))
        let answer = try await withClient("https://mono.invalid", limits: limits) { client in
            await client.trigger(try account(), leavingBefore: .max)
        }
        guard case .refused(.noConnection) = answer else {
            Issue.record("expected no connection, got \(answer)")
            return
        }
    }

    @Test func `a TLS handshake that fails is no connection`() async throws {
        let plain = [Act.send("HTTP/1.1 400 Bad Request\r\n\r\n")]
        let server = try await MisbehavingServer.start(plain, at: .onConnection)
        let answer = try await withClient("https://127.0.0.1:\(server.port)") { client in
            await client.trigger(try account(), leavingBefore: .max)
        }
        #expect(answer == .refused(.noConnection("the TLS handshake failed")))
        #expect(server.connections == 1)
        await server.stop()
    }

    @Test func `a TLS handshake that does not end is no connection`() async throws {
        let server = try await MisbehavingServer.start([], at: .onConnection)
        let limits = MonoClient.Limits(connect: .milliseconds(300))
        let answer = try await withClient("https://127.0.0.1:\(server.port)", limits: limits) { client in
            await client.trigger(try account(), leavingBefore: .max)
        }
        guard case .refused(.noConnection) = answer else {
            Issue.record("expected no connection, got \(answer)")
            return
        }
        await server.stop()
    }

    @Test func `cancelling a trigger under way ends it at once, in doubt`() async throws {
        let server = try await MisbehavingServer.start([])
        let answer = try await withClient("http://127.0.0.1:\(server.port)") { client in
            let id = try account()
            let task = Task { await client.trigger(id, leavingBefore: .max) }
            for await _ in server.arrivals { break }
            task.cancel()
            return await task.value
        }
        #expect(answer == inDoubt("interrupted", isAnswer: false))
        #expect(server.requests.count == 1)
        await server.stop()
    }

    @Test func `cancelling a read under way ends it at once`() async throws {
        let server = try await MisbehavingServer.start([])
        let result = try await withClient("http://127.0.0.1:\(server.port)") { client in
            let id = try account()
            let task = Task { await client.details(of: id) }
            for await _ in server.arrivals { break }
            task.cancel()
            return await task.value
        }
        #expect(result == .failure(.transport("interrupted")))
        await server.stop()
    }

    @Test func `a task that was cancelled before sends nothing`() async throws {
        let server = try await MisbehavingServer.start([answer("200 OK")])
        let answer = try await withClient("http://127.0.0.1:\(server.port)") { client in
            let id = try account()
            return await Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return await client.trigger(id, leavingBefore: .max)
            }.value
        }
        #expect(answer == .refused(.noConnection("interrupted")))
        #expect(server.connections == 0)
        await server.stop()
    }
}
