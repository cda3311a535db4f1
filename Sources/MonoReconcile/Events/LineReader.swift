/// Lines of a stream of bytes, each with its number; a line beyond the limit is skipped, not kept.
struct LineReader {
    /// One line without its end.
    struct Line: Equatable {
        /// Counted from 1.
        var number: Int
        /// Nil: longer than the limit.
        var bytes: [UInt8]?
    }

    private let limit: Int
    private let read: () throws(Failure) -> [UInt8]
    private var chunk: ArraySlice<UInt8> = []
    private var number = 0

    /// Reads from `read`, which returns the next bytes and none at the end.
    init(limit: Int, read: @escaping () throws(Failure) -> [UInt8]) {
        self.limit = limit
        self.read = read
    }

    /// The next line; nil at the end.
    mutating func next() throws(Failure) -> Line? {
        var bytes: [UInt8] = []
        var isTooLong = false
        var isAny = false
        while true {
            if chunk.isEmpty { chunk = try read()[...] }
            guard !chunk.isEmpty else { break }
            isAny = true
            let end = chunk.firstIndex(of: 0x0A)
            let piece = chunk[..<(end ?? chunk.endIndex)]
            if isTooLong || bytes.count + piece.count > limit {
                isTooLong = true
                bytes = []
            } else {
                bytes += piece
            }
            chunk = end.map { chunk[($0 + 1)...] } ?? []
            if end != nil { break }
        }
        guard isAny else { return nil }
        number += 1
        return Line(number: number, bytes: isTooLong ? nil : bytes)
    }
}
