/// Who reads the CSV file.
package enum CSVProfile: String, Sendable, CaseIterable {
    /// A spreadsheet: byte order mark, and an apostrophe before each text that a spreadsheet would misread.
    case excel
    /// A program: neither.
    case plain
}

/// One cell of a CSV file.
enum CSVCell {
    /// A number, time or word that we formed ourselves; stays as it is in every profile.
    case own(String)
    /// Text that came from elsewhere; the `excel` profile guards it.
    case foreign(String)

    static let empty = Self.own("")
}

/// Writes RFC 4180: comma, CRLF, UTF-8, quotes only where they are needed.
///
/// Line breaks and control characters are kept, within quotes. Only NUL differs between the profiles: `plain` keeps it,
/// `excel` writes U+FFFD, since a spreadsheet ends the cell there. (PostgreSQL's `text` cannot hold one.)
struct CSVWriter {
    let profile: CSVProfile
    private(set) var bytes: [UInt8]

    init(profile: CSVProfile) {
        self.profile = profile
        bytes = profile == .excel ? [0xEF, 0xBB, 0xBF] : []
    }

    /// What was written since the last time.
    mutating func takeBytes() -> [UInt8] {
        defer { bytes.removeAll(keepingCapacity: true) }
        return bytes
    }

    mutating func row(_ cells: [CSVCell]) {
        for (index, cell) in cells.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            switch (cell, profile) {
            case (.own(let text), _), (.foreign(let text), .plain): field(text)
            case (.foreign(let text), .excel): field(Self.guarded(text))
            }
        }
        bytes += [0x0D, 0x0A]
    }

    /// The text as a spreadsheet gets it.
    ///
    /// Taking one leading apostrophe away, if there is one, gives the text back: one of its own is doubled.
    private static func guarded(_ text: String) -> String {
        var scalars = text.unicodeScalars
        if scalars.contains("\0") {
            scalars = String.UnicodeScalarView(scalars.map { $0 == "\0" ? "\u{FFFD}" : $0 })
        }
        let mark = Spreadsheet.misreads(text) || scalars.first == "'" ? "'" : ""
        return mark + String(scalars)
    }

    private mutating func field(_ text: String) {
        let needsQuotes = text.utf8.contains { byte in
            // Controls, the double quote, the comma, and the semicolon, at which LibreOffice offers to split as well.
            byte < 0x20 || byte == 0x7F || byte == 0x22 || byte == 0x2C || byte == 0x3B
        }
        guard needsQuotes || text.utf8.first == 0x20 || text.utf8.last == 0x20 else {
            bytes += text.utf8
            return
        }
        bytes.append(0x22)
        for byte in text.utf8 {
            if byte == 0x22 { bytes.append(0x22) }
            bytes.append(byte)
        }
        bytes.append(0x22)
    }
}
