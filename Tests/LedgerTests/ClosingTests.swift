import Ledger
import Postgres
import TestSupport
import Testing

@testable import Reconciliation
import RunStoreConformance

/// What a run notes at its close, so that its report needs no other rows.
@Suite struct ClosingTests {
    @Test func `a case knows its outcome of the night before, as far as there was one`() async throws {
        let fixture = try await LedgerFixture()
        for id in ["same", "other", "back"] { try await fixture.account(id, debt: 3_600) }
        let first = try await ManualWorker(fixture)
        _ = try await first.write(
            .settlement(Settlement(.partial, cause: .syncInDoubt, "x")), ["same", "other", "back"])
        _ = try await first.ledger.close(first.run)
        #expect(try await before(in: first) == ["same -", "other -", "back -"].sorted())
        // Neither the one-off run in between nor a second look at the close changes what the night before said.
        let oneOff = try await ManualWorker(fixture, accounts: ["same"])
        try await oneOff.settleAll(.errored)
        _ = try await oneOff.ledger.close(oneOff.run)
        #expect(try await before(in: oneOff) == ["same -"])
        try await fixture.database.letDayPass()
        try await fixture.account("new", debt: 3_600)
        let second = try await ManualWorker(fixture, options: .forced)
        _ = try await second.write(.settlement(Settlement(.partial, cause: .syncInDoubt, "x")), ["same", "new"])
        // A waiting worker asks for the close while cases are open.
        #expect(try await second.ledger.close(second.run) == nil)
        _ = try await second.write(.settlement(Settlement(.deferred, cause: .syncInDoubt, "x")), ["other"])
        _ = try await second.write(.settlement(Settlement(.recovered, cause: .syncInDoubt, "x")), ["back"])
        #expect(try await second.ledger.close(second.run) != nil)
        _ = try await second.ledger.close(second.run)
        #expect(
            try await before(in: second) == ["back partial", "new -", "other partial", "same partial"])
        let record = try #require(try await second.ledger.reader.record(of: second.run.runID))
        #expect(record.cases.map(\.nightsInARow) == [1, 1, 2, 2])
    }

    @Test func `a waiting worker that asks for the close leaves what is not done as it is`() async throws {
        let fixture = try await LedgerFixture()
        try await fixture.stuck(1)
        let first = try await ManualWorker(fixture)
        try await first.settleAll(.partial)
        _ = try await first.ledger.close(first.run)
        try await fixture.database.letDayPass()
        let night = try await ManualWorker(fixture, options: .forced)
        let waiting = try await fixture.worker(of: night.run)
        try await night.settleAll(.partial)
        #expect(try await waiting.close(night.run) == nil)
        #expect(try await fixture.caseColumn("nights_in_a_row", of: "a-0000") == "1")
        try await fixture.kill(night.ledger)
        #expect(try await waiting.close(night.run) == 0)
        #expect(try await fixture.caseColumn("nights_in_a_row", of: "a-0000") == "2")
    }

    @Test func `the close counts what became of accounts that were left out of the next night`() async throws {
        let fixture = try await LedgerFixture()
        let ids = ["back", "owing", "stays", "unlinked", "was-back"]
        for id in ids { try await fixture.account(id, debt: 3_600) }
        let first = try await ManualWorker(fixture)
        _ = try await first.write(
            .settlement(Settlement(.partial, cause: .syncInDoubt, "x")), ["back", "owing", "stays", "unlinked"])
        _ = try await first.write(.settlement(Settlement(.recovered, cause: .syncInDoubt, "x")), ["was-back"])
        _ = try await first.ledger.close(first.run)
        let facts = try #require(try await closing(of: first))
        #expect(facts.previous == nil && facts.knownAccounts == 5 && facts.leftOut == 0)
        #expect(facts.oldestStuckSince != nil)
        try await fixture.database.letDayPass()

        try await fixture.database.execute(
            """
            update mono.accounts set data_available = account_id = 'back',
                awaiting_update_since = case account_id
                    when 'stays' then awaiting_update_since
                    when 'owing' then now()
                end,
                unlinked_at = case when account_id = 'unlinked' then now() end
            """)
        try await fixture.database.execute(
            """
            update mono.reconciliation_runs set calls_details = 1, calls_trigger = 2, calls_job = 3, calls_reauth = 4
            """)
        let second = try await ManualWorker(fixture, options: .forced)
        try await second.settleAll(.partial)
        _ = try await second.ledger.close(second.run)
        var expected = PreviousNight(
            runID: first.run.runID, startedAt: first.run.startedAt.advanced(by: .seconds(-86_400)))
        (expected.cases, expected.unresolved, expected.calls) = (5, 4, 10)
        (expected.backSince, expected.unlinkedSince, expected.absent) = (1, 1, 1)
        expected.stuckAfter = first.run.options.rules.stuckAfter
        #expect(try await closing(of: second)?.previous == expected)
        #expect(try await second.ledger.reader.record(of: second.run.runID)?.cases.map(\.accountID) == ["stays"])
        // Events that come after the close change no report.
        try await fixture.database.execute("delete from mono.accounts")
        _ = try await second.ledger.close(second.run)
        #expect(try await closing(of: second)?.previous == expected)

        let oneOff = try await ManualWorker(fixture, accounts: [])
        _ = try await oneOff.ledger.close(oneOff.run)
        #expect(try await closing(of: oneOff) == ClosingFacts())
    }

    @Test func `only syncs that brought data a while ago count, and only webhooks that came after them`()
        async throws
    {
        let fixture = try await LedgerFixture()
        let ledger = try await fixture.worker()
        let run = try await ledger.openNightly(.test)
        // Account, answer, outcome, seconds since the settlement, seconds from the intent to the webhook.
        let cases: [(String, String?, String, Int, Int?, effect: String)] = [
            ("after", "started", "recovered", 6, 1, "applied"), ("at-once", "succeeded", "partial", 6, 0, "stale"),
            ("before", "started", "recovered", 6, -1, "applied"), ("none", "started", "recovered", 6, nil, ""),
            ("rejected", "started", "recovered", 6, 1, "rejected: why"),
            ("too-fresh", "started", "recovered", 1, nil, ""), ("no-sync", nil, "recovered", 6, nil, ""),
            ("in-doubt", "in_doubt", "recovered", 6, nil, ""), ("failed", "started", "provider_failed", 6, nil, ""),
        ]
        for (id, answer, outcome, age, delay, effect) in cases {
            try await fixture.database.execute(
                """
                insert into mono.reconciliation_cases (run_id, account_id, reason, outcome, settled_at,
                    sync_intended_at, sync_answer)
                values (\(run.runID), \(id), 'missing_update', \(outcome), now() - make_interval(secs => \(age)),
                    now() - interval '60 s', \(answer as String?))
                """)
            if let delay {
                try await fixture.database.execute(
                    """
                    insert into mono.webhook_events (event_key, account_id, payload, received_at, effect)
                    select account_id, account_id, '{}', sync_intended_at + make_interval(secs => \(delay)), \(effect)
                    from mono.reconciliation_cases where account_id = \(id)
                    """)
            }
        }
        #expect(try await ledger.close(run) != nil)
        let closing = try #require(try await ledger.reader.record(of: run.runID)?.closing)
        #expect(closing.syncsThatBroughtData == 5)
        #expect(closing.syncsFollowedByEvent == 2)
        #expect(closing.previous == nil)
    }

    @Test func `a run that was closed before there were such notes has none`() async throws {
        let fixture = try await LedgerFixture()
        let ledger = try await fixture.worker()
        let run = try await ledger.openNightly(.test)
        _ = try await ledger.close(run)
        try await fixture.database.execute("update mono.reconciliation_runs set closing = null")
        #expect(try await ledger.reader.record(of: run.runID)?.closing == nil)
    }

    private func closing(of scheduler: ManualWorker) async throws -> ClosingFacts? {
        try await scheduler.ledger.reader.record(of: scheduler.run.runID)?.closing
    }

    private func before(in scheduler: ManualWorker) async throws -> [String] {
        let record = try #require(try await scheduler.ledger.reader.record(of: scheduler.run.runID))
        return record.cases.map { "\($0.accountID) \($0.outcomeBefore?.rawValue ?? "-")" }
    }
}
