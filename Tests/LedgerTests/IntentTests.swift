import Ledger
import Postgres
import Reconciliation
import Testing

/// The durable note before a trigger, and how it is taken back.
@Suite struct IntentTests {
    @Test func `an intent is noted on the case and on the account in one instant`() async throws {
        let bench = try await Bench()
        try await bench.account("owing", data: true, debt: 400)
        try await bench.account("flagged", flag: 400)
        let owed = try await bench.column("awaiting_update_since", of: "owing")
        var scheduler = try await Desktop(bench)
        #expect(try await scheduler.intend(["owing", "flagged"]) == [:])
        for id in ["owing", "flagged"] {
            let at = try await bench.caseColumn("sync_intended_at", of: id)
            #expect(try await bench.column("last_sync_requested_at", of: id) == at)
            #expect(scheduler[id].want == .trigger)
            #expect(scheduler[id].account?.lastSyncRequestedAt == scheduler[id].intendedAt)
        }
        // What is owed is owed since then, or since before.
        #expect(try await bench.column("awaiting_update_since", of: "owing") == owed)
        let at = try await bench.caseColumn("sync_intended_at", of: "flagged")
        #expect(try await bench.column("awaiting_update_since", of: "flagged") == at)
        #expect(try await bench.caseColumn("had_data", of: "owing") == "true")
        #expect(try await bench.caseColumn("had_data", of: "flagged") == "false")
    }

    static let changes: [(name: String, sql: SQL)] = [
        ("data", "update mono.accounts set data_available = not data_available"),
        ("debt", "update mono.accounts set awaiting_update_since = now()"),
        ("no debt", "update mono.accounts set awaiting_update_since = null"),
        ("flag", "update mono.accounts set reauthorisation_required_since = now()"),
        ("unlinked", "update mono.accounts set unlinked_at = now()"),
        ("gone", "delete from mono.accounts"),
        ("another's", "update mono.reconciliation_cases set worker = 'another'"),
        ("nobody's", "update mono.reconciliation_cases set worker = null"),
        ("settled", "update mono.reconciliation_cases set outcome = 'deferred', settled_at = now()"),
    ]

    @Test(arguments: changes)
    func `no intent is made of what changed since it was read`(change: (name: String, sql: SQL)) async throws {
        let bench = try await Bench()
        try await bench.account("x", data: true, debt: 400)
        var scheduler = try await Desktop(bench)
        try await bench.database.execute(change.sql)
        _ = try await scheduler.intend(["x"])
        #expect(scheduler["x"].intendedAt == nil)
        #expect(try await bench.caseColumn("sync_intended_at", of: "x") == "-")
        #expect(
            try await bench.database.texts("select last_sync_requested_at::text from mono.accounts")
                .allSatisfy { $0 == "-" })
    }

    @Test func `the news of a refused intent names the account as it is now, and its events`() async throws {
        let bench = try await Bench()
        try await bench.account("x", data: true, debt: 400)
        try await bench.account("y", data: true, debt: 400)
        var scheduler = try await Desktop(bench)
        try await bench.record("account_updated", of: "x", meta: #"{"data_status":"AVAILABLE"}"#)
        let refused = try await scheduler.intend(["x", "y"])
        let news = try #require(refused[AccountID(test: "x")])
        #expect(news.account?.isHealthy == true)
        #expect(news.events.map(\.kind) == [.updated(status: .available, sync: nil, job: nil)])
        // The other one is not held up by it.
        #expect(refused.count == 1)
        #expect(scheduler["y"].want == .trigger)
    }

    @Test(arguments: zip([118, 121], [false, true]))
    func `Mono's limit is kept on both sides of its end`(tried: Int, isAllowed: Bool) async throws {
        let bench = try await Bench()
        try await bench.account("x", data: true, debt: 400)
        var scheduler = try await Desktop(bench)
        try await bench.database.execute(
            "update mono.accounts set last_sync_requested_at = now() - make_interval(secs => \(tried)::int)")
        let refused = try await scheduler.intend(["x"])
        #expect(refused.isEmpty == isAllowed)
        #expect((try await bench.caseColumn("sync_intended_at", of: "x") == "-") == !isAllowed)
    }

    @Test func `an intent that stands already is nobody's to act upon`() async throws {
        let bench = try await Bench()
        try await bench.account("x", data: true, debt: 400)
        var scheduler = try await Desktop(bench)
        let first = try await scheduler.ledger.intend([scheduler["x"]], of: scheduler.run)
        #expect(first.committed.count == 1)
        // As after a lost answer, or by a statement of before the case was lost and came back.
        let second = try await scheduler.ledger.intend([scheduler["x"]], of: scheduler.run)
        #expect(second.committed == [:])
        #expect(second.refused == [:])
        #expect(try await bench.caseColumn("worker", of: "x") == "-")
        #expect(try await bench.caseColumn("sync_intended_at", of: "x") != "-")
        // It is claimed again as one that is to be looked at.
        try await scheduler.claim()
        #expect(!scheduler["x"].isReadyToTrigger)
        #expect(scheduler["x"].intendedAt == first.committed[AccountID(test: "x")]?.at)
    }

    @Test(arguments: [
        CaseScheduler.Entry.Kind.progress, .withdrawal,
        .settlement(Settlement(.deferred, cause: .syncInDoubt, "a test")),
    ])
    func `a case that came back with another intent takes no write of its former self`(
        kind: CaseScheduler.Entry.Kind
    ) async throws {
        let bench = try await Bench()
        try await bench.account("x", data: true, debt: 400)
        let scheduler = try await Desktop(bench)
        _ = try await scheduler.ledger.intend([scheduler["x"]], of: scheduler.run)
        // The scheduler's case knows of no intent.
        let result = try await scheduler.write(kind, ["x"])
        #expect(result.settled == [])
        #expect(result.withdrawn.isEmpty)
        #expect(try await bench.caseColumn("sync_intended_at", of: "x") != "-")
        #expect(try await bench.caseColumn("sync_answer", of: "x") == "-")
        #expect(try await bench.caseColumn("outcome", of: "x") == "-")
        #expect(result.lost == (kind == .progress ? [] : [AccountID(test: "x")]))
    }

    @Test func `a thousand intents are one commit`() async throws {
        let bench = try await Bench()
        try await bench.stuck(1_000)
        var scheduler = try await Desktop(bench)
        #expect(try await scheduler.intend(scheduler.cases.keys.map(\.rawValue).sorted()) == [:])
        let commits = try await bench.database.text(
            "select count(distinct xmin::text)::text from mono.reconciliation_cases where sync_intended_at is not null")
        #expect(commits == "1")
    }

    // MARK: Withdrawal

    @Test(arguments: [nil, 9_000] as [Int?], [nil, 400] as [Int?])
    func `a withdrawal restores the account exactly`(tried: Int?, debt: Int?) async throws {
        let bench = try await Bench()
        try await bench.account("x", data: true, debt: debt, flag: 400, tried: tried, job: "before")
        let before = try await bench.database.text("select a::text from mono.accounts a")
        var scheduler = try await Desktop(bench)
        #expect(try await scheduler.intend(["x"]) == [:])
        #expect(try await bench.database.text("select a::text from mono.accounts a") != before)
        scheduler["x"].expire(at: try await scheduler.ledger.clock())
        let result = try await scheduler.write(.withdrawal, ["x"])
        #expect(try await bench.database.text("select a::text from mono.accounts a") == before)
        #expect(try await bench.caseColumn("sync_intended_at", of: "x") == "-")
        #expect(try await bench.caseColumn("had_data", of: "x") == "-")
        let account = try #require(result.withdrawn[AccountID(test: "x")] ?? nil)
        scheduler["x"].withdrawn(account: account, at: try await scheduler.ledger.clock())
        // A new intent may follow at once.
        #expect(try await scheduler.intend(["x"]) == [:])
    }

    @Test func `a withdrawal keeps what an event wrote meanwhile`() async throws {
        let bench = try await Bench()
        try await bench.account("x", data: true, flag: 400)
        var scheduler = try await Desktop(bench)
        #expect(try await scheduler.intend(["x"]) == [:])
        try await bench.record("account_reauthorized", of: "x")
        scheduler["x"].expire(at: try await scheduler.ledger.clock())
        _ = try await scheduler.write(.withdrawal, ["x"])
        #expect(try await bench.row("x") == "data awaiting failures 0")
    }

    @Test func `another worker's intent is not withdrawn`() async throws {
        let bench = try await Bench()
        try await bench.account("x", data: true, debt: 400)
        var scheduler = try await Desktop(bench)
        #expect(try await scheduler.intend(["x"]) == [:])
        scheduler["x"].expire(at: try await scheduler.ledger.clock())
        try await bench.database.execute("update mono.reconciliation_cases set worker = 'another'")
        let requested = try await bench.column("last_sync_requested_at", of: "x")
        let result = try await scheduler.write(.withdrawal, ["x"])
        #expect(try await bench.column("last_sync_requested_at", of: "x") == requested)
        #expect(try await bench.caseColumn("sync_intended_at", of: "x") == requested)
        // The scheduler must learn that the case is no longer its own, or it would ask for intents for ever.
        #expect(result.lost.map(\.rawValue) == ["x"])
        #expect(result.withdrawn.isEmpty)
    }

    @Test func `a settlement can withdraw its intent in the same commit`() async throws {
        let bench = try await Bench()
        try await bench.account("x", data: true, flag: 400)
        var scheduler = try await Desktop(bench)
        let before = try await bench.database.text("select a::text from mono.accounts a")
        #expect(try await scheduler.intend(["x"]) == [:])
        let end = Settlement(.errored, cause: .syncInDoubt, "HTTP 400", withdrawsIntent: true)
        #expect(try await scheduler.write(.settlement(end), ["x"]).settled.map(\.rawValue) == ["x"])
        #expect(try await bench.database.text("select a::text from mono.accounts a") == before)
        #expect(try await bench.caseColumn("sync_intended_at", of: "x") == "-")
        #expect(try await bench.caseColumn("outcome", of: "x") == "errored")
    }

    @Test func `a settlement that withdraws its intent overwrites no later event either`() async throws {
        let bench = try await Bench()
        try await bench.account("x", debt: 400)
        var scheduler = try await Desktop(bench)
        #expect(try await scheduler.intend(["x"]) == [:])
        // The good event came, and the case was settled by it; before the write the customer re-authorises.
        try await bench.record("account_updated", of: "x", meta: #"{"data_status":"AVAILABLE"}"#)
        let news = try await scheduler.ledger.news(of: [AccountID(test: "x")], since: scheduler.run.startedAt)
        scheduler["x"].heard(try #require(news[AccountID(test: "x")]), at: try await scheduler.ledger.clock())
        guard case .settlement(let end) = scheduler["x"].want else { return #expect(Bool(false), "not settled") }
        #expect(end.outcome == .alreadyAvailable && end.withdrawsIntent)
        try await bench.record("account_reauthorized", of: "x")
        let result = try await scheduler.write(.settlement(end), ["x"])
        #expect(result.refused.keys.map(\.rawValue) == ["x"])
        #expect(try await bench.row("x") == "data awaiting failures 0")
    }
}
