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
    enum Wish {
        case read
        /// Reads only that of a status which is no success, to tell whose answer it is.
        case discard
    }

    private let client: HTTPClient

    /// Makes a client; `usesPerConnection` of nil means as many as come, one means a fresh connection each time.
    ///
    /// `uptime` tells the time since boot, by which a ``DepartureGuard`` judges requests that name a latest instant; nil
    /// where none does. Connections live on `loops`.
    init(
        connections: Int, usesPerConnection: Int?, connectLimit: Duration, uptime: (@Sendable () -> Duration)? = nil,
        on loops: any EventLoopGroup
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
        client = HTTPClient(eventLoopGroupProvider: .shared(loops), configuration: configuration)
    }

    /// Sends a request and reads its answer, both within `limit`; cancelling the task ends it at once.
    func send(
        _ request: HTTPRequest, within limit: Duration, body wish: Wish
    ) async -> Result<HTTPAnswer, TransportFailure> {
        guard !Task.isCancelled else { return .failure(.nothingLeft("interrupted")) }
        let reader: AnswerReader
        let exchange: HTTPClient.Task<HTTPAnswer>
        do {
            reader = AnswerReader(wish)
            exchange = client.execute(
                request: try request.forClient(), delegate: reader, deadline: .now() + TimeAmount(limit))
        } catch {
            return .failure(TransportFailure(error))
        }
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                exchange.futureResult.whenComplete { continuation.resume(returning: reader.judge($0)) }
            }
        } onCancel: {
            exchange.cancel()
        }
        // Tells why a request was lost: the HTTP client has no word of its own for this task's cancellation.
        if case .failure(.lost) = result, Task.isCancelled { return .failure(.lost("interrupted")) }
        return result
    }

    /// Closes all connections; requests under way fail.
    func shutdown() async {
        // Shutting down fails only if it is done already.
        try? await client.shutdown()
    }
}
