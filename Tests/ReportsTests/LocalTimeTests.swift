import Reconciliation
import Testing

@testable import Reports

struct LocalTimeTests {
    @Test
    func `a time reads as a clock of the zone shows it`() {
        let time = at("2026-11-27T23:20:59Z")
        #expect(time.minuteText(in: .lagos) == "28 Nov 00:20")
        #expect(time.minuteText(in: .utc) == "27 Nov 23:20")
        #expect(time.dayText(in: .lagos) == "28 Nov")
        #expect(time.clockText(in: .lagos) == "00:20")
    }

    @Test
    func `the year is named where it is another one than the reference's, by the zone's clocks`() {
        let lastSecond = at("2026-12-31T22:59:59Z")
        let newYear = at("2026-12-31T23:00:00Z")
        #expect(lastSecond.dayText(in: .lagos, near: newYear) == "31 Dec 2026")
        #expect(lastSecond.dayText(in: .utc, near: newYear) == "31 Dec")
        #expect(newYear.minuteText(in: .lagos, near: newYear) == "1 Jan 00:00")
    }
}
