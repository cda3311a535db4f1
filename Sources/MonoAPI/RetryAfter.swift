import NIOHTTP1

/// The `Retry-After` header.
enum RetryAfter {
    /// The longest wait that is believed.
    static let longest = Duration.seconds(86_400)

    /// How long to wait, between nothing and `longest`; nil if the header is absent or makes no sense.
    ///
    /// A date is counted from the answer's own `Date`, so that this machine's clock does not matter, and from
    /// `now` (seconds since 1970) only without one. A date gone by means no wait.
    static func read(_ headers: HTTPHeaders, now: Int64) -> Duration? {
        guard let text = headers.first(name: "retry-after").map(tidy), !text.isEmpty else { return nil }
        if text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            // More digits than a number holds are still a number of seconds.
            return min(longest, .seconds(Int64(text) ?? .max))
        }
        guard let date = HTTPDate.seconds(text) else { return nil }
        let start = headers.first(name: "date").map(tidy).flatMap(HTTPDate.seconds) ?? now
        return min(longest, max(.zero, .seconds(date - start)))
    }
}

/// The text without blanks and tabs at its ends.
func tidy(_ text: String) -> String {
    let bytes = text.utf8
    guard let start = bytes.firstIndex(where: { !isBlank($0) }), let end = bytes.lastIndex(where: { !isBlank($0) })
    else { return "" }
    return start == bytes.startIndex && bytes.index(after: end) == bytes.endIndex ? text : String(text[start...end])
}

private func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
