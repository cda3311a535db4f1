import Ledger
import Postgres
import Reconciliation
import Testing

/// Settlements: what they write, and when they must not.
@Suite struct WriteTests {
    static let endings: [(outcome: Outcome, flagged: String, owing: String)] = [
        (.alreadyAvailable, "data flagged failures 0", "data failures 0"),
        (.recovered, "data flagged failures 0", "data failures 0"),
        (
            .reauthorisationRequired, "no-data flagged cool-down failures 3",
            "no-data awaiting flagged cool-down failures 3"
        ),
        (.partial, "no-data awaiting flagged cool-down failures 3", "no-data awaiting cool-down failures 3"),
        (.bankUnavailable, "no-data awaiting flagged cool-down failures 3", "no-data awaiting cool-down failures 3"),
        (.providerFailed, "no-data awaiting flagged cool-down failures 3", "no-data awaiting cool-down failures 3"),
        (
            .incompleteStatement, "no-data awaiting flagged cool-down failures 3",
            "no-data awaiting cool-down failures 3"
        ),
        (.accountNotFound, "no-data flagged cool-down failures 3", "no-data awaiting cool-down failures 3"),
        (.stillProcessing, "no-data flagged cool-down failures 2", "no-data awaiting cool-down failures 2"),
        (.deferred, "no-data flagged cool-down failures 2", "no-data awaiting cool-down failures 2"),
        (.errored, "no-data flagged cool-down failures 2", "no-data awaiting cool-down failures 2"),
    ]

    @Test(arguments: endings)
    func `each outcome writes what the contract says`(
        ending: (outcome: Outcome, flagged: String, owing: String)
    ) async throws {
        let bench = try await Bench()
        try await bench.account("flagged", flag: 400, failures: 2)
        try await bench.account("owing", debt: 400, failures: 2)
        let dates = SQL(
            """
            select concat_ws(' ', min(awaiting_update_since), min(reauthorisation_required_since)) from mono.accounts
            """)
        let before = try await bench.database.text(dates)
        let scheduler = try await Desktop(bench)
        try await scheduler.settleAll(ending.outcome)
        #expect(try await bench.row("flagged") == ending.flagged)
        #expect(try await bench.row("owing") == ending.owing)
        #expect(try await bench.caseColumn("outcome", of: "owing") == ending.outcome.rawValue)
        // A date that stays is the older one.
        if ending.outcome.isUnresolved { #expect(try await bench.database.text(dates) == before) }
    }

    @Test func `every outcome is in the table`() {
        #expect(Set(Self.endings.map(\.outcome)) == Set(Outcome.allCases))
    }

    @Test(arguments: [Outcome.recovered, .partial, .bankUnavailable, .incompleteStatement, .providerFailed])
    func `a flag is cleared only when told`(outcome: Outcome) async throws {
        let bench = try await Bench()
        try await bench.account("keep", flag: 400)
        try await bench.account("clear", flag: 400)
        let scheduler = try await Desktop(bench)
        _ = try await scheduler.write(.settlement(Settlement(outcome, cause: .syncInDoubt, "x")), ["keep"])
        _ = try await scheduler.write(
            .settlement(Settlement(outcome, cause: .syncInDoubt, "x", clearsFlag: true)), ["clear"])
        #expect(try await bench.row("keep").contains("flagged"))
        #expect(try await !bench.row("clear").contains("flagged"))
    }

    enum Change: String, CaseIterable {
        case flagged = "reauthorisation_required"
        case reauthorised = "account_reauthorized"
        case unlinked = "account_unlinked"
        case good = "account_updated"
        case gone
    }

    @Test(arguments: Change.allCases, Outcome.allCases)
    func `a settlement meets a row that changed: refused, and nothing is overwritten`(
        change: Change, outcome: Outcome
    ) async throws {
        let bench = try await Bench()
        try await bench.account("x", debt: 400, failures: 1)
        var scheduler = try await Desktop(bench)
        if change == .gone {
            try await bench.database.execute("delete from mono.accounts")
        } else {
            try await bench.record(change.rawValue, of: "x", meta: #"{"data_status":"AVAILABLE"}"#)
        }
        let after = try await bench.database.texts("select a::text from mono.accounts a")
        let result = try await scheduler.write(.settlement(Settlement(outcome, cause: .syncInDoubt, "x")), ["x"])
        #expect(result.settled == [] && result.lost == [])
        #expect(try await bench.database.texts("select a::text from mono.accounts a") == after)
        #expect(try await bench.caseColumn("outcome", of: "x") == "-")
        // With the news in hand it is settled.
        let news = try #require(result.refused[AccountID(test: "x")])
        scheduler["x"].heard(news, at: try await scheduler.ledger.clock())
        let again = try await scheduler.write(.settlement(Settlement(outcome, cause: .syncInDoubt, "x")), ["x"])
        #expect(again.settled.map(\.rawValue) == ["x"])
    }

    @Test func `another worker's case is lost, and its account is left alone`() async throws {
        let bench = try await Bench()
        try await bench.stuck(2)
        let scheduler = try await Desktop(bench)
        try await bench.database.execute(
            "update mono.reconciliation_cases set worker = 'another' where account_id = 'a-0000'")
        let result = try await scheduler.write(
            .settlement(Settlement(.recovered, cause: .syncInDoubt, "x")), ["a-0000", "a-0001"])
        #expect(result.lost.map(\.rawValue) == ["a-0000"])
        #expect(result.settled.map(\.rawValue) == ["a-0001"])
        #expect(try await bench.row("a-0000") == "no-data awaiting failures 0")
        #expect(try await bench.caseColumn("outcome", of: "a-0000") == "-")
    }

    @Test func `a settlement repeated after a lost answer counts as settled and does nothing twice`() async throws {
        let bench = try await Bench()
        try await bench.account("x", debt: 400, failures: 2)
        let scheduler = try await Desktop(bench)
        let end = CaseScheduler.Entry.Kind.settlement(Settlement(.partial, cause: .syncInDoubt, "x"))
        #expect(try await scheduler.write(end, ["x"]).settled.count == 1)
        let after = try await bench.database.text("select a::text from mono.accounts a")
        let settledAt = try await bench.caseColumn("settled_at", of: "x")
        let again = try await scheduler.write(end, ["x"])
        #expect(again.settled.map(\.rawValue) == ["x"])
        #expect(again.refused == [:] && again.lost == [])
        #expect(try await bench.database.text("select a::text from mono.accounts a") == after)
        #expect(try await bench.caseColumn("settled_at", of: "x") == settledAt)
    }

    @Test func `progress keeps answer, job and counts, and moves the request's time forward`() async throws {
        let bench = try await Bench()
        try await bench.account("x", data: true, debt: 400, job: "before")
        var scheduler = try await Desktop(bench)
        #expect(try await scheduler.intend(["x"]) == [:])
        let sent = try await scheduler.ledger.clock().advanced(by: .seconds(4))
        scheduler["x"].started(.trigger, at: sent)
        scheduler["x"].answered(trigger: .started(job: "ours"), at: sent)
        #expect(try await scheduler.write(.progress, ["x"]) == WriteResult())
        #expect(try await bench.caseColumn("sync_answer", of: "x") == "started")
        #expect(try await bench.caseColumn("sync_job_id", of: "x") == "ours")
        #expect(try await bench.caseColumn("api_calls", of: "x") == "1")
        #expect(try await bench.column("last_sync_job_id", of: "x") == "ours")
        let later = try await bench.database.text(
            """
            select (a.last_sync_requested_at > c.sync_intended_at + interval '3 seconds')::text
            from mono.accounts a join mono.reconciliation_cases c on c.account_id = a.account_id
            """)
        #expect(later == "true")
        // A successor's news: the state that the case knows is still the account's.
        try await scheduler.settleAll(.recovered)
        #expect(try await bench.row("x") == "data failures 0")
    }

    @Test func `a settlement keeps steps, texts and what the details taught`() async throws {
        let bench = try await Bench()
        try await bench.account("x", debt: 400)
        try await bench.database.execute("update mono.accounts set institution = null, bank_code = null")
        var scheduler = try await Desktop(bench)
        let now = try await scheduler.ledger.clock()
        scheduler["x"].started(.details, at: now)
        let details = Details(
            status: .unknown("ODD \"WORD\"\n\\ é"), institution: "Bänk \"1\"", bankCode: "058", dataRequestID: "req-1")
        scheduler["x"].answered(details: .success(details), chance: 0, at: now)
        let next = now.advanced(by: .seconds(300))
        let end = Settlement(.deferred, cause: .syncInDoubt, "tab\tquote\" back\\slash", nextAttemptAt: next)
        #expect(try await scheduler.write(.settlement(end), ["x"]).settled.count == 1)
        let record = try #require(try await scheduler.ledger.record(of: scheduler.run.runID)?.cases.first)
        #expect(record.steps.map(\.name) == [.details])
        #expect(record.steps.map(\.said.words) == ["ODD \"WORD\" \\ é"])
        #expect(record.detail == "tab\tquote\" back\\slash")
        #expect(record.institution == "Bänk \"1\"")
        #expect(record.bankCode == "058")
        #expect(record.dataRequestID == "req-1")
        #expect(record.nextAttemptAt == next)
        #expect(try await bench.column("institution", of: "x") == "Bänk \"1\"")
    }

    @Test func `a newer status that an event told is not overwritten by an older look`() async throws {
        let bench = try await Bench()
        try await bench.account("x", debt: 400)
        var scheduler = try await Desktop(bench)
        let now = try await scheduler.ledger.clock()
        scheduler["x"].started(.details, at: now)
        scheduler["x"].answered(details: .success(Details(status: .unavailable)), chance: 0, at: now)
        try await bench.record("account_updated", of: "x", meta: #"{"data_status":"AVAILABLE"}"#)
        let news = try await scheduler.ledger.news(of: [AccountID(test: "x")], since: scheduler.run.startedAt)
        scheduler["x"].heard(try #require(news[AccountID(test: "x")]), at: try await scheduler.ledger.clock())
        guard case .settlement(let end) = scheduler["x"].want else { return #expect(Bool(false), "not settled") }
        #expect(end.outcome == .alreadyAvailable)
        #expect(try await scheduler.write(.settlement(end), ["x"]).settled.count == 1)
        #expect(try await bench.column("data_status", of: "x") == "AVAILABLE")
        #expect(try await bench.caseColumn("data_status_after", of: "x") == "AVAILABLE")
    }

    @Test(arguments: [5, 500])
    func `however many are settled, it is one commit`(count: Int) async throws {
        let bench = try await Bench()
        try await bench.stuck(count)
        let scheduler = try await Desktop(bench)
        try await scheduler.settleAll(.recovered)
        let commits = try await bench.database.texts(
            """
            select count(distinct xmin::text)::text from mono.reconciliation_cases
            union all select count(distinct xmin::text)::text from mono.accounts
            """)
        #expect(commits == ["1", "1"])
        let calls = try await bench.database.text("select count(*)::text from mono.accounts where data_available")
        #expect(calls == "\(count)")
    }

    @Test func `a write notes the worker's calls, and one of nothing is harmless`() async throws {
        let bench = try await Bench()
        try await bench.stuck(1)
        let scheduler = try await Desktop(bench)
        var calls = CallCounts()
        calls.details = 5
        #expect(try await scheduler.write(.progress, [], calls: calls) == WriteResult())
        let noted = try await bench.database.text(
            "select calls_details::text from mono.workers where worker = \(scheduler.ledger.worker.name)")
        #expect(noted == "5")
    }
}
