/// Mono's secret key (`mono-sec-key`), which no description, dump or mirror shows.
package struct SecretKey: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// For the request header and nothing else.
    let value: String

    /// Accepts 1 to 512 visible ASCII characters.
    ///
    /// One newline at the end, as editors leave it in key files, is dropped. Any other blank or control
    /// character is refused: it is a mistake of copying, and a newline would end the header.
    package init?(_ text: String) {
        let value = text.last?.isNewline == true ? text.dropLast() : text[...]
        guard (1...512).contains(value.utf8.count), value.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            return nil
        }
        self.value = String(value)
    }

    /// The same for every key.
    package var description: String { "[secret key]" }

    /// The same for every key.
    package var debugDescription: String { description }

    /// Without children.
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
