import NIOCore
import NIOPosix
import Synchronization

/// A raw TCP server on a free loopback port that answers each request with a list of acts and keeps what it saw.
final class MisbehavingServer: Sendable {
    /// One thing done to a connection.
    enum Act {
        case send(String)
        /// That many bytes `x`.
        case fill(Int)
        case close
        /// Ends the connection with a TCP reset.
        case reset
    }

    /// When the acts begin.
    enum Moment { case onConnection, onRequest }

    /// The address that it listens at.
    let port: Int
    /// Each request's head as it is complete.
    let arrivals: AsyncStream<String>
    private let log: ServerLog
    private let channel: any Channel

    /// Starts a server; each request (or connection) takes the next acts, the last ones stay.
    static func start(_ acts: [Act]..., at moment: Moment = .onRequest) async throws -> MisbehavingServer {
        let (arrivals, continuation) = AsyncStream.makeStream(of: String.self)
        let log = ServerLog(script: acts, arrivals: continuation)
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(ActingHandler(log: log, moment: moment))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return MisbehavingServer(channel, log, arrivals)
    }

    private init(_ channel: any Channel, _ log: ServerLog, _ arrivals: AsyncStream<String>) {
        port = channel.localAddress?.port ?? 0
        self.channel = channel
        self.log = log
        self.arrivals = arrivals
    }

    /// The complete request heads so far.
    var requests: [String] { log.state.withLock { $0.requests } }

    /// The bodies that came with their length, one a request; empty where there was none.
    var bodies: [String] { log.state.withLock { $0.bodies } }

    /// The connections accepted so far.
    var connections: Int { log.state.withLock { $0.connections } }

    /// Stops listening.
    func stop() async {
        try? await channel.close()
    }
}

private final class ServerLog: Sendable {
    struct State {
        var script: [[MisbehavingServer.Act]]
        var requests: [String] = []
        var bodies: [String] = []
        var connections = 0
    }

    let state: Mutex<State>
    let arrivals: AsyncStream<String>.Continuation

    init(script: [[MisbehavingServer.Act]], arrivals: AsyncStream<String>.Continuation) {
        state = Mutex(State(script: script))
        self.arrivals = arrivals
    }

    func nextActs() -> [MisbehavingServer.Act] {
        state.withLock { state in
            state.script.count > 1 ? state.script.removeFirst() : state.script.first ?? []
        }
    }
}

private final class ActingHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let log: ServerLog
    private let moment: MisbehavingServer.Moment
    private var received = ""

    init(log: ServerLog, moment: MisbehavingServer.Moment) {
        self.log = log
        self.moment = moment
    }

    func channelActive(context: ChannelHandlerContext) {
        log.state.withLock { $0.connections += 1 }
        if moment == .onConnection { act(context) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        received += String(buffer: unwrapInboundIn(data))
        while let end = received.firstRange(of: "\r\n\r\n") {
            let head = String(received[..<end.lowerBound])
            let body = received[end.upperBound...].utf8.prefix(Self.length(of: head))
            // The rest of the body is still on its way.
            guard body.count == Self.length(of: head) else { return }
            let text = String(body) ?? ""
            received = String(received[end.upperBound...].utf8.dropFirst(body.count)) ?? ""
            log.state.withLock { state in
                state.requests.append(head)
                state.bodies.append(text)
            }
            if moment == .onRequest { act(context) }
            log.arrivals.yield(head)
        }
    }

    private static func length(of head: String) -> Int {
        let lines = head.lowercased().split(separator: "\r\n")
        let name = "content-length: "
        return lines.first { $0.hasPrefix(name) }.flatMap { Int($0.dropFirst(name.count)) } ?? 0
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    private func act(_ context: ChannelHandlerContext) {
        for act in log.nextActs() {
            switch act {
            case .send(let text):
                context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
            case .fill(let count):
                let buffer = ByteBuffer(repeating: UInt8(ascii: "x"), count: count)
                context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
            case .close:
                context.close(promise: nil)
            case .reset:
                // A linger time of zero makes the close a reset.
                let provider = context.channel as? any SocketOptionProvider
                _ = provider?.setSoLinger(linger(l_onoff: 1, l_linger: 0))
                context.close(promise: nil)
            }
        }
    }
}
