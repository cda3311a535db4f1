import Ledger
import Postgres
import TestSupport
import Testing

/// Migrating as managed services allow it: with few rights, in what others have made.
@Suite struct MigrationRightsTests {
    /// A new database and an ordinary role's connection to it; `prepare` is run by a superuser, `app` stands for the role.
    private static func database(
        in cluster: TestCluster, _ prepare: String
    ) async throws -> (superuser: Database, app: Database, name: String) {
        let test = try await cluster.makeDatabase()
        let name = "app_\(test.name)"
        let superuser = test.connect()
        try await superuser.script("create role \(name) login;" + prepare.replacing("app", with: name))
        let app = try PostgresConfiguration(
            connectionString: test.connectionString, overrides: ["user": name], applicationName: "tests")
        return (superuser, Database(app), name)
    }

    @Test(arguments: [
        ("", "create schema mono authorization app;"),
        ("create schema mono;", "grant usage, create on schema mono to app;"),
        ("create schema mono; grant usage on schema mono to app;", "grant usage, create on schema mono to app;"),
        ("create schema mono; grant create on schema mono to app;", "grant usage, create on schema mono to app;"),
        (
            "create schema mono authorization app; revoke usage on language plpgsql from public;",
            "grant usage on language plpgsql to app;"
        ),
    ])
    func `without a right nothing is made, and the line that gives it is told`(
        prepare: String, line: String
    ) async throws {
        let (superuser, app, name) = try await Self.database(in: .shared, prepare)
        let line = line.replacing("app", with: name)
        await #expect(throws: MigrationError.denied(lines: [line])) { try await Migrator(app).migrate() }
        try await superuser.script(line)
        #expect(try await Migrator(app).migrate() == Migration.all)
        #expect(try await Migrator(app).migrate() == [])
    }

    @Test func `the roles are made as soon as that is allowed, and none of the lines is asked for again`() async throws
    {
        let cluster = try await TestCluster.start()
        let (superuser, app, name) = try await Self.database(in: cluster, "create schema mono authorization app;")
        #expect(try await Migrator(app).migrate() == Migration.all)
        let roles = ["mono_reconciler", "mono_support", "mono_webhook"]
        let left = roles.map { "create role \($0) nologin;" }
        #expect(try await Migrator(app).grantRoles() == left)
        // One by one: what is there is used.
        try await superuser.script(left[1])
        #expect(try await Migrator(app).grantRoles() == [left[0], left[2]])
        #expect(try await superuser.text(Self.reads) == "mono_support")
        try await superuser.script("alter role \(name) createrole")
        #expect(try await Migrator(app).grantRoles() == [])
        #expect(try await superuser.texts(Self.reads) == roles)
        #expect(try await Migrator(app).grantRoles() == [])
        await superuser.close()
        await app.close()
        try await cluster.remove()
    }

    private static var reads: SQL {
        """
        select rolname::text from pg_roles where rolname like 'mono\\_%' and has_table_privilege(oid, 'mono.accounts', 'select')
            and has_schema_privilege(oid, 'mono', 'usage')
            or rolname = 'mono_webhook' and has_function_privilege(oid, 'mono.record_event(jsonb)', 'execute')
        order by 1
        """
    }

    @Test func `a schema of somebody else's with things in it is used, and they are left alone`() async throws {
        // Another database of the cluster has the roles.
        _ = try await migratedTestDatabase()
        let (superuser, app, name) = try await Self.database(
            in: .shared,
            """
            create schema mono;
            create table mono.theirs (n int);
            create function mono.theirs() returns int language sql as 'select 1';
            revoke all on function mono.theirs() from public;
            grant usage, create on schema mono to app;
            """)
        #expect(try await Migrator(app).migrate() == Migration.all)
        let roles = try await superuser.texts(
            "select rolname::text from pg_roles where rolname like 'mono\\_%' order by 1")
        #expect(try await Migrator(app).grantRoles() == roles.map { "grant usage on schema mono to \($0);" })
        try await superuser.script(roles.map { "grant usage on schema mono to \($0);" }.joined())
        #expect(try await Migrator(app).grantRoles() == [])
        #expect(
            try await superuser.text(
                "select has_function_privilege('password_users', 'mono.theirs()', 'execute')::text")
                == "false")
        #expect(
            try await superuser.text(
                "select count(*)::text from pg_proc where pronamespace = 'mono'::regnamespace and proowner <> \(name)::regrole"
            )
                == "1")
        // Somebody who is not the owner is asked for nothing.
        try await superuser.script(
            "create role stranger_\(name) login; grant usage on schema mono to stranger_\(name);"
                + "grant select, update on mono.schema_migrations to stranger_\(name); set role stranger_\(name)")
        #expect(try await Migrator(superuser).grantRoles() == [])
    }

    @Test func `psql's way works with the same few rights`() async throws {
        let (_, app, _) = try await Self.database(
            in: .shared, "create schema mono; grant usage, create on schema mono to app;")
        for migration in try Migrations.all() { try await app.script(migration) }
        #expect(try await Migrator(app).migrate() == [])
        for migration in try Migrations.all() {
            await #expect(throws: PostgresError.self) { try await app.script(migration) }
        }
    }
}
