import Reconciliation

extension Timestamp {
    /// `2026-03-10`.
    var dayText: String { String(iso8601.prefix { $0 != "T" }) }

    /// `02:14`, in UTC.
    var clockText: String { String(iso8601.drop { $0 != "T" }.dropFirst().prefix(5)) }

    /// `2026-03-10 02:14`, in UTC.
    var minuteText: String { "\(dayText) \(clockText)" }
}

/// `1 account`, `2 accounts`, `1,234 accounts`.
func counted(_ number: Int, _ one: String, _ many: String? = nil) -> String {
    "\(grouped(number)) \(number == 1 ? one : many ?? one + "s")"
}

/// A number with its thousands apart: `12,345`.
func grouped(_ number: Int) -> String {
    var digits = String(number.magnitude)
    var groups: [Substring] = []
    while digits.count > 3 {
        groups.insert(digits.suffix(3), at: 0)
        digits.removeLast(3)
    }
    return (number < 0 ? "-" : "") + ([Substring(digits)] + groups).joined(separator: ",")
}
