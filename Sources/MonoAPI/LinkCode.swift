/// The widget's temporary code, good for one account, which no description, dump or mirror shows.
package struct LinkCode: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// For the request body and nothing else.
    let value: String

    /// Accepts 1 to 512 visible ASCII characters; blanks and newlines at the ends are mistakes of copying and dropped.
    package init?(_ text: String) {
        let isBlank = { (character: Character) in character == " " || character == "\t" || character.isNewline }
        let value = String(String(text.drop(while: isBlank).reversed()).drop(while: isBlank).reversed())
        guard (1...512).contains(value.utf8.count), value.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            return nil
        }
        self.value = value
    }

    /// The same for every code.
    package var description: String { "[code]" }

    /// The same for every code.
    package var debugDescription: String { description }

    /// Without children.
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
