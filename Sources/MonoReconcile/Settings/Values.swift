import Text

/// Readers of single values: each returns nil for a malformed text, and the caller names the option.
enum Values {
    /// `500ms`, `30s`, `5m`, `2h`, `90d`: a whole number and its unit.
    static func duration(_ text: String) -> Duration? {
        guard let (digits, unit) = DurationUnit.split(text), (1...9).contains(digits.utf8.count),
            digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int64(digits)
        else { return nil }
        let milliseconds = number * unit.inMilliseconds
        // 100 years, so that no sum of durations overflows.
        return milliseconds <= 36_525 * 86_400_000 ? .milliseconds(milliseconds) : nil
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

    /// An http or https address that can be pasted anywhere; a slash at its end is dropped.
    static func webAddress(_ text: String) -> String? {
        let form = /https?:\/\/[A-Za-z0-9\[][A-Za-z0-9.:\[\]-]*(\/[A-Za-z0-9\/._~%!$&'()*+,;=:@-]*)?/
        guard text.utf8.count <= 2_048, text.wholeMatch(of: form) != nil else { return nil }
        return String(text.reversed().drop { $0 == "/" }.reversed())
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
