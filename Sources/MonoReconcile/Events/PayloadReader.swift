import Webhooks

/// Webhook payloads of a stream, cut to what may be stored: one JSON document on any number of lines, or one a line.
///
/// If the first line is a whole document, every line is one. Otherwise the first 1 MiB is looked at: the input is one
/// document, or has a line that is a document, or is refused as a whole.
struct PayloadReader {
    /// Mono's events are below 10 kB; the webhook receiver takes as much as this.
    static let limitBytes = 1 << 20

    /// One payload, or why there is none.
    enum Payload: Equatable {
        /// For `mono.record_event`.
        case event(String, line: Int)
        case bad(line: Int, why: String)
    }

    private enum Form { case undecided, onePerLine, over }

    private var lines: LineReader
    private var form = Form.undecided
    private var head: ArraySlice<LineReader.Line> = []

    /// Reads payloads from bytes as `LineReader` does.
    init(read: @escaping () throws(Failure) -> [UInt8]) {
        lines = LineReader(limit: Self.limitBytes, read: read)
    }

    /// The next payload; nil at the end.
    mutating func next() throws(Failure) -> Payload? {
        if case .undecided = form, let whole = try decide() { return whole }
        guard case .onePerLine = form else { return nil }
        while let line = try nextLine() {
            if !line.isBlank { return Self.payload(line) }
        }
        return nil
    }

    private mutating func nextLine() throws(Failure) -> LineReader.Line? {
        if let line = head.popFirst() { return line }
        return try lines.next()
    }

    /// Finds out the form; a payload if the whole input is one, or one bad.
    private mutating func decide() throws(Failure) -> Payload? {
        var size = 0
        var isWhole = true
        while let line = try lines.next() {
            if head.isEmpty, line.isBlank { continue }
            head.append(line)
            size += (line.bytes?.count ?? Self.limitBytes) + 1
            if head.count == 1, line.isDocument { break }
            if size > Self.limitBytes {
                isWhole = false
                break
            }
        }
        guard let first = head.first else { return nil }
        let bytes = head.compactMap(\.bytes).joined(separator: [0x0A])
        let whole = LineReader.Line(number: first.number, bytes: Array(bytes))
        let hasDocument = head.contains { $0.isDocument } || first.bytes == nil
        if hasDocument, head.count == 1 || !isWhole || !whole.isDocument {
            form = .onePerLine
            return nil
        }
        form = .over
        guard isWhole else { return .bad(line: first.number, why: "neither one a line nor one within 1 MiB") }
        return Self.payload(whole)
    }

    private static func payload(_ line: LineReader.Line) -> Payload {
        guard line.bytes != nil else { return .bad(line: line.number, why: "over 1 MiB") }
        guard let cut = line.cut else { return .bad(line: line.number, why: "not JSON") }
        return .event(cut.text, line: line.number)
    }
}

extension LineReader.Line {
    /// Whether nothing but blanks is on it.
    var isBlank: Bool { bytes?.allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D } ?? false }

    /// What may be stored of it; nil if it is no JSON document.
    var cut: PayloadCut? {
        // Where in the line it ends to be JSON is of no interest.
        bytes.flatMap { try? PayloadCut($0) }
    }

    /// Whether it is a whole JSON object by itself.
    var isDocument: Bool { cut?.isObject ?? false }
}
