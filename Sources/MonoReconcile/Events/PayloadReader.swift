import Webhooks

/// Webhook payloads of a stream, cut to what may be stored.
///
/// The input is any number of JSON objects, on one line or on many, one after the other or in arrays. Each object is one
/// payload; what is none is named, and reading goes on behind it, or at the next line that begins like one.
struct PayloadReader {
    /// Mono's events are below 10 kB; the webhook receiver takes as much as this.
    static let limitBytes = 1 << 20

    /// Where in the input something begins.
    struct Place: Equatable {
        /// Which of the payloads it is, counted from 1.
        var event: Int
        /// Counted from 1.
        var line: Int
    }

    /// One payload, or why there is none.
    enum Payload: Equatable {
        /// For `mono.record_event`.
        case event(String, Place)
        case bad(Place, why: String)
    }

    private let read: () throws(Failure) -> [UInt8]
    /// What was read and not yet used.
    private var bytes: ArraySlice<UInt8> = []
    private var isAtEnd = false
    private var line = 1
    /// Bytes of the line that were used.
    private var column = 0
    private var events = 0
    /// Arrays that are open around the next payload.
    private var arrays = 0

    /// Reads from `read`, which returns the next bytes and none at the end.
    init(read: @escaping () throws(Failure) -> [UInt8]) {
        self.read = read
    }

    /// The next payload; nil at the end.
    mutating func next() throws(Failure) -> Payload? {
        while let byte = try peek() {
            switch byte {
            case UInt8(ascii: "{"): return try object()
            case 0xFE, 0xFF,
                0x1F where events == 0:
                return otherForm(byte)
            case UInt8(ascii: "["):
                arrays += 1
                use(1)
            case UInt8(ascii: "]"):
                arrays = max(0, arrays - 1)
                use(1)
            // A comma or nothing stands between two; RFC 7464 has a separator before each.
            case UInt8(ascii: ","), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "\t"), 0x20, 0x1E: use(1)
            default:
                if try skipMark() { continue }
                return try other()
            }
        }
        guard arrays > 0 else { return nil }
        arrays = 0
        return .bad(begin(), why: "the array is cut off before its end")
    }

    // MARK: Bytes

    private mutating func peek() throws(Failure) -> UInt8? {
        if bytes.isEmpty { try fill() }
        return bytes.first
    }

    private mutating func fill() throws(Failure) {
        guard !isAtEnd else { return }
        let more = try read()
        isAtEnd = more.isEmpty
        bytes += more
    }

    /// Moves on.
    private mutating func use(_ count: Int) {
        let used = bytes.prefix(count)
        if let last = used.lastIndex(of: UInt8(ascii: "\n")) {
            line += used.count { $0 == UInt8(ascii: "\n") }
            column = used.endIndex - last - 1
        } else {
            column += used.count
        }
        bytes = bytes.dropFirst(count)
    }

    /// The place of a payload that begins here.
    private mutating func begin() -> Place {
        events += 1
        return Place(event: events, line: line)
    }

    // MARK: Payloads

    /// Skips a byte order mark, which files that were put together have in their midst.
    private mutating func skipMark() throws(Failure) -> Bool {
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        while bytes.count < mark.count, !isAtEnd { try fill() }
        guard bytes.starts(with: mark) else { return false }
        bytes = bytes.dropFirst(mark.count)
        return true
    }

    private mutating func object() throws(Failure) -> Payload {
        let place = begin()
        var span = ObjectSpan(column: column)
        while span.end == nil, !span.isBroken, span.length <= Self.limitBytes {
            if span.length == bytes.count {
                try fill()
                if isAtEnd { break }
            }
            span.take(bytes.dropFirst(span.length), upTo: Self.limitBytes + 1)
        }
        let isTooLong = span.length > Self.limitBytes
        // Where in it it ends to be JSON is of no interest.
        if let end = span.end, !isTooLong, let cut = try? PayloadCut(Array(bytes.prefix(end))) {
            use(end)
            return .event(cut.text, place)
        }
        try goOn(behind: &span)
        return .bad(place, why: isTooLong ? "over 1 MiB" : "not JSON")
    }

    /// Finds the end of what is no payload: its last bracket, or the next line that begins like a payload.
    private mutating func goOn(behind span: inout ObjectSpan) throws(Failure) {
        var dropped = 0
        while span.end == nil, span.restart == nil {
            use(span.length - dropped)
            dropped = span.length
            if bytes.isEmpty { try fill() }
            guard !bytes.isEmpty else { return }
            span.take(bytes, upTo: .max)
        }
        // Whatever array it stood in may have ended unseen.
        if span.restart != nil { arrays = 0 }
        // A restart lies within the object, and its blanks may be gone already.
        use(max(0, (span.restart ?? span.end ?? span.length) - dropped))
    }

    /// The beginning of a file in UTF-16, or of one that gzip made; nothing of it can be read.
    private mutating func otherForm(_ byte: UInt8) -> Payload {
        (bytes, isAtEnd, arrays) = ([], true, 0)
        return .bad(
            begin(),
            why: byte == 0x1F
                ? "the input is compressed: unpack it, for instance with zcat"
                : "the input is UTF-16: convert it, for instance with iconv -f UTF-16 -t UTF-8")
    }

    /// What is no object: up to the end of its line, in an array up to the next comma or bracket.
    private mutating func other() throws(Failure) -> Payload {
        let place = begin()
        let ends = Array((arrays > 0 ? ",]" : "").utf8)
        var isQuoted = false
        while let byte = try peek(), byte != UInt8(ascii: "\n"), isQuoted || !ends.contains(byte) {
            if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
            use(1)
        }
        return .bad(place, why: "no JSON object")
    }
}
