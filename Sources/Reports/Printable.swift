extension String {
    /// This text on one line, without what a terminal would act on, and at most `limit` characters long.
    ///
    /// Control and format characters (escape sequences, direction marks) become U+FFFD; a cut is marked with `…`.
    package func printable(limit: Int = 200) -> String {
        let cleaned = String(String.UnicodeScalarView(unicodeScalars.map { $0.isSafeToShow ? $0 : "\u{FFFD}" }))
        return cleaned.count > limit ? cleaned.prefix(max(0, limit - 1)) + "…" : cleaned
    }

    /// Whether this comes before another text by UTF-8 bytes, the order of every report.
    func precedesByBytes(_ other: String) -> Bool {
        utf8.lexicographicallyPrecedes(other.utf8)
    }
}

extension Unicode.Scalar {
    /// Whether a terminal or a page shows this, rather than acting on it.
    var isSafeToShow: Bool {
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: false
        default: true
        }
    }
}
