import Foundation
import Postgres
import Reconciliation
import TestSupport
import Testing

/// The SQL of docs/adoption.md, as it stands there.
@Suite struct AdoptionTests {
    /// The page's blocks of SQL in order.
    private static func blocks() throws -> [String] {
        let page = try String(contentsOf: Migrations.folder.appending(path: "../docs/adoption.md"), encoding: .utf8)
        return page.components(separatedBy: "\n```sql\n").dropFirst().map {
            $0.components(separatedBy: "\n```\n")[0]
        }
    }

    /// The blocks that are one transaction.
    private static func adoption() throws -> String { try blocks()[1...3].joined(separator: "\n") }

    /// A database in which everything on the page was done; seven accounts were there before, three of them by events.
    private func adoptedDatabase() async throws -> TestDatabase {
        try await TestCluster.shared.makeDatabase(preparedAs: "adopted") { template in
            let database = template.connect()
            for migration in try Migrations.all() { try await database.script(migration) }
            _ = try await database.record(Self.good("early"))
            for account in ["job", "known"] {
                let data = #"{"account":"\#(account)","id":"j","status":"finished"}"#
                _ = try await database.record(#"{"event":"mono.accounts.jobs.update","data":\#(data)}"#)
            }
            let blocks = try Self.blocks()
            try await database.script(blocks[0])
            try await database.script(
                """
                insert into customer_accounts values ('stuck', 'c1', '2026-01-01Z', false), ('fine', 'c2', now(), true),
                    (null, 'c3', now(), false), ('other', 'c4', now(), false), ('early', 'c5', now(), false),
                    ('job', 'c6', '2026-01-01Z', false), ('known', 'c7', now(), true)
                """)
            try await database.script(Self.adoption())
            for block in blocks.dropFirst(4) { try await database.script(block) }
            await database.close()
        }
    }

    /// For a transaction: returns once another connection waits for it, or after 10 s, for the test to fail.
    private static let untilAwaited = """
        do $$
        begin
            for attempt in 1..1000 loop
                exit when exists (
                    select from pg_locks l where not l.granted and pg_backend_pid() = any(pg_blocking_pids(l.pid)));
                perform pg_sleep(0.01);
            end loop;
        end
        $$
        """

    private static func good(_ account: String) -> String {
        #"{"event":"mono.events.account_updated","data":{"account":"\#(account)","meta":{"data_status":"AVAILABLE"}}}"#
    }

    private func backend(_ test: TestDatabase) throws -> Database {
        Database(
            try PostgresConfiguration(
                connectionString: test.connectionString + " user=app_backend", applicationName: "tests"))
    }

    @Test func `accounts without data owe their update since they were linked`() async throws {
        let database = try await adoptedDatabase().connect()
        let accounts = try await database.texts(
            """
            select concat_ws(' ', account_id, customer_ref, case when data_available then 'data' end,
                case when awaiting_update_since = '2026-01-01Z' then 'since January' end)
            from mono.accounts where account_id <> 'example-1' order by account_id
            """)
        #expect(
            accounts == [
                "early c5 data", "fine c2 data", "job c6 since January", "known c7 data", "other c4",
                "stuck c1 since January",
            ])
    }

    @Test func `what events said before is in the business's table, and nothing that it knew is lost`() async throws {
        let database = try await adoptedDatabase().connect()
        let rows = try await database.texts(
            "select mono_account_id from customer_accounts where data_available order by mono_account_id")
        #expect(rows == ["early", "fine", "known"])
    }

    @Test func `a row that is being inserted meanwhile is taken in`() async throws {
        let test = try await migratedTestDatabase()
        let (application, owner) = (test.connect(), test.connect())
        try await owner.script(Self.blocks()[0])
        let (inserted, isInserted) = AsyncStream.makeStream(of: Void.self)
        async let adopted: Void = {
            for await _ in inserted { break }
            try await owner.script(Self.adoption())
        }()
        try await application.transaction { (session) throws(PostgresError) in
            try session.execute(
                "insert into customer_accounts (mono_account_id, customer_number) values ('between', 'c1')")
            isInserted.yield()
            try session.script(Self.untilAwaited)
        }
        try await adopted
        #expect(try await application.state("between") == "no-data awaiting")
    }

    @Test func `an event that the backend records changes the business's own row`() async throws {
        let test = try await adoptedDatabase()
        let database = test.connect()
        let backend = try backend(test)
        let read: SQL = """
            select string_agg(mono_account_id, ' ' order by mono_account_id) from customer_accounts where data_available
            """
        #expect(try await database.text(read) == "early fine known")
        #expect(try await backend.record(Self.good("stuck")) == "applied")
        #expect(try await database.text(read) == "early fine known stuck")
        let unlinked = #"{"event":"mono.events.account_unlinked","data":{"account":"fine"}}"#
        #expect(try await backend.record(unlinked) == "applied")
        #expect(try await database.text(read) == "early known stuck")
    }

    @Test func `a run's settlement changes it too`() async throws {
        let fixture = try await LedgerFixture(role: .reconciler, in: adoptedDatabase())
        let scheduler = try await ManualWorker(fixture)
        let result = try await scheduler.write(.settlement(Settlement(.recovered, cause: .syncInDoubt, "x")), ["stuck"])
        #expect(result.settled.map(\.rawValue) == ["stuck"])
        let row = try await fixture.database.text(
            "select data_available::text from customer_accounts where mono_account_id = 'stuck'")
        #expect(row == "true")
    }

    @Test func `an account whose event came first has its data at once, another is awaited`() async throws {
        let test = try await adoptedDatabase()
        let database = test.connect()
        let backend = try backend(test)
        try await database.script("grant insert, select on customer_accounts to app_backend")
        _ = try await backend.record(Self.good("first"))
        try await backend.execute(
            "insert into customer_accounts (mono_account_id, customer_number) values ('first', 'c8'), ('late', 'c9')")
        let rows = try await backend.texts(
            """
            select concat_ws(' ', mono_account_id, data_available) from customer_accounts
            where mono_account_id in ('first', 'late') order by mono_account_id
            """)
        #expect(rows == ["first t", "late f"])
        let accounts = try await database.texts(
            "select concat_ws(' ', account_id, customer_ref) from mono.accounts where account_id in ('first', 'late') order by 1"
        )
        #expect(accounts == ["first c8", "late c9"])
        #expect(try await database.state("late") == "no-data awaiting")
        #expect(try await database.state("first") == "data")
    }

    @Test func `an Account ID that is stored later brings what its event said`() async throws {
        let test = try await adoptedDatabase()
        let database = test.connect()
        #expect(try await database.record(Self.good("later")) == "applied")
        let read: SQL = "select data_available::text from customer_accounts where customer_number = 'c3'"
        #expect(try await database.text(read) == "false")
        let store: SQL = "update customer_accounts set mono_account_id = 'later' where customer_number = 'c3'"
        let reference: SQL = "select customer_ref from mono.accounts where account_id = 'later'"
        try await database.execute(store)
        #expect(try await database.text(read) == "true")
        #expect(try await database.text(reference) == "c3")
        // Writing the ID again, as an object mapper does, is no new link.
        try await database.execute("update mono.accounts set customer_ref = null where account_id = 'later'")
        try await database.execute(store)
        #expect(try await database.text(reference) == "-")
    }

    @Test func `an event at the same moment as the business's insert finds the row`() async throws {
        let test = try await adoptedDatabase()
        let database = test.connect()
        let (application, events) = (test.connect(), test.connect())
        let (inserted, isInserted) = AsyncStream.makeStream(of: Void.self)
        async let effect = {
            for await _ in inserted { break }
            return try await events.record(Self.good("same"))
        }()
        try await application.transaction { (session) throws(PostgresError) in
            try session.execute(
                "insert into customer_accounts (mono_account_id, customer_number) values ('same', 'c7')")
            isInserted.yield()
            // Committed only once the event waits for the account.
            try session.script(Self.untilAwaited)
        }
        #expect(try await effect == "applied")
        let row = try await database.text(
            "select data_available::text from customer_accounts where mono_account_id = 'same'")
        #expect(row == "true")
    }
}
