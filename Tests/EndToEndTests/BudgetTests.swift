import Foundation
import Postgres
import Testing

/// What a run may spend, and what spends nothing.
struct BudgetTests {
    private static let accounts = Sample.many(10, "stuck", "recovers") + [Sample("flagged", "recovers", flagged: true)]

    @Test(arguments: [1, 2, 7, 20])
    func `never more calls than max-calls, the rest is deferred`(most: Int) async throws {
        try await Stage.with(Self.accounts) { stage in
            let ending = try await stage.reconcile(Stage.quick + ["--max-calls", "\(most)"])
            #expect(ending.code == 1, "\(ending.errors)")
            let calls = try stage.sandbox.calls()
            #expect(calls.total <= most)
            // One call could inspect an account, and not bring it back.
            #expect(calls.total >= min(most, 2) - 1)
            let counts = try await stage.counts()
            #expect(counts["open"] == nil)
            #expect(counts["errored"] == nil)
            #expect(counts["deferred", default: 0] > 0)
            #expect(try await stage.runs().map(\.calls) == [calls.kinds])
        }
    }

    @Test
    func `limit leaves out those tried last, and counts them`() async throws {
        try await Stage.with(Self.accounts) { stage in
            try await stage.sql.execute(
                """
                update mono.accounts set last_tried_at = now() - interval '1 hour'
                where account_id not in ('stuck-3', 'flagged')
                """)
            let ending = try await stage.reconcile(Stage.quick + ["--limit", "2"])
            #expect(ending.code == 0, "\(ending.errors)")
            #expect(try await stage.outcomes() == ["stuck-3": "recovered", "flagged": "recovered"])
            #expect(try await stage.runs().map(\.notSelected) == [9])
            let summary = try Summary(stage.report("summary.json"))
            #expect(summary.selected == 2)
            #expect(summary.notSelected == 9)
        }
    }

    @Test(arguments: [
        ["plan"], ["run", "--dry-run"], ["plan", "--account", "stuck-1"], ["plan", "--limit", "3", "--json"],
        ["--dry-run", "--account", "flagged"],
    ])
    func `a plan calls nobody and writes nothing`(arguments: [String]) async throws {
        try await Stage.with(Self.accounts) { stage in
            let before = try await stage.fingerprint()
            let ending = try await stage.reconcile(arguments, environment: ["MONO_SECRET_KEY": ""])
            #expect(ending.code == 0, "\(ending.errors)")
            #expect(ending.errors.isEmpty)
            #expect(!ending.output.isEmpty)
            #expect(try await stage.fingerprint() == before)
            #expect(try stage.sandbox.calls().total == 0)
            #expect(!FileManager.default.fileExists(atPath: stage.reports))
        }
    }

    @Test
    func `a plan says what a run then does`() async throws {
        try await Stage.with(Self.accounts) { stage in
            let plan = try await stage.reconcile(["plan", "--json", "--limit", "4"])
            let forecast = try JSONDecoder().decode(Forecast.self, from: Data(plan.output.utf8))
            let ending = try await stage.reconcile(Stage.quick + ["--limit", "4"])
            #expect(ending.code == 0, "\(ending.errors)")
            #expect(Set(forecast.accounts.map(\.account_id)) == Set(try await stage.outcomes().keys))
            #expect(forecast.selected == 4)
            #expect(forecast.not_selected == 7)
            let unknown = try await stage.reconcile(["plan", "--account", "nobody"])
            #expect(unknown.code == 65)
            #expect(unknown.errors.contains("nobody"))
        }
    }

    private struct Forecast: Decodable {
        struct Account: Decodable {
            var account_id: String
        }

        var selected: Int
        var not_selected: Int
        var accounts: [Account]
    }
}
