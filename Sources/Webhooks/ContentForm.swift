import HTTPTypes

/// In what form a body comes, as far as it stands in the way of reading it.
enum ContentForm {
    private static let known: Set<String> = ["br", "compress", "deflate", "gzip", "x-compress", "x-gzip", "zstd"]

    /// The encoding that a request names and that is not read; nil if the body comes as it is.
    static func encoding(of headers: HTTPFields) -> String? {
        let names = headers[values: .contentEncoding].flatMap { $0.split(separator: ",") }
            .map { $0.filter { !$0.isWhitespace }.lowercased() }
        guard let name = names.first(where: { !$0.isEmpty && $0 != "identity" }) else { return nil }
        return known.contains(name) ? name : "an unknown encoding"
    }

    /// What a body is that is not JSON in UTF-8, by its first bytes: a label in the headers is often wrong.
    static func guess(_ bytes: [UInt8]) -> (refusal: Refusal, name: String)? {
        switch (bytes.first, bytes.dropFirst().first) {
        case (0x1F, 0x8B): (.encoded, "gzip without Content-Encoding")
        case (0x28, 0xB5): (.encoded, "zstd without Content-Encoding")
        case (0xFF, 0xFE), (0xFE, 0xFF), (0, _?), (_, 0): (.notUTF8, "UTF-16 or UTF-32")
        default: nil
        }
    }
}
