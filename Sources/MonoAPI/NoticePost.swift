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
    private let address: NoticeURL
    private let version: String

    /// Posts to an address, as a version of this program.
    package init(to address: NoticeURL, version: String) {
        self.address = address
        self.version = version
    }

    /// Posts a JSON text; nil when the notice was taken within `limit`, else why it was not.
    package func send(_ json: String, within limit: Duration) async -> String? {
        await Transport.post(
            Array(json.utf8), as: "application/json", to: address.text, from: version, within: limit)
    }
}
