import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Synchronization

/// Takes an answer as it comes, on the event loop of its connection.
///
/// Once the head is complete there is an answer, whatever becomes of the body.
final class AnswerReader: HTTPClientResponseDelegate {
    private struct State {
        var head: HTTPResponseHead?
        var bytes: [UInt8] = []
        var seenBytes = 0
        var alarm: Scheduled<Void>?
    }

    private struct TooLarge: Error {}

    /// How long an unwanted body may take before the connection is dropped: the answer is wanted now.
    private static let discardLimit = TimeAmount.milliseconds(500)

    private let wish: Transport.Wish
    private let state = Mutex(State())

    init(_ wish: Transport.Wish) { self.wish = wish }

    func didReceiveHead(task: HTTPClient.Task<HTTPAnswer>, _ head: HTTPResponseHead) -> EventLoopFuture<Void> {
        state.withLock { $0.head = head }
        // Lets a well-behaved server finish, for a moment and up to the limit.
        if wish == .discard {
            let alarm = task.eventLoop.scheduleTask(in: Self.discardLimit) { task.cancel() }
            state.withLock { $0.alarm = alarm }
        }
        return task.eventLoop.makeSucceededVoidFuture()
    }

    func didReceiveBodyPart(task: HTTPClient.Task<HTTPAnswer>, _ part: ByteBuffer) -> EventLoopFuture<Void> {
        let isWithinLimit = state.withLock { state in
            state.seenBytes += part.readableBytes
            guard state.seenBytes <= WireValue.limitBytes else { return false }
            if reads(state.head) { state.bytes += part.readableBytesView }
            return true
        }
        return isWithinLimit
            ? task.eventLoop.makeSucceededVoidFuture() : task.eventLoop.makeFailedFuture(TooLarge())
    }

    func didFinishRequest(task: HTTPClient.Task<HTTPAnswer>) throws -> HTTPAnswer {
        let (head, bytes) = state.withLock { ($0.head, $0.bytes) }
        guard let head else { throw HTTPClientError.remoteConnectionClosed }
        return HTTPAnswer(head, reads(head) ? .whole(bytes) : .discarded)
    }

    private func reads(_ head: HTTPResponseHead?) -> Bool {
        wish == .read || head.map { !(200...299).contains($0.status.code) } == true
    }

    /// What came of the request in the end.
    func judge(_ result: Result<HTTPAnswer, any Error>) -> Result<HTTPAnswer, TransportFailure> {
        let (head, alarm) = state.withLock { state in
            defer { state.alarm = nil }
            return (state.head, state.alarm)
        }
        alarm?.cancel()
        switch result {
        case .success(let answer): return .success(answer)
        case .failure(let error):
            guard let head else { return .failure(TransportFailure(error)) }
            guard reads(head) else { return .success(HTTPAnswer(head, .discarded)) }
            return .success(HTTPAnswer(head, error is TooLarge ? .tooLarge : .broken))
        }
    }
}

extension HTTPAnswer {
    fileprivate init(_ head: HTTPResponseHead, _ body: HTTPBody) {
        self.init(status: Int(head.status.code), headers: head.headers, body: body)
    }
}
