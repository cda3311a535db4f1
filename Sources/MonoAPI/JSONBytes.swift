import Text

/// Finds its way in a document that `JSONScanner` has accepted; anything else would lead it astray.
///
/// A value is known by the offset at which it begins.
struct JSONBytes {
    let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The outermost value.
    var root: Int { skipBlanks(from: bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0) }

    /// The bytes between the quotes of a string.
    func content(at start: Int) -> Range<Int> { (start + 1)..<(endOfString(at: start) - 1) }

    /// The first element of a list, or the first key of an object; nil if there is none.
    func first(in container: Int) -> Int? {
        let first = skipBlanks(from: container + 1)
        switch bytes[first] {
        case UInt8(ascii: "]"), UInt8(ascii: "}"): return nil
        default: return first
        }
    }

    /// The next element or key of the container in which the value is; nil after the last one.
    func next(after value: Int) -> Int? {
        let separator = skipBlanks(from: end(of: value))
        guard bytes[separator] == UInt8(ascii: ",") else { return nil }
        return skipBlanks(from: separator + 1)
    }

    /// The value of a key.
    func value(of key: Int) -> Int {
        let colon = skipBlanks(from: endOfString(at: key))
        return skipBlanks(from: colon + 1)
    }

    /// Whether a key is this name.
    func reads(_ key: Int, _ name: StaticString) -> Bool {
        let raw = bytes[content(at: key)]
        guard raw.contains(UInt8(ascii: "\\")) else { return name.withUTF8Buffer { $0.elementsEqual(raw) } }
        return JSONString.exact(raw) == "\(name)"
    }

    private func skipBlanks(from start: Int) -> Int {
        var offset = start
        while offset < bytes.count, Self.isBlank(bytes[offset]) { offset += 1 }
        return offset
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 }

    private static func isEnd(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") }

    private func end(of value: Int) -> Int {
        switch bytes[value] {
        case UInt8(ascii: "\""): return endOfString(at: value)
        case UInt8(ascii: "{"), UInt8(ascii: "["): return endOfContainer(at: value)
        default: break
        }
        var offset = value
        while offset < bytes.count, bytes[offset] != UInt8(ascii: ","), !Self.isEnd(bytes[offset]),
            !Self.isBlank(bytes[offset])
        {
            offset += 1
        }
        return offset
    }

    private func endOfContainer(at start: Int) -> Int {
        var offset = start
        var depth = 0
        repeat {
            switch bytes[offset] {
            case UInt8(ascii: "\""):
                offset = endOfString(at: offset)
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            default: break
            }
            offset += 1
        } while depth > 0
        return offset
    }

    private func endOfString(at start: Int) -> Int {
        var offset = start + 1
        while bytes[offset] != UInt8(ascii: "\"") { offset += bytes[offset] == UInt8(ascii: "\\") ? 2 : 1 }
        return offset + 1
    }
}
