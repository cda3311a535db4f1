/// The tokens of one JSON document (RFC 8259), in one pass.
///
/// Nesting costs a byte a level and no stack, so that depth is bounded by the length alone. Numbers are looked at and
/// never computed, so that none is too large. Bytes in strings that are no UTF-8 are left to whoever decodes the string.
package struct JSONScanner {
    /// One token; ranges are offsets of the bytes, for strings without the quotes.
    package enum Token: Equatable {
        case beginObject, endObject, beginArray, endArray
        case key(Range<Int>)
        case string(Range<Int>)
        case flag(Bool)
        case number, null
    }

    private enum Expectation { case value, valueOrEnd, key, keyOrEnd, separator, end }

    /// The document as it came.
    package let bytes: [UInt8]
    /// What was read so far without insignificant white space; empty where nobody wants it.
    package private(set) var compact: [UInt8] = []
    private let keepsCompact: Bool
    private var offset = 0
    private var expected = Expectation.value
    /// For each open container whether it is an object.
    private var open: [Bool] = []

    /// Reads from the beginning; a byte order mark there is skipped.
    package init(_ bytes: [UInt8], keepsCompact: Bool = false) {
        self.bytes = bytes
        self.keepsCompact = keepsCompact
        if keepsCompact { compact.reserveCapacity(bytes.count) }
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { offset = 3 }
    }

    /// How many containers are open after the last token.
    package var depth: Int { open.count }

    /// The next token; nil after the whole document.
    ///
    /// - Throws: `JSONError` at the first byte that fits no JSON document.
    package mutating func next() throws(JSONError) -> Token? {
        skipBlanks()
        switch expected {
        case .end:
            guard offset == bytes.count else { throw failure }
            return nil
        case .value: return try value()
        case .valueOrEnd: return current == UInt8(ascii: "]") ? try close() : try value()
        case .key: return try key()
        case .keyOrEnd: return current == UInt8(ascii: "}") ? try close() : try key()
        case .separator:
            guard current == UInt8(ascii: ",") else { return try close() }
            keep(1)
            skipBlanks()
            return open.last == true ? try key() : try value()
        }
    }

    private var current: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    private var failure: JSONError { JSONError(offset: offset) }

    private mutating func skipBlanks() {
        while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { offset += 1 }
    }

    /// Moves over bytes of a token.
    private mutating func keep(_ count: Int) {
        if keepsCompact { compact += bytes[offset..<(offset + count)] }
        offset += count
    }

    private mutating func value() throws(JSONError) -> Token {
        switch current {
        case UInt8(ascii: "{"):
            expected = .keyOrEnd
            return begin(isObject: true)
        case UInt8(ascii: "["):
            expected = .valueOrEnd
            return begin(isObject: false)
        case UInt8(ascii: "\""): return ended(.string(try string()))
        case UInt8(ascii: "t"): return ended(try word("true", .flag(true)))
        case UInt8(ascii: "f"): return ended(try word("false", .flag(false)))
        case UInt8(ascii: "n"): return ended(try word("null", .null))
        default:
            try number()
            return ended(.number)
        }
    }

    private mutating func begin(isObject: Bool) -> Token {
        open.append(isObject)
        keep(1)
        return isObject ? .beginObject : .beginArray
    }

    private mutating func close() throws(JSONError) -> Token {
        guard let isObject = open.last, current == UInt8(ascii: isObject ? "}" : "]") else { throw failure }
        open.removeLast()
        keep(1)
        return ended(isObject ? .endObject : .endArray)
    }

    private mutating func ended(_ token: Token) -> Token {
        expected = open.isEmpty ? .end : .separator
        return token
    }

    private mutating func key() throws(JSONError) -> Token {
        guard current == UInt8(ascii: "\"") else { throw failure }
        let range = try string()
        skipBlanks()
        guard current == UInt8(ascii: ":") else { throw failure }
        keep(1)
        expected = .value
        return .key(range)
    }
}

extension JSONScanner {
    private mutating func word(_ text: StaticString, _ token: Token) throws(JSONError) -> Token {
        let end = offset + text.utf8CodeUnitCount
        guard end <= bytes.count, text.withUTF8Buffer({ $0.elementsEqual(bytes[offset..<end]) }) else { throw failure }
        keep(text.utf8CodeUnitCount)
        return token
    }

    private mutating func string() throws(JSONError) -> Range<Int> {
        let start = offset + 1
        var position = start
        while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
            guard bytes[position] >= 0x20 else { throw JSONError(offset: position) }
            position += bytes[position] == UInt8(ascii: "\\") ? try escapeLength(at: position) : 1
        }
        guard position < bytes.count else { throw JSONError(offset: bytes.count) }
        keep(position + 1 - offset)
        return start..<position
    }

    private func escapeLength(at position: Int) throws(JSONError) -> Int {
        guard position + 1 < bytes.count else { throw JSONError(offset: bytes.count) }
        switch bytes[position + 1] {
        case UInt8(ascii: "u"):
            guard position + 6 <= bytes.count, bytes[(position + 2)..<(position + 6)].allSatisfy(\.isHexDigit) else {
                throw JSONError(offset: position)
            }
            return 6
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return 2
        default: throw JSONError(offset: position)
        }
    }

    private mutating func number() throws(JSONError) {
        var position = offset
        func digits() throws(JSONError) {
            let start = position
            while position < bytes.count, bytes[position].isDigit { position += 1 }
            guard position > start else { throw JSONError(offset: position) }
        }
        func skip(_ bytes: UInt8...) -> Bool {
            guard position < self.bytes.count, bytes.contains(self.bytes[position]) else { return false }
            position += 1
            return true
        }
        _ = skip(UInt8(ascii: "-"))
        if !skip(UInt8(ascii: "0")) { try digits() }
        if skip(UInt8(ascii: ".")) { try digits() }
        if skip(UInt8(ascii: "e"), UInt8(ascii: "E")) {
            _ = skip(UInt8(ascii: "+"), UInt8(ascii: "-"))
            try digits()
        }
        keep(position - offset)
    }
}

extension UInt8 {
    var isDigit: Bool { (0x30...0x39).contains(self) }

    var isHexDigit: Bool { isDigit || (0x61...0x66).contains(self | 0x20) }
}
