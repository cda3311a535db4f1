import Foundation
import Postgres
import Testing

/// `accounts.csv` of real nights: what each column says for every outcome, over both APIs.
struct AccountsTableTests {
    /// The columns that are compared, in the words of a row below.
    ///
    /// `+` stands for a time or a number that is there, `-` for an empty cell.
    private struct Line: Equatable, CustomStringConvertible {
        var description: String

        init(_ row: [String: String]) {
            func cell(_ name: String) -> String { row[name, default: "?"] }
            func mark(_ name: String) -> String { cell(name).isEmpty ? "-" : "+" }
            let statuses = ["data_status_before", "data_status_after"].map { cell($0).isEmpty ? "-" : cell($0) }
            description =
                ([cell("outcome"), cell("reason"), cell("owner")] + statuses + [
                    mark("sync_requested_at") + mark("seconds_to_settle"), "polls \(cell("polls"))",
                    "calls \(cell("api_calls"))", "night \(cell("nights_in_a_row"))", "next \(mark("next_attempt_at"))",
                ]).joined(separator: " ")
        }
    }

    private static let accounts: [Sample] = [
        Sample("available", "available"), Sample("recovers", "recovers"),
        Sample("had-data", "recovers", hadData: true), Sample("partial", "partial"),
        Sample("reauthorise", "reauthorisation", flagged: true), Sample("unavailable", "unavailable"),
        Sample("failed", "failed"), Sample("incomplete", "incomplete"), Sample("never", "never_ready"),
        Sample("gone", "gone"), Sample("garbled", "recovers", faults: [.pageForDetails]),
        Sample("doubt", "recovers", hadData: true, faults: [Sample.Fault("500", on: ["trigger"])]),
    ]

    private static let realtime: [String: String] = [:]

    private static let dataSync: [String: String] = [:]

    @Test(arguments: ["realtime", "data-sync"])
    func `every outcome has its columns`(api: String) async throws {
        try await Stage.with(Self.accounts) { stage in
            let options = Stage.quick + ["--api", api, "--csv-profile", "plain"]
            let ending = try await stage.reconcile(options)
            #expect(ending.code == 1, "\(ending.errors)")
            let table = try CSVTable(stage.report("accounts.csv"))
            let expected = api == "realtime" ? Self.realtime : Self.dataSync
            #expect(table.rows.count == Self.accounts.count)
            for row in table.rows {
                let id = row["account_id", default: ""]
                #expect("\(Line(row))" == expected[id], "\(id)")
                expectCommon(row)
            }
        }
    }

    /// What holds for every row.
    private func expectCommon(_ row: [String: String]) {
        #expect(row["run_id"] == "1")
        #expect(row["customer_ref"] == "ref-" + row["account_id", default: ""])
        #expect(row["stuck_days"] == "0")
        for name in ["stuck_since", "settled_at"] {
            #expect(row[name]?.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/) != nil, "\(name)")
        }
        #expect(row["sync_requested_at"]?.isEmpty == row["seconds_to_settle"]?.isEmpty)
        #expect(row["what_happened"]?.isEmpty == false)
        #expect(row["next_step"]?.isEmpty == false)
        #expect(row["reauth_link"] == "")
    }
}
