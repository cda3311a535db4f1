import Foundation
import Ledger
import Postgres
import TestSupport
import Testing

/// Bringing the schema up to date.
@Suite struct MigratorTests {
    private func empty() async throws -> TestDatabase { try await TestCluster.shared.makeDatabase() }

    private static let two = [
        Migration(version: 1, name: "base", text: base + "create table mono.one (n int);" + done(1)),
        Migration(version: 2, name: "more", text: "create table mono.two (n int);" + done(2)),
    ]
    private static let base = """
        create schema mono;
        create table mono.schema_migrations (version int primary key, name text, checksum text);
        """

    private static func done(_ version: Int) -> String {
        "insert into mono.schema_migrations (version, name) values (\(version), 'x');"
    }

    private func tables(_ database: Database) async throws -> [String] {
        try await database.texts("select tablename::text from pg_tables where schemaname = 'mono' order by 1")
    }

    @Test func `the binary carries the files of sql, byte for byte and in order`() throws {
        #expect(Migration.all.map(\.text) == (try Migrations.all()))
        #expect(Migration.all.map(\.version) == Migration.all.indices.map { $0 + 1 })
    }

    @Test func `an empty database gets them all, and a second time none`() async throws {
        let database = try await empty().connect()
        let migrator = Migrator(database)
        #expect(try await migrator.pending() == Migration.all)
        #expect(try await migrator.migrate() == Migration.all)
        #expect(try await migrator.migrate() == [])
        #expect(try await migrator.pending() == [])
        #expect(try await tables(database).contains("reconciliation_cases"))
        let locks = try await database.text(
            """
            select count(*)::text from pg_locks l join pg_database d on d.oid = l.database
            where l.locktype = 'advisory' and d.datname = current_database()
            """)
        #expect(locks == "0")
    }

    @Test func `several at once apply each one once`() async throws {
        let test = try await empty()
        let applied = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<4 {
                group.addTask { try await Migrator(test.connect()).migrate().count }
            }
            return try await group.reduce(0, +)
        }
        #expect(applied == Migration.all.count)
    }

    @Test func `what psql applied is taken over, and its text is remembered`() async throws {
        let database = try await migratedDatabase()
        let null = SQL("select count(*)::text from mono.schema_migrations where checksum is null")
        #expect(try await database.text(null) == "\(Migration.all.count)")
        #expect(try await Migrator(database).migrate() == [])
        #expect(try await database.text(null) == "0")
        #expect(try await Migrator(database).pending() == [])
    }

    @Test func `only what is missing at the end is applied`() async throws {
        let database = try await empty().connect()
        _ = try await Migrator(database, migrations: [Self.two[0]]).migrate()
        #expect(try await Migrator(database, migrations: Self.two).migrate() == [Self.two[1]])
        #expect(try await tables(database) == ["one", "schema_migrations", "two"])
    }

    @Test func `a changed earlier migration is refused, and nothing is done`() async throws {
        let database = try await empty().connect()
        _ = try await Migrator(database, migrations: [Self.two[0]]).migrate()
        var changed = Self.two
        changed[0] = Migration(version: 1, name: "base", text: Self.two[0].text + " ")
        let migrator = Migrator(database, migrations: changed)
        await #expect(throws: MigrationError.changed(version: 1, name: "base")) { try await migrator.migrate() }
        #expect(try await tables(database) == ["one", "schema_migrations"])
        // The lock was given back.
        #expect(try await Migrator(database, migrations: Self.two).migrate().count == 1)
    }

    @Test func `a missing earlier migration is refused`() async throws {
        let database = try await empty().connect()
        _ = try await Migrator(database, migrations: Self.two).migrate()
        try await database.execute("delete from mono.schema_migrations where version = 1")
        let migrator = Migrator(database, migrations: Self.two)
        await #expect(throws: MigrationError.missing(version: 1, name: "base")) { try await migrator.migrate() }
    }

    @Test func `a migration of a newer program is refused`() async throws {
        let database = try await empty().connect()
        _ = try await Migrator(database, migrations: Self.two).migrate()
        let migrator = Migrator(database, migrations: [Self.two[0]])
        await #expect(throws: MigrationError.unknown(version: 2)) { try await migrator.migrate() }
        await #expect(throws: MigrationError.unknown(version: 2)) { try await migrator.pending() }
    }

    @Test func `a lock that another process keeps ends the wait`() async throws {
        let test = try await empty()
        let other = test.connect()
        _ = try await other.text("select pg_advisory_lock(hashtext('mono.schema_migrations'))::text")
        let migrator = Migrator(test.connect(), lockWait: .zero)
        await #expect(throws: MigrationError.locked(seconds: 0)) { try await migrator.migrate() }
        await other.close()
    }

    @Test func `a migration that fails leaves nothing of itself, and the next try goes on there`() async throws {
        let database = try await empty().connect()
        var broken = Self.two
        broken[1] = Migration(version: 2, name: "more", text: "create table mono.two (n int); select 1 / 0;")
        let migrator = Migrator(database, migrations: broken)
        await #expect(throws: MigrationError.self) { try await migrator.migrate() }
        #expect(try await tables(database) == ["one", "schema_migrations"])
        #expect(try await Migrator(database, migrations: Self.two).migrate() == [Self.two[1]])
    }

    @Test func `a failed migration does not lift the time limit of later statements`() async throws {
        let database = try await empty().connect()
        let limit = try await database.text("select current_setting('statement_timeout')")
        let broken = [Migration(version: 1, name: "broken", text: "select 1 / 0;")]
        await #expect(throws: MigrationError.self) { try await Migrator(database, migrations: broken).migrate() }
        #expect(try await database.text("select current_setting('statement_timeout')") == limit)
    }
}
