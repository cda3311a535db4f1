/// The units in which people write durations: `500ms`, `30s`, `5m`, `2h` or `90d`.
package enum DurationUnit: String, CaseIterable, Sendable {
    case milliseconds = "ms"
    case seconds = "s"
    case minutes = "m"
    case hours = "h"
    case days = "d"

    /// One of the unit, in milliseconds.
    package var inMilliseconds: Int64 {
        switch self {
        case .milliseconds: 1
        case .seconds: 1_000
        case .minutes: 60_000
        case .hours: 3_600_000
        case .days: 86_400_000
        }
    }

    /// Takes a text apart into a number and the unit behind it; nil if no unit is there.
    ///
    /// The number is not looked at.
    package static func split(_ text: String) -> (number: Substring, unit: DurationUnit)? {
        let number = text.prefix { !($0.isASCII && $0.isLetter) }
        guard let unit = DurationUnit(rawValue: String(text[number.endIndex...])) else { return nil }
        return (number, unit)
    }
}

extension Duration {
    /// Seconds with one digit after the point, cut off and never negative: `12.3`.
    package var tenthsText: String {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return "0.0" }
        return "\(seconds).\(attoseconds / 100_000_000_000_000_000)"
    }
}
