import Ledger
import Postgres
import Reconciliation
import RunStoreConformance
import TestSupport

/// A database of one check, in which time is moved by moving what the rows say.
struct PostgresStage: StoreStage {
    let fixture: LedgerFixture

    init() async throws { fixture = try await LedgerFixture() }

    func worker() async throws -> Ledger { try await fixture.worker() }

    func worker(slice: Int) async throws -> Ledger {
        let ledger = try await fixture.worker()
        return Ledger(database: ledger.database, worker: ledger.worker, slice: slice, machine: MachineTime.test)
    }

    func notSelected(in run: OpenRun) async throws -> Int {
        try await fixture.database.value(
            "select not_selected from mono.reconciliation_runs where run_id = \(run.runID)") ?? -1
    }

    func put(_ account: StagedAccount) async throws {
        try await remove(account.id)
        if account.hasImpossibleDebt {
            try await fixture.database.execute(
                """
                alter table mono.accounts drop constraint if exists awaiting_update_since_from_1970_to_9999
                """)
        }
        try await fixture.database.execute(
            """
            insert into mono.accounts (account_id, source, data_available, data_status, awaiting_update_since,
                reauthorisation_required_since, last_sync_requested_at, last_tried_at, unlinked_at, last_sync_job_id,
                consecutive_failures, retry_after, institution)
            values (\(account.id), 'event', \(account.hasData), \(account.status),
                case when \(account.hasImpossibleDebt) then 'infinity' else now() - \(account.debt) end,
                now() - \(account.flag), now() - \(account.tried), now() - \(account.asked), now() - \(account.unlinked),
                \(account.lastJob),
                \(account.failures)::int, case when \(account.failures)::int > 0 then now() end,
                \(account.institution))
            """)
    }

    func remove(_ account: AccountID) async throws {
        try await fixture.database.execute("delete from mono.accounts where account_id = \(account)")
    }

    func refuse(_ account: AccountID) async throws { try await fixture.database.refuse(account.rawValue) }

    func refuseNothing() async throws {
        try await fixture.database.execute("drop trigger if exists refuse on mono.accounts")
    }

    func whileLocked<Value: Sendable>(_ account: AccountID, _ body: () async throws -> Value) async throws -> Value {
        try await fixture.database.whileLocked(account.rawValue, body)
    }

    func record(_ event: StagedEvent, of account: AccountID) async throws {
        let id = account.rawValue
        switch event {
        case .good: try await fixture.record("account_updated", of: id, meta: #"{"data_status":"AVAILABLE"}"#)
        case .reauthorisationRequired: try await fixture.record("reauthorisation_required", of: id)
        case .reauthorised: try await fixture.record("account_reauthorized", of: id)
        case .unlinked: try await fixture.record("account_unlinked", of: id)
        case .jobFinished:
            let data = #"{"id":"\#(StagedEvent.job)","account":"\#(id)","status":"finished"}"#
            let effect = try await fixture.database.record(#"{"event":"mono.accounts.jobs.update","data":\#(data)}"#)
            guard effect == "applied" else { throw LedgerFixtureError(description: "the event was \(effect)") }
        }
    }

    func failures(of account: AccountID) async throws -> Int {
        try await fixture.database.value(
            "select consecutive_failures from mono.accounts where account_id = \(account)") ?? -1
    }

    func standing(of account: AccountID) async throws -> Standing? {
        try await fixture.database.run { (session) throws(PostgresError) -> Standing? in
            try session.first(
                """
                select standing_outcome, standing_cause, standing_since from mono.accounts where account_id = \(account)
                """
            ) { (row) throws(PostgresError) -> Standing? in
                let word: String? = try row["standing_outcome"]
                let cause: String? = try row["standing_cause"]
                let since: Timestamp? = try row["standing_since"]
                guard let outcome = word.flatMap({ Outcome(rawValue: $0) }), let since else { return nil }
                return Standing(outcome: outcome, cause: cause.flatMap { Cause(rawValue: $0) }, since: since)
            } ?? nil
        }
    }

    func letDayPass() async throws { try await fixture.database.letDayPass() }

    func failingSince(_ bank: String) async throws -> Timestamp? {
        try await fixture.database.value("select failing_since from mono.bank_health where bank = \(bank)")
    }

    func closing(of run: OpenRun) async throws -> ClosingNotes {
        let closing = try await LedgerReader(database: fixture.database).record(of: run.runID)?.closing
        return ClosingNotes(callsSaved: closing?.callsSaved, laws: closing?.laws ?? [])
    }

    func calls(in run: OpenRun) async throws -> Int {
        try await fixture.database.value(
            """
            select calls_details + calls_trigger + calls_job + calls_reauth from mono.reconciliation_runs
            where run_id = \(run.runID) and finished_at is not null
            """) ?? -1
    }

    func kill(_ worker: Ledger) async throws { try await fixture.kill(worker) }

    func loseConnection(of worker: Ledger) async throws { try await fixture.reconnect(worker) }

    func restartServer(under workers: [Ledger]) async throws {
        for worker in workers { try await fixture.reconnect(worker) }
        // An unlogged table is empty after a crash.
        try await fixture.database.execute("truncate mono.server_marks")
    }

    func endLease(of worker: Ledger) async throws {
        try await fixture.database.execute(
            "update mono.workers set lease_until = clock_timestamp() where worker = \(worker.worker.name)")
    }

    func letSlotsPass() async throws {
        try await fixture.database.execute("update mono.rate set next_slot_at = clock_timestamp() - interval '1 hour'")
    }

    func letLimitPass(of account: AccountID) async throws {
        try await fixture.database.execute(
            """
            update mono.accounts set last_sync_requested_at = last_sync_requested_at - interval '1 hour'
            where account_id = \(account)
            """)
    }

    func now() async throws -> Timestamp { try await LedgerReader(database: fixture.database).clock() }
}
