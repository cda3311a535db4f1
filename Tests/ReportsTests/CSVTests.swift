import Testing

@testable import Reports

@Suite struct CSVTests {
    static let foreign: [(value: String, plain: String, excel: String)] = [
        ("", "", ""),
        ("GTBank", "GTBank", "GTBank"),
        ("say \"hi\"", "\"say \"\"hi\"\"\"", "\"say \"\"hi\"\"\""),
        ("a,b", "\"a,b\"", "\"a,b\""),
        ("a;b", "\"a;b\"", "\"a;b\""),
        ("two\nlines", "\"two\nlines\"", "\"two\nlines\""),
        ("two\r\nlines", "\"two\r\nlines\"", "\"two\r\nlines\""),
        ("\r", "\"\r\"", "\"'\r\""),
        (" padded ", "\" padded \"", "\" padded \""),
        ("bell\u{7}", "\"bell\u{7}\"", "\"bell\u{7}\""),
        ("nul\0", "\"nul\0\"", "nul\u{FFFD}"),
        ("=1+1", "=1+1", "'=1+1"),
        ("=HYPERLINK(\"x\")", "\"=HYPERLINK(\"\"x\"\")\"", "\"'=HYPERLINK(\"\"x\"\")\""),
        ("'quoted", "'quoted", "''quoted"),
        ("007", "007", "'007"),
        ("Ọlá 🏦", "Ọlá 🏦", "Ọlá 🏦"),
    ]

    @Test(arguments: foreign)
    func `foreign text is quoted, and guarded for a spreadsheet only`(
        value: String, plain: String, excel: String
    ) {
        #expect(text(line(.foreign(value), .plain)) == plain + "\r\n")
        #expect(text(line(.foreign(value), .excel)) == "\u{FEFF}" + excel + "\r\n")
    }

    @Test func `our own values are never guarded`() {
        #expect(text(line(.own("2026-03-10T02:00:00Z"), .excel)) == "\u{FEFF}2026-03-10T02:00:00Z\r\n")
    }

    @Test func `only the spreadsheet's file begins with a byte order mark`() {
        #expect(CSVWriter(profile: .excel).bytes == [0xEF, 0xBB, 0xBF])
        #expect(CSVWriter(profile: .plain).bytes.isEmpty)
    }

    @Test func `cells are parted by commas and rows end in CRLF`() {
        var writer = CSVWriter(profile: .plain)
        writer.row([.own("a"), .empty, .foreign("b")])
        writer.row([.empty, .own("c"), .empty])
        #expect(text(writer.bytes) == "a,,b\r\n,c,\r\n")
    }

    private func line(_ cell: CSVCell, _ profile: CSVProfile) -> [UInt8] {
        var writer = CSVWriter(profile: profile)
        writer.row([cell])
        return writer.bytes
    }
}
