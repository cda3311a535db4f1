import Ledger
import Postgres
import Reconciliation
import RunStoreConformance
import Testing

/// Who gets which cases.
@Suite struct ClaimTests {
    private func ids(_ claimed: (claims: [Claim], more: Bool)) -> [String] { claimed.claims.map(\.accountID.rawValue) }

    @Test func `workers that claim at once share without overlap`() async throws {
        let fixture = try await LedgerFixture()
        try await fixture.stuck(200)
        let opener = try await fixture.worker()
        let run = try await opener.openNightly(.test)
        var workers: [Ledger] = []
        for _ in 0..<4 { workers.append(try await fixture.worker(of: run)) }
        let shares = try await withThrowingTaskGroup(of: [String].self) { group in
            for ledger in workers {
                group.addTask {
                    var claimed: [String] = []
                    while true {
                        let batch = try await ledger.claim(limit: 7, number: 1, of: run).claims
                        if batch.isEmpty { return claimed }
                        claimed += batch.map(\.accountID.rawValue)
                    }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(shares.joined().count == 200)
        #expect(Set(shares.joined()).count == 200)
        // They lived to the end: a connection that is let go frees its worker's cases.
        for ledger in workers { await ledger.database.close() }
    }
}
