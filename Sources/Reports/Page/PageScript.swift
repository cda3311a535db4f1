/// The script of the report page, `page.js`: a search field, two filters and sorting.
///
/// A page whose script does not run shows the same accounts, but cannot be searched or sorted.
struct PageScript: Sendable {
    let text: String

    /// The fingerprint by which a content security policy allows the script.
    let digest: String

    private init(_ text: String) {
        self.text = text
        digest = Fingerprint.base64(of: text)
    }

    static let page = PageScript(EmbeddedFiles.`page.js`.withoutLastLineBreak)
}

extension String {
    /// An embedded file's text without the line break at its end.
    var withoutLastLineBreak: String { last == "\n" ? String(dropLast()) : self }
}
