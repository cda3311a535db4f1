package import Postgres
package import Reconciliation

/// What `doctor` learns of the server by one look.
package struct ServerFacts: Equatable, Sendable {
    package var version: String
    /// As which role this process works.
    package var user: String
    package var isReadOnly: Bool
    /// Whether it follows another server.
    package var isStandby: Bool
    /// Where `default_transaction_read_only` comes from, in PostgreSQL's words: `database`, `user` and so on.
    package var readOnlySource: String
    /// Whether that role may do everything.
    package var isSuperuser: Bool
    package var now: Timestamp
}

/// A right that the nightly job's role needs.
package struct NeededRight: Equatable, Sendable {
    package enum Subject: Equatable, Sendable {
        case schema
        case table(String)
        case columns(String, [String])
        case function(String)
    }

    package var privilege: String
    package var subject: Subject

    /// As it stands in a grant.
    package var description: String {
        switch subject {
        case .schema: "usage on schema mono"
        case .table(let table): "\(privilege) on mono.\(table)"
        case .columns(let table, let columns): "\(privilege) (\(columns.joined(separator: ", "))) on mono.\(table)"
        case .function(let function): "execute on function mono.\(function)"
        }
    }

    /// All that `sql/004_roles.sql` grants to mono_reconciler.
    package static let reconciler: [Self] =
        [Self(privilege: "usage", subject: .schema)]
        + tables("select", ["schema_migrations", "accounts"])
        + [Self(privilege: "update", subject: .columns("accounts", accountColumns))]
        + tables("select", ["webhook_events"]) + tables("delete", ["webhook_events"])
        + ["select", "insert", "update", "delete"].flatMap {
            tables($0, ["reconciliation_runs", "reconciliation_cases", "workers", "look_tallies"])
        }
        + tables("select", ["rate", "server_marks", "machine_clocks", "bank_health", "bank_laws"])
        + tables("update", ["rate", "machine_clocks", "bank_health", "bank_laws"])
        + tables("insert", ["server_marks", "machine_clocks", "bank_health", "bank_laws"])
        + tables("delete", ["machine_clocks"])
        + [
            "record_event(jsonb)", "connect_account(text, text)",
            "take_slots(int, double precision, interval, interval)", "heed_clock(text, interval)", "server_life()",
            "select_accounts(interval, interval, int, bigint, int, boolean)",
            "due_accounts(interval, interval, bigint, boolean, boolean)",
            "count_due(interval, interval, bigint, boolean)",
            "selection_reason(timestamp with time zone, timestamp with time zone, interval)", "known_zone(text)",
            "night_of(timestamp with time zone, text)",
        ].map { Self(privilege: "execute", subject: .function($0)) }

    private static let accountColumns = [
        "institution", "bank_code", "data_available", "data_status", "awaiting_update_since",
        "reauthorisation_required_since", "last_updated_at", "last_sync_requested_at", "last_tried_at",
        "last_sync_job_id", "retry_after", "consecutive_failures", "data_event_time", "status_event_time",
        "debt_event_time", "flag_event_time", "job_event_time", "failure_event_time", "standing_outcome",
        "standing_cause", "standing_since", "standing_run_id",
    ]

    private static func tables(_ privilege: String, _ names: [String]) -> [Self] {
        names.map { Self(privilege: privilege, subject: .table($0)) }
    }
}

extension LedgerReader {
    /// Asks the server about itself.
    package func serverFacts() async throws(PostgresError) -> ServerFacts {
        try await database.run { (session) throws(PostgresError) in
            let facts = try session.first(
                """
                select current_setting('server_version') as version, current_user::text as user_name,
                    pg_catalog.pg_is_in_recovery() or current_setting('transaction_read_only')::boolean as is_read_only,
                    pg_catalog.pg_is_in_recovery() as is_standby,
                    (select source from pg_catalog.pg_settings where name = 'default_transaction_read_only')
                        as read_only_source,
                    (select rolsuper from pg_catalog.pg_roles where rolname = current_user) as is_superuser,
                    clock_timestamp() as now
                """
            ) { (row) throws(PostgresError) in
                ServerFacts(
                    version: try row["version"], user: try row["user_name"], isReadOnly: try row["is_read_only"],
                    isStandby: try row["is_standby"], readOnlySource: try row["read_only_source"],
                    isSuperuser: try row["is_superuser"], now: try row["now"])
            }
            guard let facts else { throw PostgresError(.protocolViolation, "a query without a table returned no row") }
            return facts
        }
    }

    /// Those of the rights that the current user does not have, by whatever way; what does not exist cannot be used.
    package func missing(_ rights: [NeededRight]) async throws(PostgresError) -> [NeededRight] {
        try await database.run { (session) throws(PostgresError) in
            // Without the schema's, names in it cannot be looked up.
            let hasSchema = try session.value(
                """
                select coalesce((select pg_catalog.has_schema_privilege(n.oid, 'usage')
                    from pg_catalog.pg_namespace n where n.nspname = 'mono'), false)
                """, as: Bool.self)
            guard hasSchema == true else { return rights }
            var missing: [NeededRight] = []
            for right in rights {
                if try !Self.isHeld(right, session) { missing.append(right) }
            }
            return missing
        }
    }

    private static func isHeld(_ right: NeededRight, _ session: borrowing Session) throws(PostgresError) -> Bool {
        let isHeld: Bool?
        switch right.subject {
        case .schema: isHeld = true
        case .table(let table):
            isHeld = try session.value(
                """
                select pg_catalog.has_table_privilege(c.oid, \(right.privilege)) from pg_catalog.pg_class c
                where c.oid = to_regclass('mono.' || \(table))
                """)
        case .columns(let table, let columns):
            isHeld = try session.value(
                """
                select bool_and(pg_catalog.has_column_privilege(a.attrelid, a.attnum, \(right.privilege)))
                    and count(*) = \(columns.count)
                from pg_catalog.pg_attribute a
                where a.attrelid = to_regclass('mono.' || \(table)) and a.attname = any(\(columns))
                """)
        case .function(let function):
            isHeld = try session.value(
                """
                select pg_catalog.has_function_privilege(p.oid, 'execute') from pg_catalog.pg_proc p
                where p.oid = to_regprocedure('mono.' || \(function))
                """)
        }
        return isHeld ?? false
    }
}
