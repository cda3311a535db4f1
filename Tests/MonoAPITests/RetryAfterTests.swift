import NIOHTTP1
import Testing

@testable import MonoAPI

struct RetryAfterTests {
    @Test(
        arguments: zip(
            ["0", "1", " 120\t", "86400", "86401", "99999999999999999999999"],
            [.zero, .seconds(1), .seconds(120), .seconds(86_400), .seconds(86_400), .seconds(86_400)] as [Duration]))
    func `seconds are read and bounded by a day`(text: String, expected: Duration) {
        #expect(RetryAfter.read(["Retry-After": text], now: someNow) == expected)
    }

    @Test(arguments: ["", " ", "-1", "+1", "1.5", "soon", "1 2", "0x10", "１", "Mon, 32 Nov 2026 01:15:22 GMT"])
    func `nonsense is no wait that could be told`(text: String) {
        #expect(RetryAfter.read(["retry-after": text], now: someNow) == nil)
    }

    @Test func `no header, no wait`() {
        #expect(RetryAfter.read([:], now: someNow) == nil)
    }

    @Test(arguments: [
        "Mon, 02 Nov 2026 01:17:22 GMT", "Monday, 02-Nov-26 01:17:22 GMT", "Mon Nov  2 01:17:22 2026",
    ])
    func `a date counts from the answer's own date, else from now`(text: String) {
        let dated: HTTPHeaders = ["retry-after": text, "date": "Mon, 02 Nov 2026 01:16:22 GMT"]
        #expect(RetryAfter.read(dated, now: 0) == .seconds(60))
        #expect(RetryAfter.read(["retry-after": text], now: someNow) == .seconds(120))
        #expect(RetryAfter.read(["retry-after": text, "date": "never"], now: someNow) == .seconds(120))
    }

    @Test func `a date gone by means now, a far one a day`() {
        #expect(RetryAfter.read(["retry-after": "Sun, 06 Nov 1994 08:49:37 GMT"], now: someNow) == .zero)
        #expect(RetryAfter.read(["retry-after": "Fri, 31 Dec 9999 23:59:59 GMT"], now: someNow) == .seconds(86_400))
    }

    @Test(
        arguments: zip(
            [
                "Sun, 06 Nov 1994 08:49:37 GMT", "Thu, 01 Jan 1970 00:00:00 GMT", "Thu, 29 Feb 2024 23:59:59 GMT",
                "Fri, 01 Mar 2024 00:00:00 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
                "Mon, 01 Mar 2100 00:00:00 GMT", "Tue, 31 Dec 1968 00:00:00 GMT",
            ],
            [
                784_111_777, 0, 1_709_251_199, 1_709_251_200, 784_111_777, 784_111_777, 4_107_542_400, -31_622_400,
            ] as [Int64]))
    func `dates of all three forms are read`(text: String, expected: Int64) {
        #expect(HTTPDate.seconds(text) == expected)
    }

    @Test(arguments: [
        "", "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Nov 1994 08:60:00 GMT", "Sun, 06 Nov 1994 08:49 GMT",
        "Sun, 00 Nov 1994 08:49:37 GMT", "Sun, 06 Nob 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 CET",
        "Sun, 06 Nov 19940 08:49:37 GMT", "06 Nov 1994 08:49:37", String(repeating: "Sun ", count: 99),
    ])
    func `anything else is no date`(text: String) {
        #expect(HTTPDate.seconds(text) == nil)
    }
}
