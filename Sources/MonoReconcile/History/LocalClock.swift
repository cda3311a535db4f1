import Reconciliation
import Reports

/// Times as people read them: by the clock of one place, and without what they know anyway.
struct LocalClock: Equatable, Sendable {
    var zone: TimeZoneRules
    /// Years other than this time's are named.
    var now: Timestamp

    /// `25 Nov`, or `25 Nov 2025` in another year.
    func day(_ time: Timestamp) -> String { time.dayText(in: zone, near: now) }

    /// `02:20`, or `25 Nov 02:20` on another day.
    func minute(_ time: Timestamp) -> String {
        day(time) == day(now) ? time.clockText(in: zone) : time.minuteText(in: zone, near: now)
    }

    /// `2026-11-25 02:20:11`.
    func second(_ time: Timestamp) -> String {
        zone.local(time).iso8601.replacing("T", with: " ").replacing("Z", with: "")
    }
}
