/// JSON strings as text.
enum JSONString {
    /// The text between two quotes that `JSONScanner` has accepted, cut to so many Unicode scalars.
    ///
    /// What PostgreSQL cannot store becomes U+FFFD: NUL, surrogates without their other half, bytes that are no UTF-8.
    static func text(_ raw: ArraySlice<UInt8>, most limit: Int) -> String {
        // No scalar takes more than four bytes.
        let enough = limit * 4
        var decoded: [UInt8] = []
        var rest = raw
        while let byte = rest.first, decoded.count < enough {
            if byte == UInt8(ascii: "\\") {
                decoded += Array(String(escape(&rest)).utf8)
            } else {
                decoded.append(byte)
                rest = rest.dropFirst()
            }
        }
        return String(String.UnicodeScalarView(String(decoding: decoded, as: UTF8.self).unicodeScalars.prefix(limit)))
    }

    private static let replacement: Unicode.Scalar = "\u{FFFD}"

    /// Takes one escape, or a pair of surrogates, from the front.
    private static func escape(_ rest: inout ArraySlice<UInt8>) -> Unicode.Scalar {
        let letter = rest.dropFirst().first
        guard letter == UInt8(ascii: "u") else {
            rest = rest.dropFirst(2)
            switch letter {
            case UInt8(ascii: "b"): return "\u{8}"
            case UInt8(ascii: "f"): return "\u{C}"
            case UInt8(ascii: "n"): return "\n"
            case UInt8(ascii: "r"): return "\r"
            case UInt8(ascii: "t"): return "\t"
            default: return letter.map { Unicode.Scalar($0) } ?? replacement
            }
        }
        let unit = codeUnit(rest)
        rest = rest.dropFirst(6)
        guard (0xD800...0xDBFF).contains(unit) else {
            return unit == 0 ? replacement : Unicode.Scalar(unit) ?? replacement
        }
        guard rest.starts(with: [UInt8(ascii: "\\"), UInt8(ascii: "u")]) else { return replacement }
        let low = codeUnit(rest)
        guard (0xDC00...0xDFFF).contains(low) else { return replacement }
        rest = rest.dropFirst(6)
        return Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00)) ?? replacement
    }

    /// The four digits after `\u`.
    private static func codeUnit(_ escape: ArraySlice<UInt8>) -> UInt32 {
        escape.dropFirst(2).prefix(4).reduce(0) { value, digit in
            value << 4 + UInt32(digit.isDigit ? digit - 0x30 : (digit | 0x20) - 0x61 + 10)
        }
    }
}
