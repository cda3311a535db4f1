import Reconciliation

/// Times as people read them: by the clock of one place, and without what they know anyway.
struct LocalClock: Equatable, Sendable {
    var zone: TimeZoneRules
    /// Years other than this time's are named.
    var now: Timestamp

    /// `25 Nov`, or `25 Nov 2025` in another year.
    func day(_ time: Timestamp) -> String {
        let date = date(time)
        let year = date.prefix(4)
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let month = Int(date.dropFirst(5).prefix(2)).map { months[$0 - 1] } ?? ""
        let day = Int(date.suffix(2)) ?? 0
        return "\(day) \(month)" + (year == self.date(now).prefix(4) ? "" : " \(year)")
    }

    /// `02:20`, or `25 Nov 02:20` on another day.
    func minute(_ time: Timestamp) -> String {
        let clock = zone.local(time).iso8601.drop { $0 != "T" }.dropFirst().prefix(5)
        return date(time) == date(now) ? String(clock) : "\(day(time)) \(clock)"
    }

    /// `2026-11-25 02:20:11`.
    func second(_ time: Timestamp) -> String {
        zone.local(time).iso8601.replacing("T", with: " ").replacing("Z", with: "")
    }

    private func date(_ time: Timestamp) -> Substring { zone.local(time).iso8601.prefix { $0 != "T" } }
}
