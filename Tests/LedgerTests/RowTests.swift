import Ledger
import Postgres
import Reconciliation
import RunStoreConformance
import Testing

/// What a night need not write: rows that are already as they are to be.
struct RowTests {
    /// Which transaction wrote each row last, and where it is.
    private func versions(_ fixture: LedgerFixture, _ table: SQL) async throws -> [String] {
        try await fixture.database.texts(
            "select concat(xmin, ' ', ctid) from mono.\(table) order by account_id collate \"C\"")
    }

    @Test func `a close writes no case that has its numbers already`() async throws {
        let fixture = try await LedgerFixture()
        try await fixture.stuck(3)
        let worker = try await ManualWorker(fixture)
        try await worker.settleAll(.stillProcessing)
        let settled = try await versions(fixture, "reconciliation_cases")
        try await worker.ledger.leave()
        #expect(try await worker.ledger.close(worker.run) != nil)
        #expect(try await versions(fixture, "reconciliation_cases") == settled)
    }

    @Test func `the second answer of a sync writes no account`() async throws {
        let fixture = try await LedgerFixture()
        try await fixture.stuck(3)
        var worker = try await ManualWorker(fixture)
        let ids = worker.cases.keys.sorted().map(\.rawValue)
        try await worker.intend(ids)
        let now = try await worker.ledger.reader.clock()
        for id in ids {
            worker[id].started(.trigger, at: now)
            worker[id].answered(trigger: .started(job: "64779d900000000000a15a89"), at: now)
        }
        let intended = try await versions(fixture, "accounts")
        _ = try await worker.write(.progress, ids)
        let answered = try await versions(fixture, "accounts")
        #expect(answered != intended)
        _ = try await worker.write(.progress, ids)
        #expect(try await versions(fixture, "accounts") == answered)
    }
}
