import Reconciliation
import Testing

@Suite struct TimestampTests {
    static let known: [(seconds: Int64, text: String)] = [
        (0, "1970-01-01T00:00:00Z"),
        (-1, "1969-12-31T23:59:59Z"),
        (-86_400, "1969-12-31T00:00:00Z"),
        (951_782_399, "2000-02-28T23:59:59Z"),
        (951_782_400, "2000-02-29T00:00:00Z"),
        (951_868_800, "2000-03-01T00:00:00Z"),
        (1_709_164_800, "2024-02-29T00:00:00Z"),
        (1_740_787_200, "2025-03-01T00:00:00Z"),
        (1_773_108_000, "2026-03-10T02:00:00Z"),
        (1_767_225_599, "2025-12-31T23:59:59Z"),
        (4_107_542_399, "2100-02-28T23:59:59Z"),
        (4_107_542_400, "2100-03-01T00:00:00Z"),
        (-2_203_891_200, "1900-03-01T00:00:00Z"),
        (253_402_300_799, "9999-12-31T23:59:59Z"),
        (-62_135_596_800, "0001-01-01T00:00:00Z"),
    ]

    @Test(arguments: known)
    func `a known second has its known date`(seconds: Int64, text: String) {
        #expect(Timestamp(microseconds: seconds * 1_000_000).iso8601 == text)
    }

    @Test(
        arguments: zip(
            [999_999, 1_000_000, -1, -1_000_000, -1_000_001] as [Int64],
            [
                "1970-01-01T00:00:00Z", "1970-01-01T00:00:01Z", "1969-12-31T23:59:59Z", "1969-12-31T23:59:59Z",
                "1969-12-31T23:59:58Z",
            ]))
    func `fractions of a second are cut off towards the past`(microseconds: Int64, text: String) {
        #expect(Timestamp(microseconds: microseconds).iso8601 == text)
    }

    @Test func `every day of two eras follows the one before`() {
        var year = 1900
        var month = 1
        var day = 1
        for number in Int64(-25_567)..<(-25_567 + 2 * 146_097) {
            let date = Timestamp(microseconds: number * 86_400_000_000).iso8601
            let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
            let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
            let expected = "\(year)-\(month < 10 ? "0" : "")\(month)-\(day < 10 ? "0" : "")\(day)T00:00:00Z"
            // One failure is enough; a loop of expectations would print thousands.
            guard date == expected else { return #expect(date == expected) }
            day += 1
            if day > lengths[month - 1] { (month, day) = (month + 1, 1) }
            if month > 12 { (year, month) = (year + 1, 1) }
        }
    }

    @Test func `moving and measuring are each other's reverse`() {
        let start = Timestamp(microseconds: -5)
        let moved = start.advanced(by: .milliseconds(1_500) + .microseconds(7))
        #expect(moved.microseconds == 1_500_002)
        #expect(moved.since(start) == .microseconds(1_500_007))
        #expect(start.since(moved) == .microseconds(-1_500_007))
        #expect(start.advanced(by: .microseconds(-1)) < start)
    }
}
