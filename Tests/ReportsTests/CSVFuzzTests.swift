import Reconciliation
import Testing

@testable import Reports

/// Hostile values through the writer and back through a reader that knows RFC 4180 and nothing else.
@Suite struct CSVFuzzTests {
    private static let rowCount = 1_500

    private static func values(_ seed: UInt64) -> [[String]] {
        var hostile = HostileText(seed: seed)
        return (0..<rowCount).map { _ in [hostile.any(), hostile.dangerous(), hostile.any()] }
    }

    private static func written(_ rows: [[String]], _ profile: CSVProfile) -> [[String]] {
        var writer = CSVWriter(profile: profile)
        for row in rows { writer.row(row.map { .foreign($0) }) }
        return rfc4180(writer.bytes)
    }

    @Test(arguments: 1...3 as ClosedRange<UInt64>)
    func `plain values come back unchanged`(seed: UInt64) {
        let rows = Self.values(seed)
        let read = Self.written(rows, .plain)
        #expect(read.count == rows.count)
        for (back, row) in zip(read, rows) {
            // By scalars: equal strings may be spelt otherwise.
            #expect(back.map { Array($0.unicodeScalars) } == row.map { Array($0.unicodeScalars) })
        }
    }

    @Test(arguments: 1...3 as ClosedRange<UInt64>)
    func `a spreadsheet's values come back behind at most one apostrophe`(seed: UInt64) {
        let rows = Self.values(seed)
        var read = Self.written(rows, .excel)
        #expect(read[0][0].unicodeScalars.first == "\u{FEFF}")
        read[0][0] = String(String.UnicodeScalarView(read[0][0].unicodeScalars.dropFirst()))
        for (back, row) in zip(read, rows) {
            for (cell, value) in zip(back, row) {
                let bare =
                    cell.unicodeScalars.first == "'"
                    ? Array(cell.unicodeScalars.dropFirst()) : Array(cell.unicodeScalars)
                #expect(bare == Array(value.unicodeScalars), "\(value.debugDescription)")
            }
            #expect(back[1].unicodeScalars.first == "'", "\(row[1].debugDescription) is not guarded")
        }
    }

    /// Comma, CRLF, doubled quotes.
    private static func rfc4180(_ bytes: [UInt8]) -> [[String]] {
        var rows: [[String]] = []
        var row: [String] = []
        var cell: [UInt8] = []
        var isQuoted = false
        var rest = bytes[...]
        while let byte = rest.popFirst() {
            switch byte {
            case 0x22 where isQuoted && rest.first == 0x22: cell.append(rest.removeFirst())
            case 0x22: isQuoted.toggle()
            case 0x2C where !isQuoted:
                row.append(String(decoding: cell, as: UTF8.self))
                cell = []
            case 0x0D where !isQuoted && rest.first == 0x0A:
                rest.removeFirst()
                rows.append(row + [String(decoding: cell, as: UTF8.self)])
                (row, cell) = ([], [])
            default: cell.append(byte)
            }
        }
        return rows
    }
}
