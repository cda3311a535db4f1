import NIOHTTP1
import NIOPosix

extension Transport {
    /// Of the time that a post may take, what is left for closing the connection.
    private static let spare = Duration.milliseconds(300)

    /// Posts a body once, over a connection of its own, and follows no redirect.
    ///
    /// For who listens to this program and is not Mono: no key is sent. Returns within `limit`, whatever the other side
    /// does: nil when the body was taken, else why it was not.
    static func post(
        _ body: [UInt8], as contentType: String, to address: String, from version: String, within limit: Duration
    ) async -> String? {
        let request = HTTPRequest(
            url: address, method: .POST,
            headers: ["content-type": contentType, "user-agent": "mono-reconcile/\(version)"], body: body)
        let time = max(limit - spare, spare)
        let transport = Transport(
            connections: 1, usesPerConnection: 1, connectLimit: time, on: .singletonMultiThreadedEventLoopGroup)
        let result = await transport.send(request, within: time, body: .discard)
        await transport.shutdown()
        switch result {
        case .success(let answer): return (200...299).contains(answer.status) ? nil : "HTTP \(answer.status)"
        case .failure(.nothingLeft(let why)), .failure(.lost(let why)): return why
        }
    }
}
