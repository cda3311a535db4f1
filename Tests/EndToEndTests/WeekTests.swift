import Foundation
import Glibc
import Postgres
import TestSupport
import Testing

/// A week, good nights and bad ones: every morning's list holds whom somebody has to help, and says what is so.
struct WeekTests {
    /// What is wrong with whom; the four of Down Bank are well at first.
    private static let accounts: [Sample] =
        [
            Sample("re-1", "reauthorisation", flagged: true), Sample("part-1", "partial"), Sample("gone-1", "gone"),
            Sample("mono-1", "failed"), Sample("well-1", "recovers"),
        ] + Sample.many(4, "down", "recovers")

    @Test func `each morning's list holds exactly whom somebody must help, with nights, owner and standing`()
        async throws
    {
        // Mono's own limit would refuse the second night; ours is set back by the week.
        let sandbox = ["--realtime-limit", "1ms", "--data-sync-limit", "1ms"]
        try await Stage.with(Self.accounts, sandboxOptions: sandbox) { stage in
            let week = try await Week(stage)
            // A good night. Mono's failure is looked at by Mono first, and worth a new login from the second night.
            #expect(try await week.night() == 0)
            try week.expect(
                "customer gone-1 1 account_not_found", "customer part-1 1 partial",
                "customer re-1 1 reauthorisation_required", "mono mono-1 1 provider_failed")

            // The key is refused: nobody is tried, and nobody is forgotten.
            try await stage.sql.letDayPass()
            #expect(try await week.night(environment: ["MONO_SECRET_KEY": "test_sk_wrong"]) == 77)
            let known = [
                "customer gone-1 2 account_not_found", "customer mono-1 2 provider_failed", "customer part-1 2 partial",
                "customer re-1 2 reauthorisation_required",
            ]
            try week.expect(known, notTried: ["key_refused": 1...1, "cool_down": 3...3])

            // Somebody tries five accounts by day: the list stays whole, and its nights are those of the night.
            for _ in 1...5 {
                #expect(try await week.night(["--limit", "1"]) == 0)
                try week.expect(known, notTried: ["cool_down": 3...4])
            }

            // Mono is gone, then the night is stopped.
            try await stage.sql.letDayPass()
            try await week.owing(Sample.many(4, "down", "recovers"))
            let nowhere = try await week.night(environment: [
                "MONO_BASE_URL": "http://127.0.0.1:\(try freeLoopbackPort())"
            ])
            #expect(nowhere == 69)
            try week.expect(
                known.map { $0.replacing(" 2 ", with: " 3 ") },
                notTried: ["mono_unavailable": 3...4, "cool_down": 4...4])
            try await stage.sql.letDayPass()
            #expect(try await week.stoppedNight(behaving: Self.accounts) == 143)
            try week.expect(known.map { $0.replacing(" 2 ", with: " 4 ") }, notTried: ["interrupted": 3...8])

            // A bank is down for two nights, and back.
            let later = known.map { $0.replacing(" 2 ", with: " 5 ") }
            try await stage.sql.letDayPass()
            try await week.owing(Sample.many(4, "down", "unavailable"))
            #expect(try await week.night() == 0)
            try week.expect(later + (1...4).map { "bank down-\($0) 1 bank_unavailable" }, banksDown: ["Down Bank"])
            // Known to be down, it is tried by one account at a time, and the others wait.
            try await stage.sql.letDayPass()
            #expect(try await week.night() == 1)
            try week.expect(
                later.map { $0.replacing(" 5 ", with: " 6 ") } + (1...4).map { "bank down-\($0) 2 bank_unavailable" },
                notTried: ["cool_down": 4...4, "bank_paused": 1...3], banksDown: ["Down Bank"])
            #expect(try week.page().contains("2 nights"))
            try await stage.sql.letDayPass()
            try stage.sandbox.change(Sample.many(4, "down", "recovers"))
            #expect(try await week.night() == 0)
            try week.expect(later.map { $0.replacing(" 5 ", with: " 7 ") }, notTried: ["cool_down": 4...4])
        }
    }
}

/// The nights of one stage.
private struct Week {
    let stage: Stage
    /// A zone in which it is the middle of the night, so that no noon falls between two runs.
    private let zone: String

    init(_ stage: Stage) async throws {
        self.stage = stage
        let hour = Int(Date().timeIntervalSince1970) / 3_600 % 24
        zone = hour <= 12 ? "Etc/GMT+\(hour)" : "Etc/GMT-\(24 - hour)"
        try await stage.sql.execute(
            """
            update mono.accounts set institution = case when account_id like 'down-%' then 'Down Bank' else 'Up Bank' end
            """)
    }

    private var environment: [String: String] {
        ["MONO_RECONCILE_TIME_ZONE": zone, "MONO_SYNC_LIMIT": "1s", "MONO_RECONCILE_CSV_PROFILE": "plain"]
    }

    /// One run; its exit code.
    func night(_ options: [String] = [], environment more: [String: String] = [:]) async throws -> Int32 {
        try await letLimitPass()
        let ending = try await stage.reconcile(
            Stage.quick + options, environment: environment.merging(more) { $1 })
        return ending.code
    }

    /// A night in which every inspection hangs, until it is stopped.
    func stoppedNight(behaving accounts: [Sample]) async throws -> Int32 {
        try await letLimitPass()
        try stage.sandbox.change(
            accounts.map { account in
                var hanging = account
                hanging.faults = [.hangingDetails, Sample.Fault("hang", on: ["trigger"])]
                return hanging
            })
        let before = try stage.sandbox.calls().kinds
        let tool = try stage.start(Stage.quick + ["--window", "60s"], environment: environment)
        try await stage.until("the run is at work") { try stage.sandbox.calls().kinds != before }
        tool.signal(SIGTERM)
        let code = await tool.completion().code
        try stage.sandbox.change(accounts)
        return code
    }

    /// The accounts owe their data anew, for an hour.
    func owing(_ accounts: [Sample]) async throws {
        try stage.sandbox.change(accounts)
        try await stage.sql.execute(
            """
            update mono.accounts set data_available = false, awaiting_update_since = now() - interval '1 hour'
            where account_id = any(\(accounts.map(\.id)))
            """)
    }

    /// The newest night's list: those for whom somebody must act, in any order.
    func expect(
        _ rows: [String], notTried: [String: ClosedRange<Int>] = [:], banksDown: [String] = [],
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let table = try CSVTable(Data(contentsOf: URL(filePath: "\(stage.reports)/latest/accounts.csv")))
        let listed = table.rows.filter { $0["owner"] != "nobody" }.map { row in
            ["owner", "account_id", "nights_in_a_row", "standing_outcome"].map { row[$0] ?? "" }.joined(separator: " ")
        }
        #expect(listed.sorted() == rows.sorted(), sourceLocation: sourceLocation)
        let page = try page()
        for row in rows {
            let id = row.split(separator: " ")[1]
            #expect(page.contains("ref-\(id)"), "\(id)", sourceLocation: sourceLocation)
        }
        let json = try JSONSerialization.jsonObject(
            with: Data(contentsOf: URL(filePath: "\(stage.reports)/latest/summary.json")))
        let summary = try #require(json as? [String: Any])
        // A sync that was under way when the night ended may have been asked for: that one was tried.
        let told = try #require(summary["not_tried"] as? [String: Int])
        #expect(Set(told.keys) == Set(notTried.keys), sourceLocation: sourceLocation)
        for (cause, count) in told { #expect(notTried[cause]?.contains(count) == true, sourceLocation: sourceLocation) }
        let owners = Dictionary(grouping: rows) { String($0.prefix { $0 != " " }) }.mapValues(\.count)
        let work = try #require(summary["work_list"] as? [String: Int])
        #expect(work.filter { $0.key != "nobody" && $0.value > 0 } == owners, sourceLocation: sourceLocation)
        let down = (summary["banks_down"] as? [[String: String]] ?? []).compactMap { $0["name"] }
        #expect(down == banksDown, sourceLocation: sourceLocation)
    }

    func expect(_ rows: String..., sourceLocation: SourceLocation = #_sourceLocation) throws {
        try expect(rows, sourceLocation: sourceLocation)
    }

    func page() throws -> String {
        try String(contentsOf: URL(filePath: "\(stage.reports)/latest/report.html"), encoding: .utf8)
    }

    /// Mono's limit counts from an hour earlier than it did.
    private func letLimitPass() async throws {
        try await stage.sql.execute(
            "update mono.accounts set last_sync_requested_at = last_sync_requested_at - interval '1 hour'")
    }
}
