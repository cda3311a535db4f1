import NIOHTTP1
import Reconciliation

extension HTTPAnswer {
    /// What the answer is if it cannot be Mono's; nil if it can.
    ///
    /// Mono answers in JSON. A page, or a refusal in other words, comes from something on the way: a proxy, a
    /// gateway, the log-in of a network. It says nothing of key, account or code. 429 and 5xx say enough by
    /// their status, whoever sends them; an empty body says nothing either way.
    var foreignness: ReadFailure? {
        guard status < 500, status != 429 else { return nil }
        switch body {
        case .whole(let bytes):
            guard let first = bytes.first(where: { !Self.isBlank($0) }) else { return nil }
            let isMarkup = first == UInt8(ascii: "<")
            guard isMarkup || (400...499).contains(status) && WireValue(bytes) == nil else { return nil }
            let start = String(decoding: bytes.prefix(1_024), as: UTF8.self).lowercased()
            return isMarkup && start.contains("html")
                ? page : .foreign(status: status, what: "a text that is not JSON")
        case .tooLarge, .broken, .discarded:
            let isPage = headers["content-type"].contains { $0.lowercased().contains("html") }
            return isPage ? page : nil
        }
    }

    private var page: ReadFailure { .foreign(status: status, what: "an HTML page") }

    /// White space, or a byte of a byte order mark.
    private static func isBlank(_ byte: UInt8) -> Bool { byte <= 0x20 || [0xEF, 0xBB, 0xBF].contains(byte) }
}
