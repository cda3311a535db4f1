import Ledger
import Postgres
import Reconciliation
import Testing

/// The durable note before a trigger, and how it is taken back.
@Suite struct IntentTests {
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

    @Test func `a thousand intents are one commit`() async throws {
        let fixture = try await LedgerFixture()
        try await fixture.stuck(1_000)
        var scheduler = try await ManualWorker(fixture)
        #expect(try await scheduler.intend(scheduler.cases.keys.map(\.rawValue).sorted()) == [:])
        let commits = try await fixture.database.text(
            "select count(distinct xmin::text)::text from mono.reconciliation_cases where sync_intended_at is not null")
        #expect(commits == "1")
    }
}
