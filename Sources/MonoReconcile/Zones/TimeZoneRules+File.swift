import Reconciliation

/// Zone files as RFC 9636 describes them (`TZif`, version 2 and later).
extension TimeZoneRules {
    /// The last year whose changes are told; a zone's file gives a rule for all years to come.
    private static let lastYear = 2_100

    /// Reads a zone's file.
    ///
    /// Nil for what is no such file, is cut short, or counts leap seconds, which no clock of ours does.
    init?(name: String, tzif bytes: [UInt8]) {
        var reader = Bytes(bytes)
        // The first block is for programs of long ago, in 32 bits; its like in 64 bits follows.
        guard let old = Header(&reader), reader.skip(old.length(ofTime: 4)), let header = Header(&reader),
            header.typeCount > 0, header.leapCount == 0
        else { return nil }
        var times: [Int64] = []
        var kinds: [Int] = []
        var offsets: [Int] = []
        for _ in 0..<header.timeCount {
            guard let time = reader.number(8) else { return nil }
            times.append(time)
        }
        for _ in 0..<header.timeCount {
            guard let kind = reader.number(1) else { return nil }
            kinds.append(Int(kind))
        }
        for _ in 0..<header.typeCount {
            guard let offset = reader.number(4), reader.skip(2) else { return nil }
            offsets.append(Int(offset))
        }
        guard kinds.allSatisfy(offsets.indices.contains), reader.skip(header.lengthAfterTypes) else { return nil }
        let transitions = zip(times, kinds).map { Transition(at: $0, offset: offsets[$1]) }
        guard zip(transitions, transitions.dropFirst()).allSatisfy({ $0.at < $1.at }) else { return nil }
        guard let rule = reader.line() else { return nil }
        self.init(name: name, offset: offsets[0], transitions: transitions)
        // An empty line: nothing is known of the years to come.
        guard !rule.isEmpty else { return }
        guard let zone = PosixZone(rule) else { return nil }
        extend(by: zone)
    }

    /// Adds the changes to come.
    private mutating func extend(by zone: PosixZone) {
        let last = transitions.last
        // A year early, for years are not of one length.
        let year = 1_969 + Int((last?.at ?? 0) / 31_556_952)
        guard year < Self.lastYear else { return }
        if last == nil { offset = zone.offset(atEndOf: year - 1) }
        transitions += zone.transitions(in: year...Self.lastYear).filter { $0.at > last?.at ?? .min }
    }

    /// The counts at the head of a block.
    private struct Header {
        var timeCount: Int
        var typeCount: Int
        var leapCount: Int
        /// Letters of the abbreviations, and the marks of standard time and of UTC.
        var lengthAfterTypes: Int

        init?(_ reader: inout Bytes) {
            guard reader.text(4) == "TZif", let version = reader.number(1), version >= 0x32, reader.skip(15) else {
                return nil
            }
            var counts: [Int] = []
            for _ in 0..<6 {
                guard let count = reader.number(4), (0...65_536).contains(count) else { return nil }
                counts.append(Int(count))
            }
            (leapCount, timeCount, typeCount) = (counts[2], counts[3], counts[4])
            lengthAfterTypes = counts[5] + counts[1] + counts[0]
        }

        func length(ofTime size: Int) -> Int {
            timeCount * (size + 1) + typeCount * 6 + leapCount * (size + 4) + lengthAfterTypes
        }
    }

    /// What is left to read of a file.
    private struct Bytes {
        private var rest: ArraySlice<UInt8>

        init(_ bytes: [UInt8]) { rest = bytes[...] }

        /// A signed number, the highest byte first; a single byte has no sign.
        mutating func number(_ size: Int) -> Int64? {
            guard rest.count >= size else { return nil }
            let bits = rest.prefix(size).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            rest = rest.dropFirst(size)
            return size == 4 ? Int64(Int32(truncatingIfNeeded: bits)) : Int64(bitPattern: bits)
        }

        mutating func text(_ size: Int) -> String? {
            guard rest.count >= size else { return nil }
            defer { rest = rest.dropFirst(size) }
            return String(decoding: rest.prefix(size), as: UTF8.self)
        }

        mutating func skip(_ size: Int) -> Bool {
            guard rest.count >= size else { return false }
            rest = rest.dropFirst(size)
            return true
        }

        /// The text between two line breaks.
        mutating func line() -> String? {
            let newline = UInt8(ascii: "\n")
            guard rest.first == newline, let end = rest.dropFirst().firstIndex(of: newline) else { return nil }
            return String(decoding: rest[rest.startIndex + 1..<end], as: UTF8.self)
        }
    }
}
