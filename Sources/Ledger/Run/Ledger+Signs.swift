import Postgres
import Reconciliation

extension Ledger {
    /// Tells the run's others what Mono's answers to this worker say.
    func tell(_ evidence: AnswerEvidence, _ session: borrowing Session) throws(PostgresError) {
        guard evidence != AnswerEvidence() else { return }
        try session.execute(
            """
            update mono.workers set answered_at = greatest(answered_at, \(evidence.answeredAt)),
                fine_at = greatest(fine_at, \(evidence.fineAt)), unknown_accounts = \(evidence.unknownAccounts)::int
            where worker = \(worker.name)
            """)
    }

    /// Looks at what the run's workers have told each other.
    func readSigns(_ runID: Int64, _ session: borrowing Session) throws(PostgresError) -> RunSigns {
        try session.first(
            """
            select r.stop_code, r.stop_detail, h.hold_until, clock_timestamp() as clock,
                case when h.jumped_at > clock_timestamp() - interval '1 minute' then h.last_jump end as jump, exists (
                    select from mono.workers w where w.worker = \(worker.name)
                        and w.lease_until > clock_timestamp() and \(SQL.holdsLock)) as is_enlisted,
                o.answered_at, o.fine_at, coalesce(o.unknown_accounts, 0) as unknown_accounts
            from mono.reconciliation_runs r cross join mono.rate h cross join (
                select max(w.answered_at) as answered_at, max(w.fine_at) as fine_at,
                    sum(w.unknown_accounts) as unknown_accounts
                from mono.workers w where w.run_id = \(runID) and w.worker <> \(worker.name)
            ) o
            where r.run_id = \(runID)
            """
        ) { (row) throws(PostgresError) in
            let code: Int? = try row["stop_code"]
            let cause: String? = try row["stop_detail"]
            return RunSigns(
                stop: code.flatMap { StopReason(exitCode: $0, explanation: cause ?? "") },
                heldUntil: try row["hold_until"],
                isEnlisted: try row["is_enlisted"], clock: try row["clock"], jump: try row["jump"],
                others: AnswerEvidence(
                    answeredAt: try row["answered_at"], fineAt: try row["fine_at"],
                    unknownAccounts: try row["unknown_accounts"]))
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
