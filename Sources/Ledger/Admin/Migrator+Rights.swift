import Postgres

extension Migrator {
    /// Makes the roles and grants them what they need, as far as this user may; nothing is written when all is done.
    ///
    /// - Returns: The lines that an administrator has to run before the next try; none when all is done, or when the
    ///   schema belongs to somebody else.
    package func grantRoles() async throws(MigrationError) -> [String] {
        try await locked { () async throws(MigrationError) in
            try await run { (session) throws(PostgresError) in
                guard try session.value(Self.isOurs, as: Bool.self) == true else { return [] }
                guard try session.value(Self.isIncomplete, as: Bool.self) == true else { return [] }
                try session.execute("select mono.grant_roles()")
                return try session.column("select mono.left_to_grant()")
            }
        }
    }

    private static var isOurs: SQL { "select pg_catalog.has_function_privilege('mono.grant_roles()', 'execute')" }

    /// Each role is granted to read the list of migrations, together with all else.
    private static var isIncomplete: SQL {
        """
        select exists (select from mono.left_to_grant()) or exists (
            select from pg_catalog.pg_roles r
            where r.rolname in ('mono_reconciler', 'mono_support', 'mono_webhook')
                and not pg_catalog.has_table_privilege(r.oid, 'mono.schema_migrations', 'select'))
        """
    }

    /// An error for want of a right, with what an administrator can do about it; any other one as it is.
    func naming(_ error: MigrationError) async -> MigrationError {
        guard case .database(let cause) = error, cause.sqlState == .insufficientPrivilege else { return error }
        // Without the lines it is still the error that it was.
        let lines = try? await run { (session) throws(PostgresError) in
            try session.column(Self.missingRights, as: String.self)
        }
        guard let lines, !lines.isEmpty else { return error }
        return .denied(lines: lines)
    }

    private static var missingRights: SQL {
        """
        select pg_catalog.format('create schema mono authorization %I;', current_user)
        where not exists (select from pg_catalog.pg_namespace where nspname = 'mono')
            and not pg_catalog.has_database_privilege(pg_catalog.current_database(), 'create')
        union all
        select pg_catalog.format('grant usage, create on schema mono to %I;', current_user)
        from pg_catalog.pg_namespace n
        where n.nspname = 'mono' and not (
            pg_catalog.has_schema_privilege(n.oid, 'usage') and pg_catalog.has_schema_privilege(n.oid, 'create'))
        union all
        select pg_catalog.format('grant usage on language %I to %I;', l.lanname, current_user)
        from pg_catalog.pg_language l
        where l.lanname in ('plpgsql', 'sql') and not pg_catalog.has_language_privilege(l.oid, 'usage')
        """
    }
}
