import Foundation
import Postgres
import TestSupport
import Testing

/// `plan` and `run --dry-run`, held to their promise: no call and no write.
struct PlanTests {
    private static let accounts =
        Sample.many(5, "stuck", "recovers") + [
            Sample("flagged", "reauthorisation", flagged: true), .healthy("healthy"),
        ]

    /// What PostgreSQL counts of a whole server: the next transaction's number moves with everything that is written,
    /// rolled back or not, wherever it is.
    private static func nextTransaction(_ sql: Database) async throws -> Int64 {
        try #require(
            try await sql.value(
                "select pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::text::bigint", as: Int64.self))
    }

    @Test
    func `support staff may plan, on a server that takes no write`() async throws {
        let cluster = try await TestCluster.start()
        let result: Result<Void, any Error>
        do {
            result = .success(try await Self.plan(on: cluster))
        } catch {
            result = .failure(error)
        }
        try await cluster.remove()
        try result.get()
    }

    private static func plan(on cluster: TestCluster) async throws {
        try await Stage.with(accounts, cluster: cluster) { stage in
            // What the server does by itself would move the number too.
            try await stage.sql.execute("alter system set autovacuum = off")
            _ = try await stage.sql.value("select pg_reload_conf()", as: Bool.self)
            try await stage.sql.execute("create role looks login in role mono_support")
            try await stage.sql.execute("alter role looks set default_transaction_read_only = on")
            let variables = [
                "DATABASE_URL": stage.database.connectionString + " user=looks", "MONO_SECRET_KEY": "",
                // Nobody is there to be called.
                "MONO_BASE_URL": "http://127.0.0.1:9",
            ]
            let before = try await nextTransaction(stage.sql)
            let counted = try await stage.fingerprint()
            for command in [
                ["plan"], ["plan", "--json"], ["plan", "--limit", "2"], ["plan", "--account", "stuck-1"],
                ["run", "--dry-run"], ["--dry-run", "--json", "--api", "data-sync"],
            ] {
                let ending = try await stage.reconcile(command, environment: variables)
                #expect(ending.code == 0, "\(command): \(ending.errors)")
                #expect(ending.output.contains(command.contains("--json") ? "\"calls_expected\"" : "A run now would"))
                #expect(ending.errors.isEmpty)
            }
            #expect(try await nextTransaction(stage.sql) == before)
            #expect(try await stage.fingerprint() == counted)
            #expect(try stage.sandbox.calls().total == 0)
            // The number does move, or this test would prove nothing.
            #expect(try await stage.reconcile(["--limit", "1"] + Stage.quick).code == 0)
            #expect(try await nextTransaction(stage.sql) > before)
        }
    }

    @Test(arguments: [["plan"], ["run", "--dry-run"], ["report"]])
    func `a misspelt variable is warned of`(command: [String]) async throws {
        try await Stage.with([.healthy("healthy")]) { stage in
            #expect(try await stage.reconcile(["--quiet"]).code == 0)
            let ending = try await stage.reconcile(command, environment: ["MONO_RECONCILE_LIMTI": "5"])
            #expect(ending.code == 0)
            #expect(ending.complaints.count == 1)
            #expect(ending.errors.contains("MONO_RECONCILE_LIMTI is set, but there is no such option"))
            #expect(ending.errors.contains("did you mean MONO_RECONCILE_LIMIT?"))
        }
    }

    @Test
    func `a plan leaves no session settings, locks or notes behind`() async throws {
        try await Stage.with(Self.accounts) { stage in
            #expect(try await stage.reconcile(["plan"]).code == 0)
            let left: Int? = try await stage.sql.value(
                """
                select (select count(*) from mono.workers) + (select count(*) from mono.reconciliation_runs)
                    + (select count(*) from pg_locks where locktype = 'advisory'
                        and database = (select oid from pg_database where datname = current_database()))
                """)
            #expect(left == 0)
            #expect(try stage.sandbox.calls().total == 0)
        }
    }

    private static let prices = "details=10,trigger=10,job=0.5,reauth=5"

    @Test
    func `with prices the plan, the run, its report and status tell the cost`() async throws {
        try await Stage.with(Self.accounts) { stage in
            let priced = ["--prices", Self.prices, "--currency", "GHS"]
            let plan = try await stage.reconcile(["plan"] + priced)
            let line = /\nAPI calls: about \d+ \(\d+ to \d+\)\nCost: about [\d.]+ GHS \([\d.]+ GHS to [\d.]+ GHS\)\n/
            #expect(try line.firstMatch(in: plan.output) != nil, "\(plan.output)")
            #expect(
                try /\nDuration: about \d+ (s|min) \(\d+ s to \d+ min\) at --rate 10\n/.firstMatch(in: plan.output)
                    != nil)
            // Two accounts, of whose calls two are paid for: an inspection, or a trigger, each.
            let capped = try await stage.reconcile(["plan", "--json", "--max-calls", "2"] + priced)
            #expect(try Foretold(capped).calls_high == 2)
            #expect(capped.output.contains("\"currency\": \"GHS\",\n"), "\(capped.output)")
            let night = try await stage.reconcile(priced + Stage.quick)
            let calls = try #require(try await stage.runs().first?.calls)
            let hundredths = calls.details * 1_000 + calls.trigger * 1_000 + calls.job * 50 + calls.reauth * 500
            let rest = hundredths % 100
            let total = "\(hundredths / 100)" + (rest == 0 ? "" : ".\(rest)")
            #expect(night.output.contains("\nCost       \(total) GHS\n"), "\(night.output)")
            #expect(try await stage.reconcile(["status"]).output.contains(" \(total) GHS "))
            // The report is written again with the run's own prices.
            let again = try await stage.reconcile(["report", "--json"])
            #expect(again.output.contains("\"total\": \(total),\n    \"currency\": \"GHS\"\n"), "\(again.output)")
        }
    }

    private struct Foretold: Decodable {
        var calls_expected: Int
        var calls_low: Int
        var calls_high: Int
        var calls_by_kind: [String: Int]

        init(_ plan: Tool.Completion) throws {
            self = try JSONDecoder().decode(Self.self, from: Data(plan.output.utf8))
        }
    }

    private struct Night: Decodable {
        struct Forecast: Decodable, Equatable {
            var calls: Int
            var calls_low: Int
            var calls_high: Int
        }

        var runs: [Run]

        struct Run: Decodable {
            var forecast: Forecast?
            var forecast_error_percent: Int?
        }
    }

    @Test
    func `a night keeps what the plan foretold, and status says how far off it was`() async throws {
        try await Stage.with(Self.accounts) { stage in
            let night = ["--window", "2s", "--rate", "200"]
            let plan = try Foretold(try await stage.reconcile(["plan", "--json"] + night))
            #expect(plan.calls_by_kind["total"] == plan.calls_expected)
            #expect(plan.calls_low < plan.calls_expected && plan.calls_expected < plan.calls_high)
            #expect(try await stage.reconcile(night).code == 0)
            let made = try #require(try await stage.runs().first?.calls.total)
            #expect((plan.calls_low...plan.calls_high).contains(made))
            let status = try await stage.reconcile(["status", "--json"])
            let run = try #require(
                try JSONDecoder().decode(Night.self, from: Data(status.output.utf8)).runs.first)
            #expect(
                run.forecast
                    == Night.Forecast(
                        calls: plan.calls_expected, calls_low: plan.calls_low, calls_high: plan.calls_high))
            let error = try #require(run.forecast_error_percent)
            let screen = try await stage.reconcile(["status"]).output
            #expect(screen.contains(" \(made) ") && screen.contains(" \(plan.calls_expected) ("))
            #expect(screen.contains("\(error) %)"))
        }
    }

    @Test
    func `after a night that died the plan counts what it left open`() async throws {
        try await Stage.with(Sample.many(3, "slow", "never_ready") + [.healthy("healthy")]) { stage in
            let night = try stage.start(["--window", "60s", "--rate", "1"])
            try await stage.until("the run is open") { try await !stage.runs().isEmpty }
            night.signal(SIGKILL)
            _ = await night.completion()

            let plan = try await stage.reconcile(["plan", "--max-calls", "1"])
            #expect(plan.output.hasPrefix("Run 1 is open with 3 accounts still open: `run` would join it"))
            #expect(plan.output.contains("\nA run now would take up 3 accounts:\n"))
            // A joiner goes by the run's own budget.
            #expect(!plan.output.contains("capped"))
            let json = try await stage.reconcile(["plan", "--json"])
            #expect(json.output.contains(#""open_run": 1,"#))
            #expect(json.output.contains(#""open_cases": 3,"#))
            // And by its prices: it has none.
            #expect(try await !stage.reconcile(["plan", "--prices", Self.prices]).output.contains("Cost"))
            #expect(!json.output.contains(#""calls_expected": 0,"#))

            let named = try await stage.reconcile(["plan", "--account", "slow-1", "--account", "healthy"])
            #expect(named.output.contains("Held by run 1: slow-1; "))
            #expect(named.output.contains("\nA run now would take up 1 account:\n"))
            #expect(!named.output.contains("join"))
            let held = try await stage.reconcile(["plan", "--account", "slow-1"])
            #expect(held.output.hasSuffix("\nA run would make no API call.\n"))

            // Tonight's run does not join last night's.
            try await stage.sql.execute("delete from mono.workers")
            try await stage.sql.execute(
                "update mono.reconciliation_runs set started_at = started_at - interval '1 day'")
            let stale = try await stage.reconcile(["plan", "--max-calls", "1"])
            #expect(stale.output.hasPrefix("Run 1 was left with 3 accounts still open: "))
            #expect(stale.output.contains("API calls: about 1, capped at 1 by --max-calls\n"))
        }
    }
}
