import Testing

@testable import MonoReconcile

/// Single values: what is accepted, and the nearest thing that is not.
struct ValuesTests {
    @Test(
        arguments: [
            ("500ms", .milliseconds(500)), ("30s", .seconds(30)), ("5m", .seconds(300)), ("2h", .seconds(7_200)),
            ("90d", .seconds(7_776_000)), ("0s", .zero), ("007s", .seconds(7)),
            ("999999999ms", .milliseconds(999_999_999)), ("36525d", .seconds(36_525 * 86_400)),
        ] as [(String, Duration)])
    func `a duration is a whole number and its unit`(text: String, duration: Duration) {
        #expect(Values.duration(text) == duration)
    }

    @Test(arguments: [
        "", "5", "s", "ms", "-5s", "+5s", "1.5s", "5 s", " 5s", "5s ", "5S", "5min", "5w", "1000000000s", "36526d",
        "1h30m",
        "٥s", "5µs",
    ])
    func `anything else is no duration`(text: String) {
        #expect(Values.duration(text) == nil)
    }

    @Test(arguments: [("1", 1), ("42", 42), ("0042", 42), ("999999999", 999_999_999)])
    func `a count is a whole number from 1`(text: String, count: Int) {
        #expect(Values.count(text) == count)
    }

    @Test(arguments: ["", "0", "000", "-1", "+1", "1.0", "1e3", " 1", "1 ", "1000000000", "ten", "١"])
    func `anything else is no count`(text: String) {
        #expect(Values.count(text) == nil)
    }

    @Test(arguments: [("10", 10), ("0.5", 0.5), ("0", 0), ("1.6", 1.6), ("123456789012", 123_456_789_012)])
    func `a number is decimal`(text: String, number: Double) {
        #expect(Values.number(text) == number)
    }

    @Test(arguments: ["", ".", "1.2.3", "-1", "+1", "1e3", "0x10", "nan", "inf", "1,5", "1234567890123", " 1"])
    func `anything else is no number`(text: String) {
        #expect(Values.number(text) == nil)
    }

    @Test(arguments: [
        ("true", true), ("TRUE", true), ("1", true), ("yes", true), ("false", false), ("0", false), ("No", false),
        ("", false),
    ])
    func `a flag is yes or no`(text: String, flag: Bool) {
        #expect(Values.flag(text) == flag)
    }

    @Test(arguments: ["on", "2", "y", "truee", " true"])
    func `anything else is no flag`(text: String) {
        #expect(Values.flag(text) == nil)
    }
}
