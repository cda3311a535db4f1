import Postgres
import Testing
import TestSupport

@Suite struct SchemaTests {
    @Test func `each migration is noted once, and refuses to be applied again`() async throws {
        let database = try await migratedDatabase()
        let migrations = try Migrations.all()
        let versions = try await database.texts("select version::text from mono.schema_migrations order by version")
        #expect(versions == (1...migrations.count).map(String.init))
        for migration in migrations {
            let error = await #expect(throws: PostgresError.self) { try await database.script(migration) }
            #expect(error?.message.contains("already applied") == true)
        }
    }

    @Test func `a migration refuses to run before the one it needs`() async throws {
        let migrations = try Migrations.all()
        for applied in 0..<(migrations.count - 1) {
            let database = try await TestCluster.shared.makeDatabase().connect()
            for migration in migrations.prefix(applied) { try await database.script(migration) }
            for early in migrations.dropFirst(applied + 1) {
                let error = await #expect(throws: PostgresError.self) { try await database.script(early) }
                #expect(error?.message.contains("is missing") == true)
            }
            await database.close()
        }
    }

    @Test func `every table and function says what it is`() async throws {
        let database = try await migratedDatabase()
        let silent = try await database.texts(
            """
            select c.relname::text from pg_class c
            where c.relnamespace = 'mono'::regnamespace and c.relkind = 'r' and obj_description(c.oid) is null
            union all
            select p.proname::text from pg_proc p
            where p.pronamespace = 'mono'::regnamespace and obj_description(p.oid) is null
            """)
        #expect(silent.isEmpty)
    }

    @Test func `an account id is 1 to 64 of the allowed characters`() async throws {
        let database = try await migratedDatabase()
        for good in ["a", "A-b_9", String(repeating: "x", count: 64)] {
            try await database.execute("insert into mono.accounts (account_id) values (\(good))")
        }
        for bad in ["", "a b", "a/b", "é", "a\n", String(repeating: "x", count: 65)] {
            await #expect(throws: PostgresError.self) {
                try await database.execute("insert into mono.accounts (account_id) values (\(bad))")
            }
        }
    }

    @Test func `a row of the business's without data owes its update since it was connected`() async throws {
        let database = try await migratedDatabase()
        try await database.execute(
            """
            insert into mono.accounts
                (account_id, data_available, connected_at, reauthorisation_required_since, unlinked_at)
            values ('weeks', false, '2026-01-01Z', null, null), ('fresh', false, null, null, null),
                ('data', true, '2026-01-01Z', null, null), ('flagged', false, null, now(), null),
                ('gone', false, null, null, now())
            """)
        let debts = try await database.texts(
            """
            select account_id || ' ' || case when awaiting_update_since = '2026-01-01Z' then 'connected'
                when awaiting_update_since > now() - interval '1 minute' then 'now' else 'nothing' end
            from mono.accounts order by account_id
            """)
        #expect(debts == ["data nothing", "flagged nothing", "fresh now", "gone nothing", "weeks connected"])
    }

    @Test func `an older debt given by the business is kept`() async throws {
        let database = try await migratedDatabase()
        try await database.execute(
            """
            insert into mono.accounts (account_id, connected_at, awaiting_update_since)
            values ('a', '2026-02-01Z', '2026-01-01Z')
            """)
        let kept = try await database.text("select (awaiting_update_since = '2026-01-01Z')::text from mono.accounts")
        #expect(kept == "true")
    }

    @Test func `a commit that changes an account tells so, one that does not is silent`() async throws {
        let test = try await migratedTestDatabase()
        let database = test.connect()
        let listener = try await Listener.open(test.configuration, channels: ["mono_account", "end"])
        try await database.execute("insert into mono.accounts (account_id) values ('a'), ('b')")
        try await database.execute("update mono.accounts set customer_ref = customer_ref")
        try await database.execute("update mono.accounts set customer_ref = 'x' where account_id = 'b'")
        _ = try await database.record(
            #"{"event":"mono.accounts.jobs.update","data":{"account":"a","id":"j","status":"processing"}}"#)
        _ = try await database.record(
            #"{"event":"mono.accounts.jobs.update","data":{"account":"a","id":"j","status":"finished"}}"#)
        _ = try await database.record(#"{"event":"mono.events.account_synced","data":{"account":"a"}}"#)
        try await database.execute("notify \"end\"")
        var heard: [String] = []
        for await arrived in listener.notifications {
            heard += arrived.prefix { $0.channel != "end" }.map(\.payload)
            if arrived.last?.channel == "end" { break }
        }
        await listener.close()
        #expect(heard == ["a", "b", "b", "a", "a"])
    }

    @Test func `there is one open nightly run at most, and one open case an account`() async throws {
        let database = try await migratedDatabase()
        let open: SQL = "insert into mono.reconciliation_runs (kind) values ('nightly')"
        try await database.execute(open)
        await #expect(throws: PostgresError.self) { try await database.execute(open) }
        try await database.execute(
            "insert into mono.reconciliation_runs (kind) values ('one_off'), ('one_off')")
        let add: @Sendable (Int) -> SQL = { run in
            """
            insert into mono.reconciliation_cases (run_id, account_id, reason)
            select run_id, 'a', 'requested' from mono.reconciliation_runs order by run_id offset \(run) limit 1
            """
        }
        try await database.execute(add(0))
        await #expect(throws: PostgresError.self) { try await database.execute(add(1)) }
        try await database.execute("update mono.reconciliation_cases set outcome = 'deferred', settled_at = now()")
        try await database.execute(add(1))
        try await database.execute("update mono.reconciliation_runs set finished_at = now()")
        try await database.execute(open)
    }

    @Test(arguments: [
        "insert into mono.reconciliation_runs (kind) values ('weekly')",
        "insert into mono.reconciliation_cases (run_id, account_id, reason) values (1, 'b', 'because')",
        "update mono.reconciliation_cases set outcome = 'fine', settled_at = now()",
        "update mono.reconciliation_cases set outcome = 'recovered'",
        "update mono.reconciliation_cases set settled_at = now()",
        "update mono.reconciliation_cases set steps = '{}'",
        "update mono.reconciliation_cases set steps = (select jsonb_agg(n) from generate_series(1, 41) n)",
        "update mono.reconciliation_cases set nights_in_a_row = 0",
        "insert into mono.rate (only_row, next_slot_at) values (false, now())",
        "insert into mono.rate (next_slot_at) values (now())",
    ])
    func `what no run may write is refused`(statement: String) async throws {
        let database = try await migratedDatabase()
        try await database.script(
            """
            insert into mono.reconciliation_runs (kind) values ('nightly');
            insert into mono.reconciliation_cases (run_id, account_id, reason, steps)
            select run_id, 'a', 'requested', (select jsonb_agg(n) from generate_series(1, 40) n)
            from mono.reconciliation_runs
            """)
        let error = await #expect(throws: PostgresError.self) { try await database.script(statement) }
        #expect(error?.sqlState?.classCode == "23")
    }
}
