/// A date of an HTTP header as whole seconds since 1970-01-01T00:00:00Z.
enum HTTPDate {
    private static let months = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ]

    /// Reads the three forms of RFC 9110 §5.6.7; nil for anything else.
    ///
    /// The week day is not compared with the date. A year of two digits lies between 1970 and 2069.
    static func seconds(_ text: String) -> Int64? {
        guard text.utf8.count <= 64 else { return nil }
        let words = text.split { $0 == " " || $0 == "," || $0 == "-" }.map { $0.lowercased() }
        if words.count == 6, words[5] == "gmt" {
            return seconds(year: words[3], month: words[2], day: words[1], time: words[4])
        }
        if words.count == 5 {
            return seconds(year: words[4], month: words[1], day: words[2], time: words[3])
        }
        return nil
    }

    private static func seconds(year: String, month: String, day: String, time: String) -> Int64? {
        let clock = time.split(separator: ":", omittingEmptySubsequences: false).map { number($0, 0...60) }
        guard var year = number(year[...], 0...9_999), let month = months.firstIndex(of: month),
            let day = number(day[...], 1...31), clock.count == 3,
            let hour = clock[0], hour < 24, let minute = clock[1], minute < 60, let second = clock[2]
        else { return nil }
        if year < 100 { year += year < 70 ? 2_000 : 1_900 }
        // Years begin on 1 March here, so that the leap day is the last one.
        let marchYear = Int64(month < 2 ? year - 1 : year)
        let marchMonth = Int64((month + 10) % 12)
        let leapDays = marchYear / 4 - marchYear / 100 + marchYear / 400
        let days = marchYear * 365 + leapDays + (153 * marchMonth + 2) / 5 + Int64(day) - 1 - 719_468
        return days * 86_400 + Int64(hour * 3_600 + minute * 60 + second)
    }

    private static func number(_ text: Substring, _ range: ClosedRange<Int>) -> Int? {
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let value = Int(text), range.contains(value)
        else { return nil }
        return value
    }
}
