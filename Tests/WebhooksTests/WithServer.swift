import Testing

@testable import Webhooks

/// A server on a free port, with a recorder of the test's own.
func withServer(
    limits: ListenLimits = ListenLimits(), logs: LogCapture = LogCapture(),
    isReady: @escaping @Sendable () async -> Bool = { true },
    recorder: @escaping Recorder = { (payloads) throws(RecorderError) in payloads.map { _ in "applied" } },
    _ body: (_ port: Int, _ stop: AsyncStream<Void>.Continuation) async throws -> Void
) async throws {
    let secret = try #require(WebhookSecret("right"))
    let server = WebhookServer(
        host: "127.0.0.1", port: 0, secret: secret, limits: limits, logger: logs.logger,
        queue: EventQueue(limits: .patient, logger: logs.logger, recorder: recorder), isReady: isReady)
    let (stops, stop) = AsyncStream<Void>.makeStream()
    let (ports, port) = AsyncStream<Int>.makeStream()
    let running = Task {
        try await server.run(onListening: { port.yield($0) }, until: { for await _ in stops {} })
    }
    let result: Result<Void, any Error>
    do {
        let found = try #require(await ports.first { _ in true })
        result = .success(try await body(found, stop))
    } catch {
        result = .failure(error)
    }
    stop.finish()
    try await running.value
    try result.get()
}
