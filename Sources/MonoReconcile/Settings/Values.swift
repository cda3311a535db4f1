/// Readers of single values: each returns nil for what is malformed, and the caller names the option.
enum Values {
    /// `500ms`, `30s`, `5m`, `2h`, `90d`: a whole number and its unit.
    static func duration(_ text: String) -> Duration? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        // 100 years in any unit but milliseconds, so that no sum of durations overflows.
        guard digits.count <= 9, let number = Int64(digits) else { return nil }
        switch text.dropFirst(digits.count) {
        case "ms": return .milliseconds(number)
        case "s": return .seconds(number)
        case "m": return bounded(number, 60)
        case "h": return bounded(number, 3_600)
        case "d": return bounded(number, 86_400)
        default: return nil
        }
    }

    private static func bounded(_ number: Int64, _ unit: Int64) -> Duration? {
        number * unit <= 36_525 * 86_400 ? .seconds(number * unit) : nil
    }

    /// A whole number from 1, without sign or blanks.
    static func count(_ text: String) -> Int? {
        guard (1...9).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let number = Int(text), number >= 1
        else { return nil }
        return number
    }

    /// A decimal number such as `10` or `0.5`.
    static func number(_ text: String) -> Double? {
        guard !text.isEmpty, text.utf8.count <= 12,
            text.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x2E }), let number = Double(text)
        else { return nil }
        return number
    }

    /// `true` or `false`, as variables spell them.
    static func flag(_ text: String) -> Bool? {
        switch text.lowercased() {
        case "true", "1", "yes": true
        case "false", "0", "no", "": false
        default: nil
        }
    }
}
