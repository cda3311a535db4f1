import Reconciliation
import Testing

@testable import MonoAPI

typealias Act = MisbehavingServer.Act

/// An answer with a body of known length.
func answer(_ status: String, _ headers: [String] = [], body: String = "") -> Act {
    let lines = ["HTTP/1.1 \(status)", "content-length: \(body.utf8.count)"] + headers
    return .send(lines.joined(separator: "\r\n") + "\r\n\r\n" + body)
}

extension Duration {
    /// Later than anything that a test waits for.
    static let max = Duration.seconds(1_000_000_000)
}

/// A client of one test, shut down at its end.
func withClient<T: Sendable>(
    _ baseURL: String, _ api: APIGeneration = .realtime, window: Duration = .seconds(300),
    limits: MonoClient.Limits = .init(), uptime: @escaping @Sendable () -> Duration = { .zero },
    _ body: (MonoClient) async throws -> T
) async throws -> T {
    let client = MonoClient(
        baseURL: try BaseURL(baseURL), key: try key(), api: api, concurrency: 4, triggerTimeout: window,
        version: "1.2.3", limits: limits, uptime: uptime)
    do {
        let result = try await body(client)
        await client.shutdown()
        return result
    } catch {
        await client.shutdown()
        throw error
    }
}

/// One trigger against a server of its own that acts as said; the answer and what the server saw.
func trigger(
    _ api: APIGeneration, _ acts: [Act], at moment: MisbehavingServer.Moment = .onRequest,
    window: Duration = .seconds(300)
) async throws -> (answer: SyncAnswer, server: MisbehavingServer) {
    let server = try await MisbehavingServer.start(acts, at: moment)
    let answer = try await withClient("http://127.0.0.1:\(server.port)", api, window: window) { client in
        await client.trigger(try account(), leavingBefore: .max)
    }
    await server.stop()
    #expect(!"\(answer)".contains(keyText))
    return (answer, server)
}

/// One look at the details against a server of its own that acts as said.
func details(
    _ acts: [Act], at moment: MisbehavingServer.Moment = .onRequest, limits: MonoClient.Limits = .init()
) async throws -> Result<Details, ReadFailure> {
    let server = try await MisbehavingServer.start(acts, at: moment)
    let result = try await withClient("http://127.0.0.1:\(server.port)", limits: limits) { client in
        await client.details(of: try account())
    }
    await server.stop()
    #expect(!"\(result)".contains(keyText))
    return result
}
