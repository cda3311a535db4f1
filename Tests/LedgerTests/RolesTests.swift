import Postgres
import Testing

/// What each of the three roles can do, and what it cannot.
@Suite struct RolesTests {
    /// A right that was granted, as the catalogs have it.
    private struct Grant: Sendable, CustomStringConvertible {
        /// "select on mono.accounts" and the like.
        var description: String

        /// In the database, every one of the role's.
        static func all(of role: Role, in database: Database) async throws -> [Self] {
            try await database.texts(
                """
                select format('usage on schema %I', n.nspname) as granted
                from pg_namespace n, aclexplode(n.nspacl) x
                where x.grantee = \(role.rawValue)::regrole
                union all
                select format('%s on %s', x.privilege_type, c.oid::regclass)
                from pg_class c, aclexplode(c.relacl) x
                where x.grantee = \(role.rawValue)::regrole
                union all
                select format('%s (%I) on %s', x.privilege_type, a.attname, a.attrelid::regclass)
                from pg_attribute a, aclexplode(a.attacl) x
                where x.grantee = \(role.rawValue)::regrole
                union all
                select format('%s on function %s', x.privilege_type, p.oid::regprocedure)
                from pg_proc p, aclexplode(p.proacl) x
                where x.grantee = \(role.rawValue)::regrole
                order by granted
                """
            ).map { Self(description: $0) }
        }
    }

    @Test(arguments: Role.allCases)
    func `a role can do its work, and without any one of its grants it cannot`(role: Role) async throws {
        let fixture = try await LedgerFixture(role: role)
        try await role.work(fixture)
        let grants = try await Grant.all(of: role, in: fixture.database)
        #expect(grants.count >= 4)
        for grant in grants {
            try await fixture.database.script(
                """
                truncate mono.accounts, mono.webhook_events, mono.reconciliation_runs, mono.reconciliation_cases,
                    mono.workers, mono.look_tallies;
                revoke \(grant) from \(role.rawValue);
                """)
            let error = await #expect(throws: PostgresError.self, "nothing needs \(grant)") {
                try await role.work(fixture)
            }
            #expect(error == nil || error?.sqlState == .insufficientPrivilege, "\(grant)")
            try await fixture.database.script("grant \(grant) to \(role.rawValue)")
        }
    }

    @Test func `a role has the rights that are written here, and no others`() async throws {
        let held = try await rights("mono_reconciler")
        #expect(
            held == [
                "accounts: select update*", "bank_health: select insert update", "bank_laws: select insert update",
                "look_tallies: select insert update delete", "machine_clocks: select insert update delete",
                "rate: select update",
                "reconciliation_cases: select insert update delete",
                "reconciliation_runs: select insert update delete", "schema_migrations: select",
                "server_marks: select insert", "webhook_events: select delete",
                "workers: select insert update delete", "connect_account", "count_due", "due_accounts",
                "heed_clock", "known_zone", "night_of", "record_event", "select_accounts", "selection_reason",
                "server_life", "take_slots",
            ])
        #expect(
            try await rights("mono_webhook") == ["schema_migrations: select", "connect_account", "record_event"])
        #expect(
            try await rights("mono_support") == [
                "accounts: select", "bank_health: select", "bank_laws: select", "reconciliation_cases: select",
                "reconciliation_runs: select",
                "schema_migrations: select", "server_marks: select", "webhook_events: select", "workers: select",
                "count_due",
                "due_accounts",
                "select_accounts", "selection_reason", "server_life",
            ])
        // Whoever has none of the roles.
        #expect(try await rights("password_users") == [])
    }

    /// The tables on which a role may do anything, with what, then the functions; "*": only some columns.
    private func rights(_ role: String) async throws -> [String] {
        let database = try await migratedDatabase()
        return try await database.texts(
            """
            select c.relname || ': ' || string_agg(lower(privilege) || case
                when has_table_privilege(\(role), c.oid, privilege) then '' else '*' end, ' ' order by place)
            from pg_class c, unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER'])
                with ordinality as p (privilege, place)
            where c.relnamespace = 'mono'::regnamespace and c.relkind in ('r', 'v', 'm', 'p') and (
                has_table_privilege(\(role), c.oid, privilege)
                or (privilege in ('SELECT', 'INSERT', 'UPDATE', 'REFERENCES')
                    and has_any_column_privilege(\(role), c.oid, privilege)))
            group by c.relname order by c.relname
            """)
            + database.texts(
                """
                select p.proname::text from pg_proc p
                where p.pronamespace = 'mono'::regnamespace and has_function_privilege(\(role), p.oid, 'execute')
                order by p.proname
                """)
    }

    @Test func `nobody but the owner may make anything in the schema, or use its sequences`() async throws {
        let database = try await migratedDatabase()
        for role in Role.allCases.map(\.rawValue) + ["password_users"] {
            let may = try await database.texts(
                """
                select 'create' where has_schema_privilege(\(role), 'mono', 'create')
                union all
                select c.relname::text from pg_class c
                where c.relnamespace = 'mono'::regnamespace and case c.relkind when 'S'
                    then has_sequence_privilege(\(role), c.oid, 'usage, select, update') end
                """)
            #expect(may == [], "\(role)")
        }
        #expect(
            try await database.texts("select has_schema_privilege('password_users', 'mono', 'usage')::text") == [
                "false"
            ])
    }

    @Test func `the roles are nobody's login, and no more than that`() async throws {
        let database = try await migratedDatabase()
        let plain = try await database.texts(
            """
            select rolname::text from pg_roles r
            where rolname like 'mono\\_%' and not (rolsuper or rolcreaterole or rolcreatedb or rolcanlogin
                or rolreplication or rolbypassrls)
                and not exists (select from pg_auth_members m where m.member = r.oid)
            order by rolname
            """)
        #expect(plain == ["mono_reconciler", "mono_support", "mono_webhook"])
    }

    @Test func `what runs with the owner's rights has a search path that nobody else can fill`() async throws {
        let database = try await migratedDatabase()
        let functions = try await database.texts(
            """
            select p.proname || ' ' || coalesce(array_to_string(p.proconfig, ' '), 'open') from pg_proc p
            where p.pronamespace = 'mono'::regnamespace and p.prosecdef order by p.proname
            """)
        #expect(
            functions == [
                "connect_account search_path=pg_catalog, pg_temp row_security=off",
                "mend_account search_path=pg_catalog, pg_temp",
                "record_event search_path=pg_catalog, pg_temp row_security=off",
                "remember_request search_path=pg_catalog, pg_temp row_security=off",
            ])
    }
}
