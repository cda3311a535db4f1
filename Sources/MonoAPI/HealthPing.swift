import AsyncHTTPClient
import NIOHTTP1

/// Tells a dead man's switch (healthchecks.io and its like) when the job begins and how it ends.
///
/// It knows nothing of Mono and sends no key: a ping is its address, an id that joins start and end, and a line of text.
package struct HealthPing: Sendable {
    /// What there is to tell.
    package enum Moment: Equatable, Sendable {
        case start
        case end(exitCode: Int32)
    }

    /// The longest text that is sent, in bytes.
    static let limitBytes = 10_000
    /// Of the time that a ping may take, what is left for closing the connection.
    private static let spare = Duration.milliseconds(300)

    private let address: BaseURL
    private let id: String
    private let userAgent: String

    /// Pings go to the address with `/start` or the exit code behind it, and `?rid=` with the id.
    package init(address: BaseURL, id: String, version: String) {
        self.address = address
        self.id = id
        userAgent = "mono-reconcile/\(version)"
    }

    /// Sends one ping, once, and follows no redirect.
    ///
    /// Returns within `limit`, whatever the other side does: nil when the ping was taken, else why it was not.
    package func send(_ moment: Moment, saying text: String, within limit: Duration) async -> String? {
        let path =
            switch moment {
            case .start: "/start"
            case .end(let exitCode): "/\(exitCode)"
            }
        var request = HTTPClientRequest(url: address.appending("\(path)?rid=\(id)"))
        request.method = .POST
        request.headers = ["content-type": "text/plain; charset=utf-8", "user-agent": userAgent]
        let body = Array(text.utf8.prefix(Self.limitBytes))
        request.body = .bytes(body, length: .known(Int64(body.count)))
        let time = max(limit - Self.spare, Self.spare)
        let transport = Transport(connections: 1, usesPerConnection: 1, connectLimit: time)
        let result = await transport.send(request, within: time, body: .discard)
        await transport.shutdown()
        switch result {
        case .success(let answer): return (200...299).contains(answer.status) ? nil : "HTTP \(answer.status)"
        case .failure(.nothingLeft(let why)), .failure(.lost(let why)): return why
        }
    }
}
