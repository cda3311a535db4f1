import Foundation
import Postgres
import Testing

/// The log of a real run, as a program reads it.
struct LogTests {
    private static func lines(_ text: String) throws -> [[String: String]] {
        try text.split(separator: "\n").filter { $0.hasPrefix("{") }.map { line in
            try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: String])
        }
    }

    @Test
    func `at info a run has its beginning and its end`() async throws {
        try await Stage.with([Sample("one", "recovers"), Sample("two", "partial")]) { stage in
            let options = ["--log-level", "info", "--log-format", "json", "--time-zone", "UTC"]
            let ending = try await stage.reconcile(Stage.quick + options)
            #expect(ending.code == 0)
            let lines = try Self.lines(ending.errors)
            #expect(lines.compactMap { $0["message"] } == ["begins", "ended"])
            #expect(lines.first?["accounts"] == "2")
            #expect(lines.first?["kind"] == "nightly")
            #expect(lines.last?["outcomes"] == "recovered=1,partial=1")
            #expect(lines.allSatisfy { $0["run"] == "1" && $0["time"]?.hasSuffix("Z") == true })
            let zone: String? = try await stage.sql.value(
                "select options ->> 'time_zone' from mono.reconciliation_runs where run_id = 1")
            #expect(zone == "UTC")
        }
    }

    @Test
    func `at debug each call, decision and settlement has its line`() async throws {
        try await Stage.with([Sample("one", "recovers"), Sample("two", "partial")]) { stage in
            let ending = try await stage.reconcile(
                Stage.quick + ["--log-level", "debug", "--log-format", "json"])
            let lines = try Self.lines(ending.errors)
            let called = lines.filter { $0["message"] == "called" }
            #expect(called.count == (try stage.sandbox.calls().total))
            #expect(called.allSatisfy { $0["ms"].flatMap { Int($0) } != nil && $0["answer"]?.isEmpty == false })
            let settled = lines.filter { $0["message"] == "settled" }
            #expect(Set(settled.compactMap { $0["account"] }) == ["one", "two"])
            #expect(Set(settled.compactMap { $0["outcome"] }) == ["recovered", "partial"])
            #expect(settled.allSatisfy { $0["cause"]?.isEmpty == false })
            #expect(lines.count { $0["message"] == "decided: ask for a sync" } == 2)
            #expect(lines.count { $0["message"] == "claimed" } == 2)
        }
    }
}
