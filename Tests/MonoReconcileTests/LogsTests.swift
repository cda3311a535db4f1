import Foundation
import Logging
import Reconciliation
import Testing

@testable import MonoReconcile

/// Log lines for people and for programs.
struct LogsTests {
    private static let time = Timestamp(microseconds: 1_773_108_000_042_999)

    @Test func `a JSON line has time, level and message first, then its own fields by name`() throws {
        let line = LogLines.line(.json, Self.time, .warning, "a \"b\"\n\u{1}é", ["run": "7", "error": "x\\y"])
        #expect(
            line
                == #"{"time":"2026-03-10T02:00:00.042Z","level":"warning","message":"a \"b\"\n\u0001é","error":"x\\y","run":"7"}"#
                + "\n")
        let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: String]
        #expect(object?["error"] == #"x\y"#)
    }

    @Test func `a line of text is one line, with its time in UTC`() {
        let line = LogLines.line(.text, Self.time, .error, "a\nb", ["run": "7", "error": "x\ny"])
        #expect(line == "2026-03-10T02:00:00.042Z error a b error=x y run=7\n")
    }

    @Test func `what a terminal would act on is shown and not sent`() {
        let line = LogLines.line(.text, Self.time, .error, "a\u{1B}[2Jb", ["error": "x\u{9B}y\u{202E}z"])
        #expect(line == "2026-03-10T02:00:00.042Z error a\u{FFFD}[2Jb error=x\u{FFFD}y\u{FFFD}z\n")
        #expect(!LogLines.line(.json, Self.time, .error, "a\u{9B}b", [:]).unicodeScalars.contains("\u{9B}"))
    }

    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000Z"), (999_999, "1970-01-01T00:00:00.999Z"), (-1, "1969-12-31T23:59:59.999Z"),
    ])
    func `a time has milliseconds, cut off`(microseconds: Int64, text: String) {
        #expect(Timestamp(microseconds: microseconds).rfc3339 == text)
    }
}
