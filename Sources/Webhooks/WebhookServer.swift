import Glibc
import HummingbirdCore
package import Logging
import NIOCore
import NIOPosix

/// Why the server does not listen.
package struct ListenError: Error, Equatable, CustomStringConvertible {
    package let description: String
    /// Whether the server listened and then ended without being told to; if not, it could not have the address.
    package let isByItself: Bool
}

/// The receiver of Mono's webhooks: `POST /webhooks/mono`, `GET /healthz`, `GET /readyz`.
package struct WebhookServer: Sendable {
    private let host: String
    private let port: Int
    private let limits: ListenLimits
    private let logger: Logger
    private let queue: EventQueue
    private let refusals: RefusalLog
    private let requests: Requests

    /// Prepares a server.
    ///
    /// - Parameters:
    ///   - host: An address or a name of this machine.
    ///   - port: 0: any free one.
    ///   - secret: The value that the header `mono-webhook-secret` must have.
    ///   - limits: Bounds of what clients may do.
    ///   - logger: Gets no payload, no secret and no name.
    ///   - queue: Takes the events; closed when the server stops.
    ///   - isReady: Whether an event could be recorded now; cancelled when it takes too long.
    package init(
        host: String, port: Int, secret: WebhookSecret, limits: ListenLimits = ListenLimits(), logger: Logger,
        queue: EventQueue, isReady: @escaping @Sendable () async -> Bool
    ) {
        self.host = host
        self.port = port
        self.limits = limits
        self.logger = logger
        self.queue = queue
        refusals = RefusalLog(logger)
        requests = Requests(
            secret: secret, limits: limits, logger: logger, refusals: refusals, queue: queue,
            // A connection of its own may be well while that of the events hangs.
            readiness: Readiness(limit: limits.readiness) { await queue.isHanging ? false : await isReady() })
    }

    /// Listens until told to stop, then finishes the requests under way, within a second more than `limits.stop`.
    ///
    /// - Parameters:
    ///   - onListening: Called once with the port.
    ///   - stop: Returns when the server shall stop.
    /// - Throws: `ListenError` if the address cannot be had, or the server ended by itself.
    package func run(
        onListening: @escaping @Sendable (_ port: Int) -> Void, until stop: @escaping @Sendable () async -> Void
    ) async throws(ListenError) {
        let server = makeServer(onListening)
        let failure = await withTaskGroup(of: ListenError?.self) { group in
            group.addTask { await Self.ending(of: server, at: "\(host):\(port)") }
            group.addTask {
                await stop()
                return nil
            }
            let first = await group.next() ?? nil
            if first == nil { await windDown(server) }
            // Connections that are still open are closed by this.
            group.cancelAll()
            return first
        }
        if let failure { throw failure }
    }

    private func makeServer(_ onListening: @escaping @Sendable (Int) -> Void) -> Server<HTTP1Channel> {
        let limits = limits
        let refusals = refusals
        let roster = ConnectionRoster(limit: limits.connections)
        let channel = HTTP1Channel(
            responder: requests.respond,
            configuration: HTTP1Channel.Configuration(
                additionalChannelHandlers: [ConnectionWatch(limits: limits, roster: roster, refusals: refusals)],
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: limits.header, maxHeaderListSize: limits.header * 2, maxHeaderFieldCount: 100)))
        // Its lines could hold whole requests.
        var quiet = logger
        quiet.logLevel = .error
        return Server(
            childChannelSetup: channel,
            configuration: ServerConfiguration(
                address: .hostname(host, port: port), backlog: 1_024,
                availableConnectionsDelegate: .maximum(limits.connections, logger: quiet)),
            onServerRunning: { channel in onListening(channel.localAddress?.port ?? 0) },
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: quiet)
    }

    private static func ending(of server: Server<HTTP1Channel>, at address: String) async -> ListenError? {
        do {
            try await server.run()
            return ListenError(
                description: "the server on \(address) ended by itself; start it again", isByItself: true)
        } catch let error as IOError {
            let reason = String(cString: strerror(error.errnoCode))
            return ListenError(
                description: "cannot listen on \(address): \(reason); choose another --host or --port",
                isByItself: false)
        } catch {
            return ListenError(
                description: "cannot listen on \(address): is this an address of this machine?", isByItself: false)
        }
    }

    /// Accepts nothing more and lets the requests under way be answered.
    private func windDown(_ server: Server<HTTP1Channel>) async {
        let (answered, answer) = AsyncStream<Void>.makeStream()
        let shutdown = Task {
            // This fails only if the server has ended already, which is what was asked for.
            try? await server.shutdownGracefully()
            answer.finish()
        }
        await Self.wait(for: answered, atMost: limits.stop)
        await queue.close(within: .milliseconds(100))
        await Self.wait(for: answered, atMost: .milliseconds(500))
        shutdown.cancel()
    }

    /// Waits for the end of a stream that has no elements.
    private static func wait(for stream: AsyncStream<Void>, atMost limit: Duration) async {
        await withTaskGroup { group in
            group.addTask { for await _ in stream {} }
            group.addTask {
                // Cancelled when the stream ends first.
                try? await Task.sleep(for: limit)
            }
            await group.next()
            group.cancelAll()
        }
    }
}
