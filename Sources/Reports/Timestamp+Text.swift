package import Reconciliation

extension Timestamp {
    /// `2026-03-10`.
    var dayText: String { String(iso8601.prefix { $0 != "T" }) }

    /// `02:14`, in UTC.
    var clockText: String { String(iso8601.drop { $0 != "T" }.dropFirst().prefix(5)) }

    /// `2026-03-10 02:14`, in UTC.
    var minuteText: String { "\(dayText) \(clockText)" }

    /// `27 Nov` by the clocks of a zone; `27 Nov 2025` where the year is another one than that of `reference`.
    package func dayText(in zone: TimeZoneRules, near reference: Timestamp? = nil) -> String {
        let date = zone.local(self).dayText.split(separator: "-")
        // Only years after 9999 or before 0 have another form.
        guard date.count == 3, let month = Int(date[1]), let day = Int(date[2]), (1...12).contains(month) else {
            return zone.local(self).dayText
        }
        let text = "\(day) \(Self.months[month - 1])"
        guard let reference, let year = zone.local(reference).dayText.split(separator: "-").first, year != date[0]
        else {
            return text
        }
        return "\(text) \(date[0])"
    }

    /// `02:20` by the clocks of a zone.
    package func clockText(in zone: TimeZoneRules) -> String { zone.local(self).clockText }

    /// `27 Nov 02:20` by the clocks of a zone; with the year as ``dayText(in:near:)`` has it.
    package func minuteText(in zone: TimeZoneRules, near reference: Timestamp? = nil) -> String {
        "\(dayText(in: zone, near: reference)) \(clockText(in: zone))"
    }

    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
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
