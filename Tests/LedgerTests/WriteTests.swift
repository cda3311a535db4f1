import Ledger
import Postgres
import Reconciliation
import RunStoreConformance
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
        (.bankUnavailable, "no-data awaiting flagged failures 3", "no-data awaiting failures 3"),
        (.providerFailed, "no-data awaiting flagged cool-down failures 3", "no-data awaiting cool-down failures 3"),
        (
            .incompleteStatement, "no-data awaiting flagged failures 3",
            "no-data awaiting failures 3"
        ),
        (.accountNotFound, "no-data flagged cool-down failures 3", "no-data awaiting cool-down failures 3"),
        (.stillProcessing, "no-data flagged failures 2", "no-data awaiting failures 2"),
        (.deferred, "no-data flagged cool-down failures 2", "no-data awaiting cool-down failures 2"),
        (.errored, "no-data flagged cool-down failures 2", "no-data awaiting cool-down failures 2"),
    ]

    @Test(arguments: endings)
    func `each outcome writes what the contract says`(
        ending: (outcome: Outcome, flagged: String, owing: String)
    ) async throws {
        let fixture = try await LedgerFixture()
        try await fixture.account("flagged", flag: 400, failures: 2)
        try await fixture.account("owing", debt: 400, failures: 2)
        let dates = SQL(
            """
            select concat_ws(' ', min(awaiting_update_since), min(reauthorisation_required_since)) from mono.accounts
            """)
        let before = try await fixture.database.text(dates)
        let scheduler = try await ManualWorker(fixture)
        try await scheduler.settleAll(ending.outcome)
        #expect(try await fixture.row("flagged") == ending.flagged)
        #expect(try await fixture.row("owing") == ending.owing)
        #expect(try await fixture.caseColumn("outcome", of: "owing") == ending.outcome.rawValue)
        // A date that stays is the older one.
        if ending.outcome.isUnresolved { #expect(try await fixture.database.text(dates) == before) }
    }

    @Test func `every outcome is in the table`() {
        #expect(Set(Self.endings.map(\.outcome)) == Set(Outcome.allCases))
    }

    enum Change: String, CaseIterable {
        case flagged = "reauthorisation_required"
        case reauthorised = "account_reauthorized"
        case unlinked = "account_unlinked"
        case good = "account_updated"
        case gone
    }

    @Test func `a settlement keeps steps, texts and what the details taught`() async throws {
        let fixture = try await LedgerFixture()
        try await fixture.account("x", debt: 400)
        try await fixture.database.execute("update mono.accounts set institution = null, bank_code = null")
        var scheduler = try await ManualWorker(fixture)
        let now = try await scheduler.ledger.reader.clock()
        scheduler["x"].started(.details, at: now)
        let details = Details(
            status: .unknown("ODD \"WORD\"\n\\ é"), institution: "Bänk \"1\"", bankCode: "058", dataRequestID: "req-1")
        scheduler["x"].answered(details: .success(details), chance: 0, at: now)
        let next = now.advanced(by: .seconds(300))
        let end = Settlement(.deferred, cause: .syncInDoubt, "tab\tquote\" back\\slash", nextAttemptAt: next)
        #expect(try await scheduler.write(.settlement(end), ["x"]).settled.count == 1)
        let record = try #require(try await scheduler.ledger.reader.record(of: scheduler.run.runID)?.cases.first)
        #expect(record.steps.map(\.name) == [.details])
        #expect(record.steps.map(\.said.words) == ["ODD \"WORD\" \\ é"])
        #expect(record.detail == "tab\tquote\" back\\slash")
        #expect(record.institution == "Bänk \"1\"")
        #expect(record.bankCode == "058")
        #expect(record.dataRequestID == "req-1")
        #expect(record.nextAttemptAt == next)
        #expect(try await fixture.column("institution", of: "x") == "Bänk \"1\"")
    }

    @Test func `a newer status that an event told is not overwritten by an older look`() async throws {
        let fixture = try await LedgerFixture()
        try await fixture.account("x", debt: 400)
        var scheduler = try await ManualWorker(fixture)
        let now = try await scheduler.ledger.reader.clock()
        scheduler["x"].started(.details, at: now)
        scheduler["x"].answered(details: .success(Details(status: .unavailable)), chance: 0, at: now)
        try await fixture.record("account_updated", of: "x", meta: #"{"data_status":"AVAILABLE"}"#)
        let news = try await scheduler.ledger.news(of: [AccountID(test: "x")], since: scheduler.run.startedAt)
        scheduler["x"].heard(try #require(news[AccountID(test: "x")]), at: try await scheduler.ledger.reader.clock())
        guard case .settlement(let end) = scheduler["x"].want else { return #expect(Bool(false), "not settled") }
        #expect(end.outcome == .alreadyAvailable)
        #expect(try await scheduler.write(.settlement(end), ["x"]).settled.count == 1)
        #expect(try await fixture.column("data_status", of: "x") == "AVAILABLE")
        #expect(try await fixture.caseColumn("data_status_after", of: "x") == "AVAILABLE")
    }

    @Test(arguments: [5, 500])
    func `however many are settled, it is one commit`(count: Int) async throws {
        let fixture = try await LedgerFixture()
        try await fixture.stuck(count)
        let scheduler = try await ManualWorker(fixture)
        try await scheduler.settleAll(.recovered)
        let commits = try await fixture.database.texts(
            """
            select count(distinct xmin::text)::text from mono.reconciliation_cases
            union all select count(distinct xmin::text)::text from mono.accounts
            """)
        #expect(commits == ["1", "1"])
        let calls = try await fixture.database.text("select count(*)::text from mono.accounts where data_available")
        #expect(calls == "\(count)")
    }

    @Test func `a write notes the worker's calls, and one of nothing is harmless`() async throws {
        let fixture = try await LedgerFixture()
        try await fixture.stuck(1)
        let scheduler = try await ManualWorker(fixture)
        var calls = CallCounts()
        calls.details = 5
        #expect(try await scheduler.write(.progress, [], calls: calls) == WriteResult())
        let noted = try await fixture.database.text(
            "select calls_details::text from mono.workers where worker = \(scheduler.ledger.worker.name)")
        #expect(noted == "5")
    }
}
