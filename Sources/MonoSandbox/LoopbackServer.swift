import NIOCore
import NIOHTTP1
import NIOPosix

/// A host behind a loopback port, on one thread.
///
/// Written on NIO's own HTTP/1 and not on a web framework: the faults (a reset before any byte, half a body,
/// silence) need the connection itself, and a silent request must cost nothing but its socket.
struct LoopbackServer: Sendable {
    /// Connections that may wait to be accepted.
    static let backlog: Int32 = 4096

    private let channel: any Channel
    private let group: MultiThreadedEventLoopGroup

    /// The port that it listens on.
    let port: Int

    /// Whether a host names this machine's loopback and nothing else.
    static func isLoopback(_ host: String) -> Bool {
        if host == "localhost" || host == "::1" { return true }
        // Numbers only: `127.0.0.1.example.com` is somebody else's machine.
        let numbers = host.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        return numbers.count == 4 && numbers[0] == 127 && numbers.allSatisfy { $0 != nil }
    }

    /// Listens until `stop()`; port 0 takes any free one.
    ///
    /// Throws `ScenarioError` when it cannot.
    static func start(_ host: Host, at address: String = "127.0.0.1", port: Int = 0) async throws -> LoopbackServer {
        guard isLoopback(address) else {
            throw ScenarioError(description: "--host \(address): the sandbox listens on loopback only, as 127.0.0.1")
        }
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: backlog)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline(withErrorHandling: true)
                    try channel.pipeline.syncOperations.addHandler(ConnectionHandler(host))
                }
            }
        do {
            let channel = try await bootstrap.bind(host: address, port: port).get()
            return LoopbackServer(channel: channel, group: group, port: channel.localAddress?.port ?? port)
        } catch {
            try await group.shutdownGracefully()
            throw ScenarioError(description: "cannot listen on \(address):\(port): \(error)")
        }
    }

    private init(channel: any Channel, group: MultiThreadedEventLoopGroup, port: Int) {
        self.channel = channel
        self.group = group
        self.port = port
    }

    /// Closes the port and every connection.
    func stop() async throws {
        try await channel.close()
        try await group.shutdownGracefully()
    }
}
