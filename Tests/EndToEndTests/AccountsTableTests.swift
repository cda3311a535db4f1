import Foundation
import Postgres
import TestSupport
import Testing

/// `accounts.csv` of real nights: what each column says for every outcome, over both APIs.
struct AccountsTableTests {
    /// One row in short: outcome, reason, owner, Mono's word before and after, whether a sync was asked for and how long
    /// it took, looks, calls, nights, whether a next attempt and Mono's request are named.
    ///
    /// `+` stands for a time or a number that is there, `-` for an empty cell, `*` for what depends on chance.
    private static func line(_ row: [String: String], isByChance: Bool) -> String {
        func cell(_ name: String) -> String { row[name, default: "?"] }
        func word(_ name: String) -> String { cell(name).isEmpty ? "-" : cell(name) }
        func mark(_ name: String) -> String { cell(name).isEmpty ? "-" : "+" }
        func number(_ name: String) -> String { isByChance && cell(name) != "0" ? "*" : cell(name) }
        return [
            cell("outcome"), cell("reason"), cell("owner"), word("data_status_before"), word("data_status_after"),
            mark("sync_requested_at") + mark("seconds_to_settle"), number("polls"), number("api_calls"),
            cell("nights_in_a_row"), mark("next_attempt_at"), mark("data_request_id"),
        ].joined(separator: " ")
    }

    private static let accounts: [Sample] = {
        var accounts: [Sample] = [
            Sample("available", "available"), Sample("recovers", "recovers"),
            Sample("had-data", "recovers", hadData: true), Sample("partial", "partial"),
            Sample("reauthorise", "reauthorisation", flagged: true), Sample("unavailable", "unavailable"),
            Sample("failed", "failed"), Sample("incomplete", "incomplete"), Sample("never", "never_ready"),
            Sample("gone", "gone"), Sample("garbled", "recovers", faults: [.pageForDetails]),
            Sample("doubt", "recovers", hadData: true, faults: [Sample.Fault("500", on: ["trigger"])]),
        ]
        // Done before the first look, so that the number of looks is no chance.
        for index in accounts.indices { accounts[index].latency = "1ms" }
        return accounts + [.healthy("healthy")]
    }()

    /// How often these are asked depends on when.
    private static let byChance = ["never", "garbled"]

    private static let realtime = [
        "available": "already_available missing_update nobody AVAILABLE AVAILABLE -- 0 1 1 - -",
        "recovers": "recovered missing_update nobody PROCESSING AVAILABLE ++ 1 3 1 - -",
        "had-data": "recovered missing_update nobody - - ++ 1 2 1 - -",
        "partial": "partial missing_update customer PARTIAL PARTIAL ++ 2 4 1 + +",
        "reauthorise": "reauthorisation_required reauthorisation_required customer - PROCESSING ++ 2 3 1 + -",
        "unavailable": "bank_unavailable missing_update bank UNAVAILABLE UNAVAILABLE ++ 2 4 1 - +",
        "failed": "provider_failed missing_update mono FAILED FAILED ++ 2 4 1 + +",
        "incomplete": "partial missing_update customer PROCESSING PARTIAL ++ 3 5 1 + +",
        "never": "still_processing missing_update nobody PROCESSING PROCESSING ++ * * 1 - -",
        "gone": "account_not_found missing_update customer - - -- 0 1 1 + -",
        "garbled": "errored missing_update engineer - - -- 0 * 1 - -",
        "doubt": "deferred missing_update nobody - - ++ 0 1 1 + -",
    ]

    private static let dataSync = [
        "available": "already_available missing_update nobody AVAILABLE AVAILABLE -- 0 1 1 - -",
        "recovers": "recovered missing_update nobody PROCESSING AVAILABLE ++ 1 3 1 - -",
        "had-data": "recovered missing_update nobody - - ++ 0 1 1 - -",
        "partial": "partial missing_update customer PARTIAL PARTIAL ++ 1 3 1 + -",
        "reauthorise": "reauthorisation_required reauthorisation_required customer - - ++ 0 1 1 + -",
        "unavailable": "bank_unavailable missing_update bank UNAVAILABLE UNAVAILABLE ++ 0 2 1 - -",
        "failed": "provider_failed missing_update mono FAILED FAILED ++ 1 3 1 + -",
        "incomplete": "incomplete_statement missing_update bank PROCESSING PROCESSING ++ 0 2 1 - -",
        "never": "still_processing missing_update nobody PROCESSING PROCESSING ++ * * 1 - -",
        "gone": "account_not_found missing_update customer - - -- 0 1 1 + -",
        "garbled": "errored missing_update engineer - - -- 0 * 1 - -",
        "doubt": "deferred missing_update nobody - - ++ 0 1 1 + -",
    ]

    /// What differs on the second night: nights of what was found out, and who acts when Mono fails twice,
    /// or when the bank answers for all others.
    private static let secondNight = [
        "partial": ("customer", "2"), "reauthorise": ("customer", "2"), "unavailable": ("customer", "2"),
        "failed": ("customer", "2"), "never": ("nobody", "2"), "gone": ("customer", "2"), "garbled": ("engineer", "1"),
        "doubt": ("nobody", "1"),
    ]

    @Test(arguments: ["realtime", "data-sync"])
    func `every outcome has its columns, night after night`(api: String) async throws {
        // Mono's own limit would refuse the second night; ours is set back below.
        let sandbox = ["--realtime-limit", "1ms", "--data-sync-limit", "1ms"]
        try await Stage.with(Self.accounts, sandboxOptions: sandbox) { stage in
            let options = Stage.quick + ["--api", api, "--csv-profile", "plain"]
            let ending = try await stage.reconcile(options)
            #expect(ending.code == 1, "\(ending.errors)")
            let expected = api == "realtime" ? Self.realtime : Self.dataSync
            let first = try Self.rows(stage, 1)
            #expect(Set(first.keys) == Set(expected.keys))
            for (id, row) in first {
                #expect(Self.line(row, isByChance: Self.byChance.contains(id)) == expected[id], "\(id)")
                expectCommon(row, isStuck: true)
            }

            // In between somebody asks for two accounts, which is no night.
            let asked = try await stage.reconcile(options + ["--account", "healthy", "--account", "partial"])
            #expect(asked.code == 1, "\(asked.errors)")
            let named = try Self.rows(stage, 2)
            #expect(
                named["healthy"].map { Self.line($0, isByChance: false) }
                    == "already_available requested nobody AVAILABLE AVAILABLE -- 0 1 1 - -")
            #expect(
                named["partial"].map { Self.line($0, isByChance: true) }
                    == "deferred missing_update customer PARTIAL PARTIAL -- 0 * 1 + " + (api == "realtime" ? "+" : "-"))
            for (id, row) in named { expectCommon(row, isStuck: id == "partial") }

            try await stage.sql.letDayPass()
            #expect(try await stage.reconcile(options + ["--force"]).code == 1)
            let second = try Self.rows(stage, 3)
            for (id, (owner, nights)) in Self.secondNight {
                #expect(second[id]?["owner"] == owner, "\(id)")
                #expect(second[id]?["nights_in_a_row"] == nights, "\(id)")
                #expect(second[id]?["outcome"] == first[id]?["outcome"], "\(id)")
            }
        }
    }

    private static func rows(_ stage: Stage, _ run: Int) throws -> [String: [String: String]] {
        let table = try CSVTable(stage.report("accounts.csv", ofRun: run))
        return Dictionary(uniqueKeysWithValues: table.rows.map { ($0["account_id", default: ""], $0) })
    }

    /// What holds for every row.
    private func expectCommon(_ row: [String: String], isStuck: Bool) {
        #expect(row["customer_ref"] == "ref-" + row["account_id", default: ""])
        #expect(row["stuck_days"] == (isStuck ? "0" : ""))
        for name in ["stuck_since", "settled_at"] where isStuck || name == "settled_at" {
            #expect(row[name]?.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/) != nil, "\(name)")
        }
        #expect(row["sync_requested_at"]?.isEmpty == row["seconds_to_settle"]?.isEmpty)
        #expect(row["what_happened"]?.isEmpty == false)
        #expect(row["next_step"]?.isEmpty == false)
        #expect(row["reauth_link"] == "")
    }
}
