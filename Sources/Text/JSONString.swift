/// JSON strings as text.
package enum JSONString {
    /// The text between two quotes that `JSONScanner` has accepted, cut to so many Unicode scalars.
    ///
    /// What PostgreSQL cannot store becomes U+FFFD: NUL, surrogates without their other half, bytes that are no UTF-8.
    package static func text(_ raw: ArraySlice<UInt8>, most limit: Int) -> String {
        // No scalar takes more than four bytes.
        let enough = limit * 4
        var decoded: [UInt8] = []
        var rest = raw
        while let byte = rest.first, decoded.count < enough {
            if byte == UInt8(ascii: "\\") {
                let scalar = escape(&rest)
                decoded += Array(String(scalar == "\0" ? replacement : scalar ?? replacement).utf8)
            } else {
                decoded.append(byte)
                rest = rest.dropFirst()
            }
        }
        return String(String.UnicodeScalarView(String(decoding: decoded, as: UTF8.self).unicodeScalars.prefix(limit)))
    }

    /// The whole text between two quotes that `JSONScanner` has accepted; nil if it is none in Unicode.
    package static func exact(_ raw: ArraySlice<UInt8>) -> String? {
        guard raw.contains(UInt8(ascii: "\\")) else { return String(validating: raw, as: UTF8.self) }
        var decoded: [UInt8] = []
        var rest = raw
        while let byte = rest.first {
            if byte == UInt8(ascii: "\\") {
                guard let scalar = escape(&rest) else { return nil }
                decoded += Array(String(scalar).utf8)
            } else {
                decoded.append(byte)
                rest = rest.dropFirst()
            }
        }
        return String(validating: decoded, as: UTF8.self)
    }

    private static let replacement: Unicode.Scalar = "\u{FFFD}"

    /// Takes one escape, or a pair of surrogates, from the front; nil for a surrogate without its other half.
    private static func escape(_ rest: inout ArraySlice<UInt8>) -> Unicode.Scalar? {
        let letter = rest.dropFirst().first
        guard letter == UInt8(ascii: "u") else {
            rest = rest.dropFirst(2)
            switch letter {
            case UInt8(ascii: "b"): return "\u{8}"
            case UInt8(ascii: "f"): return "\u{C}"
            case UInt8(ascii: "n"): return "\n"
            case UInt8(ascii: "r"): return "\r"
            case UInt8(ascii: "t"): return "\t"
            default: return letter.map { Unicode.Scalar($0) }
            }
        }
        let unit = codeUnit(rest)
        rest = rest.dropFirst(6)
        guard (0xD800...0xDBFF).contains(unit) else { return Unicode.Scalar(unit) }
        guard rest.starts(with: [UInt8(ascii: "\\"), UInt8(ascii: "u")]) else { return nil }
        let low = codeUnit(rest)
        guard (0xDC00...0xDFFF).contains(low) else { return nil }
        rest = rest.dropFirst(6)
        return Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00))
    }

    /// The four digits after `\u`.
    private static func codeUnit(_ escape: ArraySlice<UInt8>) -> UInt32 {
        escape.dropFirst(2).prefix(4).reduce(0) { value, digit in
            value << 4 + UInt32(digit.isDigit ? digit - 0x30 : (digit | 0x20) - 0x61 + 10)
        }
    }
}
