import NIOCore
import Synchronization

/// A sandbox with a clock and ways out for its log and its events.
final class Host: Sendable {
    private let sandbox: Mutex<Sandbox>
    private let epoch: Double
    private let start = NIODeadline.now()
    private let log: CallLog?
    private let sender: WebhookSender?

    init(_ sandbox: Sandbox, log: CallLog? = nil, sender: WebhookSender? = nil) {
        epoch = sandbox.settings.epoch
        self.sandbox = Mutex(sandbox)
        self.log = log
        self.sender = sender
    }

    /// Answers a request now; its events go out by themselves.
    func answer(_ request: Request, on eventLoop: any EventLoop) -> Answer {
        let (reply, now) = sandbox.withLock { sandbox in
            // The clock is read inside the lock: times in the book never decrease.
            let now = Double((NIODeadline.now() - start).nanoseconds) / 1e9
            let reply = sandbox.answer(request, at: now)
            if let call = reply.call { log?.append(call.json(epoch: epoch)) }
            return (reply, now)
        }
        for webhook in reply.webhooks { sender?.send(webhook, after: webhook.due - now, on: eventLoop) }
        return reply.answer
    }
}
