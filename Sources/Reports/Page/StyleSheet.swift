/// The style of both pages: light, dark and printed, with the fonts and means that a browser has itself.
struct StyleSheet: Sendable {
    /// The colours of each theme, and `page.css`.
    let text: String

    /// The fingerprint by which a content security policy allows the style sheet.
    let digest: String

    private init(_ text: String) {
        self.text = text
        digest = Fingerprint.base64(of: text)
    }

    static let page = StyleSheet(
        """
        :root{color-scheme:light dark;\(Palette.light.properties)}
        @media (prefers-color-scheme:dark){:root{\(Palette.dark.properties)}}
        @media print{:root{color-scheme:light;\(Palette.light.properties)}}
        \(EmbeddedFiles.`page.css`.withoutLastLineBreak)
        """)
}
