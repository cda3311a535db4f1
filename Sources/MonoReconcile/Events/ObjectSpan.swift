/// Finds the end of a JSON object by its brackets, and where to go on if it turns out to be none.
struct ObjectSpan {
    /// How many bytes were looked at.
    private(set) var length = 0
    /// How many bytes it takes up; nil: its last bracket was not met.
    private(set) var end: Int?
    /// How many bytes come before the first later line that begins like another payload.
    private(set) var restart: Int?
    /// Whether it cannot be JSON any more.
    private(set) var isBroken = false

    /// In which column the object begins; what belongs to it is hardly further to the left.
    private let column: Int
    private var depth = 0
    private var isQuoted = false
    private var isEscaped = false
    /// The last byte that is neither blank nor in a string.
    private var last: UInt8 = 0x3A
    /// Blanks so far on a line that has nothing else.
    private var indentation: Int?

    init(column: Int) { self.column = column }

    /// Looks at the next bytes, until the end is met, the object is broken or so many bytes were looked at in all.
    mutating func take(_ bytes: ArraySlice<UInt8>, upTo limit: Int) {
        let wasBroken = isBroken
        for byte in bytes {
            // A broken one is followed on, to see where it ends.
            guard end == nil, length < limit, wasBroken == isBroken, !(isBroken && restart != nil) else { return }
            take(byte)
        }
    }

    private mutating func take(_ byte: UInt8) {
        length += 1
        if isQuoted, byte != UInt8(ascii: "\n") { return takeQuoted(byte) }
        switch byte {
        case UInt8(ascii: "\n"):
            // No string goes on behind the end of a line.
            if isQuoted { isBroken = true }
            (isQuoted, isEscaped) = (false, false)
            indentation = 0
            return
        case 0x20, UInt8(ascii: "\t"):
            indentation? += 1
            return
        case UInt8(ascii: "\r"): return
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            if let indentation, indentation <= column, restart == nil { restart = length - 1 - indentation }
            if !":,[".utf8.contains(last) { isBroken = true }
            depth += 1
        case UInt8(ascii: "}"), UInt8(ascii: "]"):
            depth -= 1
            if depth == 0 { end = length }
        case UInt8(ascii: "\""): isQuoted = true
        default: break
        }
        indentation = nil
        last = byte
    }

    private mutating func takeQuoted(_ byte: UInt8) {
        if isEscaped {
            isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
            isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
            isQuoted = false
        }
    }
}
