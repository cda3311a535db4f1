import AsyncHTTPClient
import NIOCore
import NIOHTTP1

/// One HTTP answer whose head is complete.
struct HTTPAnswer: Sendable {
    var status: Int
    var headers: HTTPHeaders
    var body: HTTPBody
}

/// The body of an answer, or why there is none.
enum HTTPBody: Equatable, Sendable {
    case whole([UInt8])
    /// Larger than `WireValue.limitBytes`; the connection was dropped.
    case tooLarge
    /// Cut short or late.
    case broken
    /// Not wanted.
    case discarded
}

/// Sends one request at most once and never follows an answer elsewhere.
struct Transport: Sendable {
    /// What to do with a body.
    enum Wish { case read, discard }

    /// How long an unwanted body may take before the connection is dropped: the answer is wanted now.
    private static let discardLimit = Duration.milliseconds(500)

    private let client: HTTPClient

    /// Makes a client; `usesPerConnection` of nil means as many as come, one means a fresh connection each time.
    ///
    /// `uptime` tells the time since boot, by which a ``DepartureGuard`` judges requests that name a latest instant; nil
    /// where none does.
    init(
        connections: Int, usesPerConnection: Int?, connectLimit: Duration, uptime: (@Sendable () -> Duration)? = nil
    ) {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: .init(connect: TimeAmount(connectLimit)),
            decompression: .disabled)
        configuration.httpVersion = .http1Only
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = max(1, connections)
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.connectionPool.idleTimeout = .seconds(15)
        configuration.maximumUsesPerConnection = usesPerConnection
        if let uptime {
            configuration.http1_1ConnectionDebugInitializer = { DepartureGuard.install(on: $0, uptime: uptime) }
        }
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    /// Sends a request and reads its answer, both within `limit`; cancelling the task ends it at once.
    func send(
        _ request: HTTPClientRequest, within limit: Duration, body wish: Wish
    ) async -> Result<HTTPAnswer, TransportFailure> {
        guard !Task.isCancelled else { return .failure(.nothingLeft("interrupted")) }
        let client = client
        let result = await cancelled(after: limit) { () -> Result<HTTPAnswer, TransportFailure> in
            do {
                let response = try await client.execute(request, deadline: .now() + TimeAmount(limit))
                let body =
                    switch wish {
                    case .read: await Self.read(response.body)
                    case .discard: await Self.discard(response.body)
                    }
                let status = Int(response.status.code)
                return .success(HTTPAnswer(status: status, headers: response.headers, body: body))
            } catch {
                return .failure(TransportFailure(error))
            }
        }
        // Tells why a request was lost: the HTTP client reports the cancellation of this task as a time-out.
        if case .failure(.lost) = result, Task.isCancelled { return .failure(.lost("interrupted")) }
        return result
    }

    /// Closes all connections; requests under way fail.
    func shutdown() async {
        // Shutting down fails only if it is done already.
        try? await client.shutdown()
    }

    private static func read(_ body: HTTPClientResponse.Body) async -> HTTPBody {
        var bytes: [UInt8] = []
        do {
            for try await part in body {
                guard bytes.count + part.readableBytes <= WireValue.limitBytes else { return .tooLarge }
                bytes += part.readableBytesView
            }
        } catch {
            return .broken
        }
        // A cancelled sequence may end early without an error.
        return Task.isCancelled ? .broken : .whole(bytes)
    }

    /// Lets a well-behaved server finish, for a moment and up to the limit.
    private static func discard(_ body: HTTPClientResponse.Body) async -> HTTPBody {
        await cancelled(after: discardLimit) {
            _ = await read(body)
        }
        return .discarded
    }
}

/// Runs an operation, cancels it when its time is over or this task is cancelled, and waits for its result.
private func cancelled<T: Sendable>(
    after limit: Duration, _ operation: @escaping @Sendable () async -> T
) async -> T {
    let work = Task { await operation() }
    let alarm = Task {
        try await Task.sleep(for: limit)
        work.cancel()
    }
    defer { alarm.cancel() }
    return await withTaskCancellationHandler {
        await work.value
    } onCancel: {
        work.cancel()
    }
}
