import Reconciliation
import Testing

@testable import MonoAPI

/// A trigger that was held up between its intent and its first byte.
@Suite struct DepartureTests {
    /// The clock is read when the connection stands, however long that took.
    @Test(arguments: [APIGeneration.realtime, .dataSync], [(9, true), (10, false), (25, false)])
    func `a request that was held up until its latest instant is not written`(
        api: APIGeneration, now: (seconds: Int, leaves: Bool)
    ) async throws {
        let (seconds, leaves) = now
        let server = try await MisbehavingServer.start([answer("404 Not Found")])
        let address = "http://127.0.0.1:\(server.port)"
        let result = try await withClient(address, api, uptime: { .seconds(seconds) }) { client in
            await client.trigger(try account(), leavingBefore: .seconds(10))
        }
        let heldUp = SyncAnswer.refused(.noConnection("the process was held up"))
        #expect(result == (leaves ? .refused(.notFound) : heldUp))
        #expect(server.requests.count == (leaves ? 1 : 0))
        await server.stop()
    }

    @Test func `the instant itself never leaves`() async throws {
        let server = try await MisbehavingServer.start([answer("404 Not Found")])
        _ = try await withClient("http://127.0.0.1:\(server.port)") { client in
            await client.trigger(try account(), leavingBefore: .seconds(10))
        }
        let head = try #require(server.requests.first).lowercased()
        #expect(!head.contains("depart") && !head.contains("10000000000"))
        await server.stop()
    }
}
