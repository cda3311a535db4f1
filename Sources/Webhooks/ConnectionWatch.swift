import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// Cuts off clients that are too slow, and closes connections whose answer says so.
///
/// Sits behind the HTTP decoder. Bytes that make no whole header yet are noticed by the end of the read that brought
/// them.
final class ConnectionWatch: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart

    private let limits: ListenLimits
    private let roster: ConnectionRoster
    private let refusals: RefusalLog
    private var deadline = NIODeadline.distantFuture
    private var alarm: (at: NIODeadline, task: Scheduled<Void>)?
    /// A request's first byte was read and its last one was not.
    private var isReading = false
    /// Requests without a whole answer.
    private var unanswered = 0
    private var closesAfterAnswer = false
    private var isLingering = false
    private var isInputClosed = false

    init(limits: ListenLimits, roster: ConnectionRoster, refusals: RefusalLog) {
        self.limits = limits
        self.roster = roster
        self.refusals = refusals
    }

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { welcome(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        welcome(context)
        context.fireChannelActive()
    }

    private func welcome(_ context: ChannelHandlerContext) {
        expect(within: limits.request, context)
        roster.enter(context.channel)
    }

    func channelInactive(context: ChannelHandlerContext) {
        roster.leave(context.channel)
        alarm?.task.cancel()
        alarm = nil
        context.fireChannelInactive()
    }

    // MARK: Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // Bytes after the last answer belong to no request.
        guard !isLingering else { return }
        switch unwrapInboundIn(data) {
        case .head(let head):
            begin(context)
            unanswered += 1
            if head.headerFields[.connection]?.lowercased() == "close" { closesAfterAnswer = true }
        case .body: break
        case .end:
            isReading = false
            expect(within: limits.answer, context)
        }
        context.fireChannelRead(data)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if unanswered == 0, !isLingering, !isInputClosed { begin(context) }
        context.fireChannelReadComplete()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .inputClosed? = event as? ChannelEvent {
            isInputClosed = true
            if unanswered == 0 { return context.close(promise: nil) }
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if error is HTTPParserError { refusals.note(.notHTTP) }
        context.fireErrorCaught(error)
    }

    private func begin(_ context: ChannelHandlerContext) {
        guard !isReading else { return }
        isReading = true
        roster.note(context.channel, isIdle: false)
        expect(within: limits.request, context)
    }

    // MARK: Answers

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(let head):
            if head.headerFields[.connection] == "close" { closesAfterAnswer = true }
            context.write(data, promise: promise)
        case .body: context.write(data, promise: promise)
        case .end:
            let written = promise ?? context.eventLoop.makePromise()
            written.futureResult.assumeIsolated().whenComplete { _ in self.answered(context) }
            context.write(data, promise: written)
        }
    }

    private func answered(_ context: ChannelHandlerContext) {
        unanswered -= 1
        guard context.channel.isActive else { return }
        if closesAfterAnswer || isInputClosed {
            guard unanswered == 0 || closesAfterAnswer else { return }
            finish(context)
        } else if !isReading {
            if unanswered == 0 { roster.note(context.channel, isIdle: true) }
            expect(within: unanswered > 0 ? limits.answer : limits.idle, context)
        }
    }

    /// Ends the answers at once and the connection a little later.
    ///
    /// A connection that is closed while bytes are unread is reset, and the client might never see the answer.
    private func finish(_ context: ChannelHandlerContext) {
        guard !isInputClosed else { return context.close(promise: nil) }
        isLingering = true
        expect(within: limits.linger, context)
        context.close(mode: .output, promise: nil)
    }

    // MARK: Time

    private func expect(within limit: Duration, _ context: ChannelHandlerContext) {
        deadline = .now() + TimeAmount(limit)
        // A later alarm is set when the earlier one goes off.
        if let alarm, alarm.at <= deadline { return }
        alarm?.task.cancel()
        setAlarm(context)
    }

    private func setAlarm(_ context: ChannelHandlerContext) {
        let task = context.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { self.ring(context) }
        alarm = (deadline, task)
    }

    private func ring(_ context: ChannelHandlerContext) {
        alarm = nil
        if NIODeadline.now() < deadline {
            setAlarm(context)
        } else {
            context.close(promise: nil)
        }
    }
}
