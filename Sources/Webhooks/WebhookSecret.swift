import Platform

/// The secret that Mono sends with every webhook (`mono-webhook-secret`), which no description, dump or mirror shows.
package struct WebhookSecret: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let digest: SHA256Digest

    /// Accepts 1 to 512 ASCII characters without control characters, neither beginning nor ending with a blank.
    ///
    /// One newline at the end, as editors leave it in files, is dropped. What is refused could not stand in a header.
    package init?(_ text: String) {
        let value = text.last?.isNewline == true ? text.dropLast() : text[...]
        guard (1...512).contains(value.utf8.count), value.utf8.allSatisfy({ (0x20...0x7E).contains($0) }),
            !value.hasPrefix(" "), !value.hasSuffix(" ")
        else { return nil }
        digest = SHA256Digest(of: Array(value.utf8))
    }

    /// Whether this is the secret; the time it takes tells nothing of where a wrong one differs.
    func isEqual(to presented: String) -> Bool {
        // Digests are compared in constant time.
        SHA256Digest(of: Array(presented.utf8)) == digest
    }

    /// The same for every secret.
    package var description: String { "[webhook secret]" }

    /// The same for every secret.
    package var debugDescription: String { description }

    /// Without children.
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
