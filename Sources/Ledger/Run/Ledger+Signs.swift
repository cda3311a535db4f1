import Postgres
import Reconciliation

extension Ledger {
    /// Looks at what the run's workers have told each other.
    func readSigns(_ runID: Int64, _ session: borrowing Session) throws(PostgresError) -> RunSigns {
        try session.first(
            """
            select r.stop_code, r.stop_detail, h.hold_until, exists (
                    select from mono.workers w where w.worker = \(worker.name)
                        and w.lease_until > clock_timestamp() and \(SQL.holdsLock)) as is_enlisted
            from mono.reconciliation_runs r cross join mono.rate h where r.run_id = \(runID)
            """
        ) { (row) throws(PostgresError) in
            let code: Int? = try row["stop_code"]
            let cause: String? = try row["stop_detail"]
            return RunSigns(
                stop: code.flatMap { StopReason(exitCode: $0, explanation: cause ?? "") },
                heldUntil: try row["hold_until"],
                isEnlisted: try row["is_enlisted"])
        } ?? RunSigns()
    }

    /// Says to all workers of the run that it ends here; the first reason stays.
    func stop(_ run: OpenRun, _ reason: StopReason, _ session: borrowing Session) throws(PostgresError) {
        try session.execute(
            """
            update mono.reconciliation_runs
            set stop_code = \(reason.exitCode)::int, stop_detail = \(reason.explanation)
            where run_id = \(run.runID) and finished_at is null and stop_code is null
            """)
    }

    /// Forgets why a run was stopped that nobody else works on any more: who takes it up finds out anew.
    func forgetStop(_ run: OpenRun, _ session: borrowing Session) throws(PostgresError) {
        try session.execute(
            """
            update mono.reconciliation_runs r set stop_code = null, stop_detail = null
            where r.run_id = \(run.runID) and r.finished_at is null and r.stop_code is not null
                and not \(SQL.isWorkedOn("r.run_id", otherThan: worker))
            """)
    }

    /// Holds all calls of all workers until a time: Mono's `Retry-After`.
    func hold(until: Timestamp, _ session: borrowing Session) throws(PostgresError) {
        try session.execute("update mono.rate set hold_until = greatest(hold_until, \(until))")
    }
}
