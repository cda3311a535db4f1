import Reconciliation

/// Text that means harm to a CSV file: the same values for the same seed.
///
/// `scripts/csv-fuzz` has a hundred thousand of the kind read by other programs, LibreOffice among them.
struct HostileText {
    private var dice: SplitMix64

    init(seed: UInt64) { dice = SplitMix64(seed: seed) }

    private static let blanks = ["", "", " ", "\t", "\n", "\r\n", "\r", "\u{A0}", "\u{3000}", "\u{200B}", "\u{FEFF}"]
    private static let quotes = ["", "", "\"", "'", "“", "«", "`"]
    private static let signs = ["=", "+", "-", "@", "＝", "＋", "－", "＠", "\u{2212}", "﹦"]
    private static let numbers = [
        "007", "0", "12345678901234567", "1.50", "1,000", "5%", "₦5,000", "NGN 100", "1e5", "664012345678901234567e12",
        "1/2", "1-2", "2026-11-03", "10:30", "MAR1", "1 March 2026", "TRUE", "#N/A", "１２３", "٣٤", "½", "16E\u{A0}0",
    ]
    private static let others = [
        "GTBank", "Ọlá 🏦", "مصرف", "\u{202E}evil\u{202C}", "e\u{301}", "a,b", "a;b", "say \"hi\"", "two\nlines",
        "two\r\nlines", "bell\u{7}", "\u{85}", "\\N", "x1", "",
    ]

    /// What any spreadsheet would misread, however it is wrapped.
    mutating func dangerous() -> String {
        let wrapped = pick(Self.blanks) + (dice.next() % 2 == 0 ? "" : pick(Self.quotes))
        return dice.next() % 2 == 0
            ? wrapped + pick(Self.signs) + any() : pick(["", " ", "\u{A0}"]) + pick(Self.numbers)
    }

    /// Anything.
    mutating func any() -> String {
        switch dice.next() % 4 {
        case 0: pick(Self.blanks) + pick(Self.quotes) + pick(Self.numbers) + pick(Self.blanks)
        case 1: pick(Self.blanks) + pick(Self.others) + pick(Self.quotes) + pick(Self.blanks)
        case 2: String((0..<Int(dice.next() % 12)).map { _ in character() })
        default: pick(Self.others) + pick(Self.others)
        }
    }

    private mutating func character() -> Character {
        let ranges: [ClosedRange<UInt32>] = [0x1...0x7F, 0x1...0x2FF, 0x1...0xD7FF, 0x1F300...0x1FAFF]
        let value = UInt32.random(in: ranges[Int(dice.next() % 4)], using: &dice)
        return Character(Unicode.Scalar(value) ?? "?")
    }

    private mutating func pick(_ values: [String]) -> String { values[Int(dice.next() % UInt64(values.count))] }
}
