import Postgres
import Reconciliation
import Testing

@testable import Ledger

/// Accounts by what people know of them.
@Suite struct FindTests {
    private static func stage() async throws -> LedgerFixture {
        let fixture = try await LedgerFixture()
        try await fixture.database.execute(
            """
            insert into mono.accounts (account_id, customer_ref, institution, bank_code, data_available) values
                ('loan-1', 'Adé Okonkwo', 'GTBank', '058', true), ('x1', 'loan-1', 'Ọ̀yọ́ Trust', '044', true),
                ('x2', 'LOAN-17', 'Access', '044', true), ('x3', 'my loan-1%', 'loan-1 Bank', '011', true),
                ('x4', 'twice', 'Access', null, true), ('x5', 'twice', null, null, true)
            """)
        return fixture
    }

    @Test(arguments: [
        ("loan-1", ["loan-1", "x1", "x2", "x3"]), ("LOAN-17", ["x2"]), ("ade okonk", ["loan-1"]),
        ("ADE\u{301}", ["loan-1"]), ("oyo", ["x1"]), ("044", ["x1", "x2"]), ("-1%", ["x3"]), ("l_an", []),
        ("access", ["x2", "x4"]),
        ("", ["loan-1", "x1", "x2", "x3", "x4", "x5"]),
    ])
    func `whole names come first, then beginnings, parts and banks, without regard to case and accents`(
        text: String, expected: [String]
    ) async throws {
        let reader = try await Self.stage().worker().reader
        let found = try await reader.find(text, limit: 50)
        #expect(found.accounts.map(\.accountID.rawValue) == expected)
        #expect(found.more == 0)
    }

    @Test func `what is beyond the limit is counted, and the newest case comes along`() async throws {
        let fixture = try await Self.stage()
        try await fixture.database.execute(
            """
            with r as (
                insert into mono.reconciliation_runs (kind) select 'nightly' from generate_series(1, 1)
                returning run_id)
            insert into mono.reconciliation_cases (run_id, account_id, reason, outcome, settled_at)
            select run_id, 'loan-1', 'requested', 'partial', now() from r
            """)
        let found = try await fixture.worker().reader.find("loan", limit: 1)
        #expect(found.accounts.map(\.accountID.rawValue) == ["loan-1"])
        #expect(found.accounts.first?.newest?.record.outcome == .partial)
        #expect(found.more == 3)
    }

    @Test func `an Account ID wins over an equal reference, and a shared reference means all its accounts`()
        async throws
    {
        let reader = try await Self.stage().worker().reader
        let meant = try await reader.accounts(named: ["loan-1", "LOAN-17", "twice", "loan-17"])
        #expect(meant.map { $0.map(\.rawValue) } == [["loan-1"], ["x2"], ["x4", "x5"], []])
    }

    @Test func `the backlog counts the due and names the oldest`() async throws {
        let fixture = try await LedgerFixture()
        let empty = try await fixture.worker().reader.backlog(RunOptions.test.rules)
        #expect(empty.known == KnownAccounts(number: 0, isExact: true))
        #expect(empty.oldest == nil)
        try await fixture.account("young", debt: 301)
        try await fixture.account("old", debt: 90_000)
        try await fixture.account("fine", data: true)
        let backlog = try await fixture.worker().reader.backlog(RunOptions.test.rules)
        #expect(backlog.known.number == 3)
        #expect(backlog.due == 2)
        #expect(backlog.oldest?.accountID.rawValue == "old")
    }

    @Test func `the work list goes by standing, and a second night of Mono's is the customer's`() async throws {
        let fixture = try await LedgerFixture()
        for (id, outcome, hours) in [
            ("a", "provider_failed", 0), ("b", "provider_failed", 30), ("c", "bank_unavailable", 90),
            ("d", "reauthorisation_required", 1),
        ] {
            try await fixture.account(id, debt: 400_000)
            try await fixture.database.execute(
                """
                update mono.accounts set standing_outcome = \(outcome),
                    standing_since = now() - make_interval(hours => \(hours)) where account_id = \(id)
                """)
        }
        let status = try await fixture.worker().reader.status(stuckAfter: .seconds(300), runs: 1, zone: .lagos)
        #expect(status.workList.owners == [.mono: 1, .customer: 2, .bank: 1])
    }
}
