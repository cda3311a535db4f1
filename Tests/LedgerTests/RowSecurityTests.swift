import Ledger
import Postgres
import TestSupport
import Testing

/// Policies that would hide rows: an error, and never an empty night.
@Suite struct RowSecurityTests {
    /// A database whose schema belongs to an ordinary role, with that role's connection.
    private static func owned() async throws -> (test: TestDatabase, owner: Database) {
        let test = try await TestCluster.shared.makeDatabase()
        let name = "owner_\(test.name)"
        try await test.connect().script(
            """
            create role \(name) login createrole;
            grant create on database \(test.name) to \(name)
            """)
        let owner = Database(
            try PostgresConfiguration(
                connectionString: test.connectionString, overrides: ["user": name], applicationName: "tests"))
        _ = try await Migrator(owner).migrate()
        return (test, owner)
    }

    private static func hide(_ table: String, in database: Database) async throws {
        try await database.script(
            """
            alter table mono.\(table) enable row level security;
            alter table mono.\(table) force row level security;
            create policy tenant on mono.\(table) using (account_id = 'theirs')
            """)
    }

    @Test(arguments: ["accounts", "reconciliation_cases", "webhook_events"])
    func `a table with hidden rows cannot be read, and is told`(table: String) async throws {
        let (test, owner) = try await Self.owned()
        try await Self.hide(table, in: test.connect())
        let error = await #expect(throws: PostgresError.self) {
            try await owner.text("select count(*)::text from mono.\(identifier: table)")
        }
        #expect(error?.kind == .rowSecurity)
        #expect(error?.description.contains("\"\(table)\"") == true)
        let facts = try await LedgerReader(database: owner).sessionFacts()
        #expect(facts.hidden == [table])
        #expect(facts.hiddenFromOwner == [table])
        // A superuser sees all, and the function's owner still does not.
        let superuser = try await LedgerReader(database: test.connect()).sessionFacts()
        #expect(superuser.hidden == [])
        #expect(superuser.hiddenFromOwner == [table])
        try await test.connect().script("alter table mono.\(table) no force row level security")
        #expect(try await LedgerReader(database: owner).sessionFacts().hidden == [])
        #expect(try await owner.text("select count(*)::text from mono.\(identifier: table)") == "0")
    }

    @Test(arguments: [
        ("accounts", #"select mono.record_event('{"event":"mono.events.sync_failed","data":{"account":"mine"}}')"#),
        ("accounts", "select mono.connect_account('mine')"),
        ("webhook_events", #"select mono.record_event('{"event":"x"}')"#),
        // Mono's limit for the account would be forgotten.
        ("reconciliation_cases", "insert into mono.accounts (account_id) values ('mine')"),
    ])
    func `functions that backends call do not take hidden rows for none`(table: String, call: String) async throws {
        let (test, owner) = try await Self.owned()
        let backend = Database(
            try PostgresConfiguration(
                connectionString: test.connectionString, overrides: ["user": "hook_\(test.name)"],
                applicationName: "tests"))
        try await owner.script(
            """
            create role hook_\(test.name) login in role mono_webhook;
            grant insert on mono.accounts to mono_webhook
            """)
        // As a backend's own session is.
        try await backend.script("set row_security = on; begin; \(call); rollback")
        try await Self.hide(table, in: test.connect())
        let error = await #expect(throws: PostgresError.self) { try await backend.script(call) }
        #expect(error?.kind == .rowSecurity, "\(String(describing: error))")
    }
}
