package import Postgres

/// What a session of this user would be by default, and what no session can change.
package struct SessionFacts: Equatable, Sendable {
    package var user: String
    /// Defaults that are overridden in each of our sessions, with their values: `lock_timeout=500 ms`.
    package var overridden: [String]
    /// Tables of the schema from which policies hide rows from this user.
    package var hidden: [String]
    /// Tables from which policies hide rows from the owner of `mono.record_event`, as whom that works.
    package var hiddenFromOwner: [String]

    package init(user: String, overridden: [String] = [], hidden: [String] = [], hiddenFromOwner: [String] = []) {
        self.user = user
        self.overridden = overridden
        self.hidden = hidden
        self.hiddenFromOwner = hiddenFromOwner
    }
}

extension LedgerReader {
    /// Asks for the defaults that change what statements mean, and for row security.
    package func sessionFacts() async throws(PostgresError) -> SessionFacts {
        try await database.run { (session) throws(PostgresError) in
            let user = try session.value("select current_user::text", as: String.self)
            return SessionFacts(
                user: user ?? "", overridden: try session.column(Self.overridden),
                hidden: try session.column(Self.hidden),
                hiddenFromOwner: try session.column(Self.hiddenFromOwner))
        }
    }

    /// `reset_val` is what the session had without us; zone and order of a date are everybody's own affair.
    private static var overridden: SQL {
        """
        select name || '=' || reset_val || coalesce(' ' || unit, '') from pg_catalog.pg_settings
        where case name
            when 'search_path' then reset_val like '%_pg_catalog%'
            when 'DateStyle' then reset_val not ilike 'ISO%'
            when 'synchronous_commit' then reset_val = 'off'
            when 'session_replication_role' then reset_val <> 'origin'
            else reset_val <> boot_val and name in (
                'statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout', 'idle_session_timeout',
                'transaction_timeout', 'exit_on_error', 'default_transaction_isolation',
                'default_transaction_deferrable', 'IntervalStyle', 'extra_float_digits',
                'standard_conforming_strings', 'array_nulls', 'transform_null_equals')
        end
        order by name
        """
    }

    private static var hidden: SQL {
        """
        select c.relname::text from pg_catalog.pg_class c
        where c.relnamespace = (select n.oid from pg_catalog.pg_namespace n where n.nspname = 'mono')
            and c.relkind = 'r' and pg_catalog.row_security_active(c.oid)
        order by c.relname
        """
    }

    private static var hiddenFromOwner: SQL {
        """
        select c.relname::text
        from pg_catalog.pg_namespace n
        join pg_catalog.pg_proc p on p.pronamespace = n.oid and p.proname = 'record_event'
        join pg_catalog.pg_roles o on o.oid = p.proowner and not o.rolsuper and not o.rolbypassrls
        join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relkind = 'r' and c.relrowsecurity
        where n.nspname = 'mono' and (c.relforcerowsecurity or not pg_catalog.pg_has_role(o.oid, c.relowner, 'usage'))
        order by c.relname
        """
    }
}
