import Postgres
package import Reconciliation

extension Timestamp: PostgresEncodable {
    /// `YYYY-MM-DDThh:mm:ss.ffffffZ`, which PostgreSQL reads exactly, whatever the session's time zone.
    package var postgresText: String? {
        let fraction = ((microseconds % 1_000_000) + 1_000_000) % 1_000_000
        return "\(iso8601.dropLast()).\(String(fraction + 1_000_000).dropFirst())Z"
    }

    package static var postgresCast: StaticString? { "timestamptz" }
}

extension Timestamp: PostgresDecodable {
    package static var postgresTypeName: String { "a point in time" }

    /// Reads the ISO form, for instance `2026-11-28 03:59:09.123456+00`, with any offset; nil for `infinity` and years BC.
    package init?(postgresText: String) {
        var reader = DigitReader(rest: postgresText.utf8[...])
        guard let year = reader.number(), reader.skip("-"), let month = reader.number(), reader.skip("-"),
            let day = reader.number(), reader.skip(" "), let hour = reader.number(), reader.skip(":"),
            let minute = reader.number(), reader.skip(":"), let second = reader.number(),
            let fraction = reader.fraction(), let offset = reader.offset(), reader.rest.isEmpty
        else { return nil }
        let days = Self.days(year: year, month: month, day: day)
        let seconds = days * 86_400 + hour * 3_600 + minute * 60 + second - offset
        self.init(microseconds: seconds * 1_000_000 + fraction)
    }

    /// The days from 1970-01-01 to a date of the proleptic Gregorian calendar.
    private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        // Years begin on 1 March, so that the leap day is the last of its year.
        let year = month <= 2 ? year - 1 : year
        let era = (year >= 0 ? year : year - 399) / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}

/// Reads the parts of a time's text from the left.
private struct DigitReader {
    var rest: Substring.UTF8View

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard let first = rest.first, UInt32(first) == character.value else { return false }
        rest.removeFirst()
        return true
    }

    mutating func number() -> Int64? {
        let digits = rest.prefix { (0x30...0x39).contains($0) }
        guard (1...9).contains(digits.count) else { return nil }
        rest.removeFirst(digits.count)
        return digits.reduce(0) { $0 * 10 + Int64($1 - 0x30) }
    }

    /// Microseconds after a point; zero where no point follows.
    mutating func fraction() -> Int64? {
        guard skip(".") else { return 0 }
        let count = rest.count
        guard var microseconds = number() else { return nil }
        let digits = count - rest.count
        guard digits <= 6 else { return nil }
        for _ in digits..<6 { microseconds *= 10 }
        return microseconds
    }

    /// Seconds east of UTC, such as `+00` or `-03:30`.
    mutating func offset() -> Int64? {
        let isWest = skip("-")
        guard isWest || skip("+"), var seconds = number() else { return nil }
        seconds *= 3_600
        for unit in [60, 1] as [Int64] where skip(":") {
            guard let part = number() else { return nil }
            seconds += part * unit
        }
        return isWest ? -seconds : seconds
    }
}
