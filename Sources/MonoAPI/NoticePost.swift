import AsyncHTTPClient
import NIOHTTP1

/// Where notices are posted: https, or http to this machine, whole with path and query.
///
/// The secret of a chat's webhook is its path or query, so a notice's address is never shown whole.
package struct NoticeURL: Sendable, Equatable {
    /// All of it.
    let text: String
    /// As much of it as may be seen: `https://hooks.example.com/…`.
    package let shown: String

    /// Parses at most 2,048 bytes; nil for what is no such address.
    package init?(_ text: String) {
        guard text.utf8.count <= 2_048, let scheme = text.firstRange(of: "://") else { return nil }
        let end = text[scheme.upperBound...].firstIndex { "/?#".contains($0) } ?? text.endIndex
        guard let server = try? BaseURL(String(text[..<end])), text[end...].utf8.allSatisfy(Self.isPlain) else {
            return nil
        }
        self.text = server.description + text[end...]
        shown = server.description + "/…"
    }

    /// What may stand in a path or query as it is.
    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "-._~%/:@?!$&'()*+,;=".utf8.contains(byte)
        }
    }
}

/// Posts a notice to a webhook of a chat, or of any other program that takes JSON.
///
/// It knows nothing of Mono and sends no key.
package struct NoticePost: Sendable {
    /// Of the time that a post may take, what is left for closing the connection.
    private static let spare = Duration.milliseconds(300)

    private let address: NoticeURL
    private let userAgent: String

    /// Posts to an address, as a version of this program.
    package init(to address: NoticeURL, version: String) {
        self.address = address
        userAgent = "mono-reconcile/\(version)"
    }

    /// Posts a JSON text, once, and follows no redirect.
    ///
    /// Returns within `limit`, whatever the other side does: nil when the notice was taken, else why it was not.
    package func send(_ json: String, within limit: Duration) async -> String? {
        var request = HTTPClientRequest(url: address.text)
        request.method = .POST
        request.headers = ["content-type": "application/json", "user-agent": userAgent]
        let body = Array(json.utf8)
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
