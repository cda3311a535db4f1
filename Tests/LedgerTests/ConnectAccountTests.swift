import Postgres
import Testing

/// The upsert for `link` and for businesses.
@Suite struct ConnectAccountTests {
    @Test func `a new account owes its update`() async throws {
        let database = try await migratedDatabase()
        try await database.execute("select mono.connect_account('a', 'ref')")
        #expect(try await database.state("a") == "no-data awaiting")
        #expect(try await database.text("select customer_ref from mono.accounts") == "ref")
    }

    @Test(arguments: [
        ("account-updated-2026", "data", "ref-0001"), ("account-connected-2025", "no-data awaiting", "mine true"),
        ("reauthorisation-required", "no-data flagged", "mine"),
        ("job-update-finished", "no-data awaiting", "mine false"),
    ])
    func `what an earlier event has set is not disturbed`(
        fixture: String, after: String, rest: String
    ) async throws {
        let database = try await migratedDatabase()
        _ = try await database.record(Fixtures.webhook(fixture))
        try await database.execute(
            "update mono.accounts set awaiting_update_since = '2026-01-01Z' where awaiting_update_since is not null")
        try await database.execute("select mono.connect_account(\(Fixtures.account), 'mine')")
        try await database.execute("select mono.connect_account(\(Fixtures.account))")
        #expect(try await database.state() == after)
        let kept = try await database.text(
            "select concat_ws(' ', customer_ref, (awaiting_update_since = '2026-01-01Z')::text) from mono.accounts")
        #expect(kept == rest)
    }

    @Test(arguments: ["", "a b", "x/../y"])
    func `a malformed id is refused`(account: String) async throws {
        let database = try await migratedDatabase()
        let error = await #expect(throws: PostgresError.self) {
            try await database.execute("select mono.connect_account(\(account))")
        }
        #expect(error?.sqlState?.rawValue == "22023")
    }
}
