import Glibc
import NIOCore
import NIOHTTP1

/// One connection: gathers a request, asks the host, and answers or misbehaves as told.
final class ConnectionHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    /// The largest body that is read.
    static let bodyLimitBytes = 1 << 20

    private let host: Host
    private var head: HTTPRequestHead?
    private var body: [UInt8] = []
    private var isOverlong = false

    init(_ host: Host) { self.host = host }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body = []
            isOverlong = false
        case .body(let bytes):
            isOverlong = isOverlong || body.count + bytes.readableBytes > Self.bodyLimitBytes
            if !isOverlong { body += bytes.readableBytesView }
        case .end:
            guard let head else { return }
            answer(head, context)
        }
    }

    private func answer(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        guard !isOverlong else {
            return write(.failure(413, "A body has at most \(Self.bodyLimitBytes) bytes"), head, context)
        }
        var headers: [String: String] = [:]
        for (name, value) in head.headers { headers[name.lowercased()] = value }
        let request = Request(method: head.method.rawValue, target: head.uri, headers: headers, body: body)
        let answer = host.answer(request, on: context.eventLoop)
        let delay = TimeAmount.nanoseconds(Int64(answer.delay * 1e9))
        let loop = context.eventLoop.assumeIsolated()
        _ = loop.scheduleTask(in: delay) { self.write(answer, head, context) }
    }

    private func write(_ answer: Answer, _ request: HTTPRequestHead, _ context: ChannelHandlerContext) {
        // The customer may have hung up meanwhile.
        guard context.channel.isActive else { return }
        switch answer.fault {
        case .hang: return
        case .reset: return reset(context)
        case .truncated, nil: break
        }
        let isTruncated = answer.fault == .truncated
        let isLast = isTruncated || !request.isKeepAlive
        var headers: HTTPHeaders = [
            "content-type": answer.contentType, "content-length": String(answer.body.utf8.count),
        ]
        for (name, value) in answer.headers { headers.add(name: name, value: value) }
        if isLast { headers.add(name: "connection", value: "close") }
        let head = HTTPResponseHead(
            version: .http1_1, status: HTTPResponseStatus(statusCode: answer.status), headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        var bytes = ByteBuffer(string: answer.body)
        if isTruncated { bytes = bytes.readSlice(length: bytes.readableBytes / 2) ?? ByteBuffer() }
        context.write(wrapOutboundOut(.body(.byteBuffer(bytes))), promise: nil)
        if isTruncated {
            context.flush()
            return context.close(promise: nil)
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        if isLast { context.close(promise: nil) }
    }

    /// Closes with a reset (RST) instead of an orderly end: lingering for no time at all does that.
    private func reset(_ context: ChannelHandlerContext) {
        if let socket = context.channel as? any SocketOptionProvider {
            // A socket that is gone already needs no reset.
            socket.setSoLinger(linger(l_onoff: 1, l_linger: 0)).whenFailure { _ in }
        }
        context.close(promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
