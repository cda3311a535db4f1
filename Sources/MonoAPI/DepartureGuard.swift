import NIOCore
import NIOHTTP1

/// Looks at the time once more when the connection stands, right before a request's first byte is written.
///
/// A process that is suspended while it connects (a paused machine, `SIGSTOP`) wakes with a request that is no longer
/// meant. What remains is the instant between this look and the write.
final class DepartureGuard: ChannelOutboundHandler, RemovableChannelHandler {
    typealias OutboundIn = HTTPClientRequestPart
    typealias OutboundOut = HTTPClientRequestPart

    /// Carries the latest instant from the request to this handler, in nanoseconds since boot; it never leaves.
    static let header = "x-departs-before"

    /// The request was held up, and not a byte of it was written.
    struct HeldUp: Error {}

    private let uptime: @Sendable () -> Duration
    private var isHeldUp = false

    init(uptime: @escaping @Sendable () -> Duration) { self.uptime = uptime }

    /// Puts a guard behind the encoder of a connection that stands.
    static func install(on channel: any Channel, uptime: @escaping @Sendable () -> Duration) -> EventLoopFuture<Void> {
        channel.eventLoop.submit {
            let pipeline = channel.pipeline.syncOperations
            let encoder = try pipeline.handler(type: HTTPRequestEncoder.self)
            try pipeline.addHandler(DepartureGuard(uptime: uptime), position: .after(encoder))
        }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .head(var head) = unwrapOutboundIn(data) else {
            guard !isHeldUp else {
                promise?.fail(HeldUp())
                return
            }
            return context.write(data, promise: promise)
        }
        let latest = head.headers.first(name: Self.header).flatMap { Int64($0) }
        head.headers.remove(name: Self.header)
        if let latest, uptime() >= .nanoseconds(latest) {
            isHeldUp = true
            promise?.fail(HeldUp())
            context.fireErrorCaught(HeldUp())
            return context.close(promise: nil)
        }
        context.write(wrapOutboundOut(.head(head)), promise: promise)
    }
}
