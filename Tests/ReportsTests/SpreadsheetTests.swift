import Testing

@testable import Reports

@Suite struct SpreadsheetTests {
    @Test(arguments: [
        "=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\nx", " =1", "\u{A0}=1", "\"=1", "' =1", "\u{FEFF}=1",
        "\u{200B}=1",
        "＝1+1", "＋1", "－x", "＠x", "﹦1", "\u{2212}x", "“=1", "\u{1}=1", "-", "=",
    ])
    func `a formula is seen behind blanks, quotes and full-width signs`(value: String) {
        #expect(Spreadsheet.misreads(value))
    }

    @Test(arguments: [
        "0", "007", "12345", "1234567890123456", "1.5", ".5", "1,000", "1 000", "1'000", "5%", "$5", "₦5,000", "5 €",
        "NGN 5,000", "(5)", "1e5", "1E+05", "1.e3", "16E\u{A0}0", "1 e 5", "664012345678901234567e12", "１２", "٣", "½",
    ])
    func `a number or an amount is seen`(value: String) {
        #expect(Spreadsheet.misreads(value))
    }

    @Test(arguments: [
        "1-2", "1/2", "1 1/2", "10:30", "10:30 pm", "10 a", "MAR1", "mar-26", "1 March", "12 Mar 2026", "Dec2024",
        "Sept 3",
        "Tue, 10 Mar 2026", "2026-03-10", "10.03.2026", "2026-03-10T02:00:00Z", "10:30 UTC", "664012345678901234dec01",
        "1\u{2013}2",
    ])
    func `a date or a time is seen`(value: String) {
        #expect(Spreadsheet.misreads(value))
    }

    @Test(arguments: ["TRUE", "false", " True ", "ＴＲＵＥ", "#N/A", "#REF!", "#DIV/0!", "#NAME?"])
    func `a truth or an error is seen`(value: String) {
        #expect(Spreadsheet.misreads(value))
    }

    @Test(arguments: [
        "", " ", "GTBank", "664f1a2b3c4d5e6f7a8b9c0d", "customer 17", "A1001", "E12", "12E", "e5", "AM-7", "T5", "Z9",
        "P1",
        "MON-0001", "March", "May", "1st", "10 apples", "5e", "1x5", "TRUELY", "#1", "a=b", "x-1", "AVAILABLE",
        "https://link.mono.co/ALSHSUKJ?x=1", "N/A", "Zenith Bank (Corporate)", "1_000", "mars1", "ma1",
    ])
    func `text that a spreadsheet leaves alone is left alone`(value: String) {
        #expect(!Spreadsheet.misreads(value))
    }
}
