/// HTML that is known to be well-formed: literals are ours, and every text put into one is escaped.
///
/// There is no way from a string to markup but through an interpolation, so no foreign text can become a tag.
struct Markup: ExpressibleByStringInterpolation, Sendable {
    private(set) var text: String

    init(stringLiteral value: StaticString) { text = "\(value)" }

    init(stringInterpolation: StringInterpolation) { text = stringInterpolation.text }

    static func += (left: inout Markup, right: Markup) { left.text += right.text }

    static let nothing: Markup = ""

    /// UTF-8.
    var bytes: [UInt8] { Array(text.utf8) }

    struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var text = ""

        init(literalCapacity: Int, interpolationCount: Int) {
            text.reserveCapacity(literalCapacity + interpolationCount * 24)
        }

        mutating func appendLiteral(_ literal: StaticString) { text += "\(literal)" }

        mutating func appendInterpolation(_ number: some BinaryInteger) { text += "\(number)" }

        mutating func appendInterpolation(_ markup: Markup) { text += markup.text }

        mutating func appendInterpolation(_ parts: [Markup]) {
            for part in parts { text += part.text }
        }

        /// Any text, safe within an element and within a quoted attribute, on one line.
        mutating func appendInterpolation(_ foreign: String) { text += foreign.escapedForHTML }

        /// The page's style sheet, which holds no `</`.
        mutating func appendInterpolation(sheet: StyleSheet) { text += sheet.text }

        /// The page's script, which holds no `</`.
        mutating func appendInterpolation(script: PageScript) { text += script.text }
    }
}

extension String {
    /// This text with what HTML reads as markup replaced by references.
    ///
    /// Controls, line breaks and direction marks become U+FFFD, as in every other output.
    var escapedForHTML: String {
        var plain = true
        for byte in utf8 where byte < 0x20 || byte > 0x7E || [0x22, 0x26, 0x27, 0x3C, 0x3E].contains(byte) {
            plain = false
            break
        }
        if plain { return self }
        var escaped = String.UnicodeScalarView()
        for scalar in unicodeScalars {
            switch scalar {
            case "&": escaped.append(contentsOf: "&amp;".unicodeScalars)
            case "<": escaped.append(contentsOf: "&lt;".unicodeScalars)
            case ">": escaped.append(contentsOf: "&gt;".unicodeScalars)
            case "\"": escaped.append(contentsOf: "&quot;".unicodeScalars)
            case "'": escaped.append(contentsOf: "&#39;".unicodeScalars)
            default: escaped.append(scalar.isSafeToShow ? scalar : "\u{FFFD}")
            }
        }
        return String(escaped)
    }

    /// This text, cut so that it takes at most so many bytes once it is escaped; a cut is marked with `…`.
    ///
    /// Counted in bytes, since one character may be thousands of them, and a quote six.
    func cut(toBytes limit: Int) -> String {
        if utf8.count * "&quot;".utf8.count <= limit { return self }
        var size = 0
        // The end of what leaves room for the mark.
        var end = unicodeScalars.startIndex
        for index in unicodeScalars.indices {
            if size + "…".utf8.count <= limit { end = index }
            size += unicodeScalars[index].escapedWidth
            if size > limit { return String(unicodeScalars[..<end]) + "…" }
        }
        return self
    }
}

extension Unicode.Scalar {
    /// Bytes that the character takes in HTML.
    fileprivate var escapedWidth: Int {
        switch self {
        case "<", ">": 4
        case "&", "'": 5
        case "\"": 6
        default: isSafeToShow ? UTF8.width(self) : 3
        }
    }
}
