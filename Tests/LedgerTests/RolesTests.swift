import Postgres
import TestSupport
import Testing

/// What each of the three roles can do, and what it cannot.
@Suite struct RolesTests {
    private func run(_ statement: String, as role: String) async throws {
        let database = try await migratedDatabase()
        try await database.script(
            """
            insert into mono.accounts (account_id) values ('a');
            insert into mono.reconciliation_runs (kind) values ('nightly');
            set role \(role);
            \(statement)
            """)
    }

    @Test(arguments: [
        "select mono.record_event('{\"event\":\"mono.events.sync_failed\",\"data\":{\"account\":\"new\"}}')",
        "select mono.connect_account('new', 'ref')",
        "select max(version) from mono.schema_migrations",
    ])
    func `the webhook role can do its work`(statement: String) async throws {
        try await run(statement, as: "mono_webhook")
    }

    @Test(arguments: [
        "select from mono.accounts", "select from mono.webhook_events", "select from mono.reconciliation_cases",
        "update mono.accounts set data_available = true", "select mono.take_slots(1, 1)", "select mono.grant_roles()",
    ])
    func `the webhook role can do nothing else`(statement: String) async throws {
        let error = await #expect(throws: PostgresError.self) { try await run(statement, as: "mono_webhook") }
        #expect(error?.sqlState?.rawValue == "42501")
    }

    @Test(arguments: [
        "select * from mono.accounts", "select * from mono.webhook_events", "select * from mono.reconciliation_runs",
        "select * from mono.reconciliation_cases",
    ])
    func `support can read`(statement: String) async throws {
        try await run(statement, as: "mono_support")
    }

    @Test(arguments: [
        "update mono.accounts set data_available = true", "delete from mono.webhook_events",
        "select mono.record_event('{}')", "insert into mono.reconciliation_runs (kind) values ('one_off')",
    ])
    func `support cannot write`(statement: String) async throws {
        let error = await #expect(throws: PostgresError.self) { try await run(statement, as: "mono_support") }
        #expect(error?.sqlState?.rawValue == "42501")
    }

    @Test(arguments: [
        "select * from mono.select_accounts('5 min', '5 min', 10)", "select * from mono.take_slots(1, 10)",
        "update mono.rate set hold_until = now()",
        """
        insert into mono.reconciliation_cases (run_id, account_id, reason)
        select 1, account_id, reason from mono.select_accounts('0 min', '5 min') returning account_id;
        select from mono.reconciliation_cases where outcome is null for update skip locked;
        update mono.reconciliation_cases set worker = 'w', sync_intended_at = now();
        select from mono.accounts for update;
        update mono.accounts set last_sync_requested_at = now(),
            awaiting_update_since = coalesce(awaiting_update_since, now());
        update mono.reconciliation_cases set outcome = 'recovered', settled_at = now();
        update mono.accounts set data_available = true, awaiting_update_since = null, consecutive_failures = 0,
            reauthorisation_required_since = null, retry_after = null, data_status = 'AVAILABLE', institution = 'B',
            bank_code = '1', last_sync_job_id = 'j', last_updated_at = now();
        update mono.reconciliation_runs set finished_at = now(), exit_code = 0, summary = '{}'
        """,
        "insert into mono.workers (worker, lock_key, lease_until) values ('w', 1, now()); delete from mono.workers",
        "delete from mono.webhook_events; delete from mono.reconciliation_runs",
        "select mono.record_event('{}'), mono.connect_account('b')",
        "select checksum from mono.schema_migrations",
    ])
    func `the reconciler can do its work`(statement: String) async throws {
        try await run(statement, as: "mono_reconciler")
    }

    @Test(arguments: [
        "delete from mono.accounts", "update mono.accounts set account_id = 'b'",
        "update mono.accounts set customer_ref = 'b'", "insert into mono.accounts (account_id) values ('b')",
        "update mono.webhook_events set effect = 'x'", "delete from mono.rate",
        "update mono.schema_migrations set checksum = 'x'", "create table mono.x ()",
    ])
    func `the reconciler can do no more`(statement: String) async throws {
        let error = await #expect(throws: PostgresError.self) { try await run(statement, as: "mono_reconciler") }
        #expect(error?.sqlState?.rawValue == "42501")
    }
}

/// The upsert for `link` and for businesses.
@Suite struct ConnectAccountTests {
    @Test func `a new account owes its update`() async throws {
        let database = try await migratedDatabase()
        try await database.execute("select mono.connect_account('a', 'ref')")
        #expect(try await database.state("a") == "no-data awaiting")
        #expect(try await database.text("select customer_ref from mono.accounts") == "ref")
    }

    @Test(arguments: [
        ("account-updated-2026", "data", "ref-0001"), ("account-connected-2025", "no-data awaiting", "mine true"),
        ("reauthorisation-required", "no-data flagged", "mine"),
        ("job-update-finished", "no-data awaiting", "mine false"),
    ])
    func `what an earlier event has set is not disturbed`(
        fixture: String, after: String, rest: String
    ) async throws {
        let database = try await migratedDatabase()
        _ = try await database.record(Fixtures.webhook(fixture))
        try await database.execute(
            "update mono.accounts set awaiting_update_since = '2026-01-01Z' where awaiting_update_since is not null")
        try await database.execute("select mono.connect_account(\(Fixtures.account), 'mine')")
        try await database.execute("select mono.connect_account(\(Fixtures.account))")
        #expect(try await database.state() == after)
        let kept = try await database.text(
            "select concat_ws(' ', customer_ref, (awaiting_update_since = '2026-01-01Z')::text) from mono.accounts")
        #expect(kept == rest)
    }

    @Test(arguments: ["", "a b", "x/../y"])
    func `a malformed id is refused`(account: String) async throws {
        let database = try await migratedDatabase()
        let error = await #expect(throws: PostgresError.self) {
            try await database.execute("select mono.connect_account(\(account))")
        }
        #expect(error?.sqlState?.rawValue == "22023")
    }
}
