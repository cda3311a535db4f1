import Ledger
import Postgres
import TestSupport
import Testing

/// What a database's and a role's defaults must not make of our sessions and functions.
@Suite struct SessionDefaultsTests {
    /// A setting, a default that hurts, and what our sessions have all the same.
    static let defaults = [
        ("default_transaction_isolation", "serializable", "read committed"),
        ("default_transaction_deferrable", "on", "off"), ("row_security", "on", "off"),
        ("search_path", "public, pg_catalog", "pg_catalog, public, pg_catalog"),
        ("search_path", "''", "\"\""),
        ("TimeZone", "'Asia/Kathmandu'", "UTC"), ("DateStyle", "'SQL, DMY'", "ISO, MDY"),
        ("IntervalStyle", "sql_standard", "postgres"), ("extra_float_digits", "'-15'", "1"),
        ("standard_conforming_strings", "off", "on"), ("array_nulls", "off", "on"),
        ("transform_null_equals", "on", "off"),
        ("statement_timeout", "5000", "30s"), ("lock_timeout", "1", "10s"),
        ("idle_in_transaction_session_timeout", "1", "1min"), ("idle_session_timeout", "5000", "0"),
        ("exit_on_error", "on", "off"), ("client_encoding", "LATIN1", "UTF8"),
    ]

    @Test(arguments: defaults)
    func `a default that changes what a statement means, or how long it lives, is overridden`(
        name: String, value: String, expected: String
    ) async throws {
        let test = try await TestCluster.shared.makeDatabase()
        try await test.connect().script("alter database \(test.name) set \(name) = \(value)")
        #expect(try await test.connect().text("select current_setting(\(name))") == expected)
        try await test.connect().script(
            """
            alter database \(test.name) reset all;
            alter role postgres in database \(test.name) set \(name) = \(value)
            """)
        #expect(try await test.connect().text("select current_setting(\(name))") == expected)
    }

    @Test func `what is told of a default is what it was, and of a plain database nothing`() async throws {
        let test = try await migratedTestDatabase()
        let reader = LedgerReader(database: test.connect())
        // Tests' servers have it, to be quick.
        let plain = ["synchronous_commit=off"]
        #expect(try await reader.sessionFacts() == SessionFacts(user: "postgres", overridden: plain))
        for (name, value, _) in Self.defaults.prefix(4) + Self.defaults.dropFirst(6).dropLast() {
            try await reader.database.script("alter database \(test.name) set \(name) = \(value)")
        }
        await reader.database.reconnect()
        let told = try await reader.sessionFacts().overridden
        #expect(
            told == [
                "DateStyle=SQL, DMY", "IntervalStyle=sql_standard", "array_nulls=off",
                "default_transaction_deferrable=on", "default_transaction_isolation=serializable", "exit_on_error=on",
                "extra_float_digits=-15", "idle_in_transaction_session_timeout=1 ms", "idle_session_timeout=5000 ms",
                "lock_timeout=1 ms", "search_path=public, pg_catalog", "standard_conforming_strings=off",
                "statement_timeout=5000 ms", "synchronous_commit=off", "transform_null_equals=on",
            ])
    }

    @Test func `a session without triggers is refused, with what takes it back`() async throws {
        let test = try await migratedTestDatabase()
        try await test.connect().script(
            """
            create role "\(test.name)_user" login in role mono_reconciler;
            alter role "\(test.name)_user" set session_replication_role = replica
            """)
        let configuration = try PostgresConfiguration(
            connectionString: test.connectionString, overrides: ["user": "\(test.name)_user"], applicationName: "tests")
        let error = await #expect(throws: PostgresError.self) { try await Database(configuration).execute("select 1") }
        #expect(error?.kind == .configuration)
        #expect(error?.hint?.contains("reset session_replication_role") == true)
        // Who may change it just does.
        try await test.connect().script("alter database \(test.name) set session_replication_role = replica")
        #expect(try await test.connect().text("select current_setting('session_replication_role')") == "origin")
    }

    /// Settings of a backend's own session that must not change what an event does.
    private static let hostile = """
        create function public.lower(text) returns text language sql as 'select ''decoy''::text';
        create function public.clock_timestamp() returns timestamptz language sql as 'select ''epoch''::timestamptz';
        set search_path = public, pg_catalog;
        set timezone = 'Asia/Kathmandu'; set datestyle = 'SQL, DMY'; set intervalstyle = sql_standard;
        set extra_float_digits = -15; set standard_conforming_strings = off; set array_nulls = off;
        set transform_null_equals = on; set bytea_output = escape; set quote_all_identifiers = on;
        set plpgsql.extra_errors = 'all'; set lc_messages = 'C'; set xmloption = document;
        """

    @Test func `a backend's session has no say in what an event does`() async throws {
        let names = [
            "account-connected-2026", "account-updated-2026", "account-updated-partial", "job-update-finished",
            "reauthorisation-required", "account-reauthorized-2026", "sync-failed", "account-updated-realtime-new-data",
        ]
        var seen: [[String]] = []
        for script in ["", Self.hostile] {
            let test = try await migratedTestDatabase()
            let database = test.connect()
            try await database.script(script)
            var said: [String] = []
            for name in names {
                said.append(try await database.record(try Fixtures.webhook(name)))
                said.append(try await test.connect().state())
            }
            said += try await test.connect().texts(
                """
                select concat_ws(' | ', event, account_id, effect, payload - 'event_id',
                    received_at > now() - interval '1 minute', case when event_key !~ '@' then event_key end)
                from mono.webhook_events order by received_at
                """)
            said += try await test.connect().texts(
                """
                select (to_jsonb(a) - array['connected_at', 'awaiting_update_since', 'last_updated_at', 'unlinked_at',
                    'reauthorisation_required_since'])::text from mono.accounts a order by account_id
                """)
            seen.append(said)
        }
        #expect(seen[0] == seen[1])
        #expect(seen[0].contains("applied"))
    }

    @Test func `what is acknowledged is on disk, in sessions that commit without waiting too`() async throws {
        let database = try await migratedDatabase()
        for (before, after) in [("off", "on"), ("local", "local"), ("remote_write", "remote_write")] {
            for call in ["mono.connect_account('a')", #"mono.record_event('{"event":"x"}')"#] {
                try await database.script("begin; set local synchronous_commit = \(before); select \(call)")
                // One script is one transaction here: what was set locally is gone with it.
                try await database.script(
                    """
                    do $$ begin
                        perform set_config('synchronous_commit', '\(before)', true);
                        perform \(call);
                        perform set_config('test.seen', current_setting('synchronous_commit'), false);
                    end $$
                    """)
                #expect(try await database.text("select current_setting('test.seen')") == after, "\(call)")
            }
        }
    }
}
