import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

/// Posts events to the business, again if they are not answered with 200.
struct WebhookSender: Sendable {
    /// Tries of one event; Mono's own number is not known.
    static let attempts = 4
    /// Seconds that one try may take.
    static let timeoutSeconds: Int64 = 10

    let client: HTTPClient
    /// Where to.
    let url: String
    /// Goes into `mono-webhook-secret`.
    let secret: String
    /// Seconds until the second try; each further one waits twice as long.
    var firstRetrySeconds = 1.0

    /// Sends an event after so many seconds; returns at once.
    func send(_ webhook: Webhook, after seconds: Double, on eventLoop: any EventLoop) {
        eventLoop.scheduleTask(in: .nanoseconds(Int64(max(0, seconds) * 1e9))) {
            Task { await deliver(webhook) }
        }
    }

    private func deliver(_ webhook: Webhook) async {
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        request.headers = ["content-type": "application/json", "mono-webhook-secret": secret]
        request.body = .bytes(ByteBuffer(string: webhook.body))
        for attempt in 0..<Self.attempts {
            do {
                let response = try await client.execute(request, timeout: .seconds(Self.timeoutSeconds))
                // An unread body would keep the connection from its next use.
                _ = try await response.body.collect(upTo: 65_536)
                if response.status == .ok { return }
            } catch is CancellationError {
                return
            } catch {
                // Unreachable counts like any answer but 200: tried again, then given up.
            }
            guard attempt + 1 < Self.attempts else { break }
            let pause = firstRetrySeconds * Double(1 << attempt)
            do { try await Task.sleep(for: .seconds(pause)) } catch { return }
        }
        let line = "webhook \(webhook.event) of \(webhook.account) was not taken after \(Self.attempts) tries\n"
        FileHandle.standardError.write(Data(line.utf8))
    }
}
