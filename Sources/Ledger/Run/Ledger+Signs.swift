import Postgres
import Reconciliation

extension Ledger {
    /// Tells the run's others what Mono's answers to this worker say.
    func tell(_ evidence: AnswerEvidence, _ session: borrowing Session) throws(PostgresError) {
        try session.execute(
            """
            update mono.workers w set answered_at = t.answered_at, fine_at = t.fine_at,
                unknown_accounts = t.unknown_accounts, looks_due = t.looks_due
            from (
                select greatest(o.answered_at, \(evidence.answeredAt)) as answered_at,
                    greatest(o.fine_at, \(evidence.fineAt)) as fine_at,
                    \(evidence.unknownAccounts)::int as unknown_accounts, \(evidence.looksDue)::int as looks_due
                from mono.workers o where o.worker = \(worker.name)
            ) t
            where w.worker = \(worker.name) and (w.answered_at, w.fine_at, w.unknown_accounts, w.looks_due)
                is distinct from (t.answered_at, t.fine_at, t.unknown_accounts, t.looks_due)
            """)
    }

    /// Looks at what the run's workers have told each other.
    func readSigns(_ runID: Int64, _ session: borrowing Session) throws(PostgresError) -> RunSigns {
        let known = try session.first(
            """
            select r.stop_code, r.stop_detail, h.hold_until, clock_timestamp() as clock,
                case when h.jumped_at > clock_timestamp() - interval '1 minute' then h.last_jump end as jump, exists (
                    select from mono.workers w where w.worker = \(worker.name)
                        and w.lease_until > clock_timestamp() and \(SQL.holdsLock)) as is_enlisted,
                o.answered_at, o.fine_at, coalesce(o.unknown_accounts, 0) as unknown_accounts,
                coalesce(o.looks_due, 0) as looks_due,
                exists (select from mono.bank_health h where \(SQL.isInTrouble)) as has_troubles
            from mono.reconciliation_runs r cross join mono.rate h cross join (
                select max(w.answered_at) as answered_at, max(w.fine_at) as fine_at,
                    sum(w.unknown_accounts) as unknown_accounts,
                    -- Nobody looks any more at what a worker had in hand that is gone.
                    sum(w.looks_due) filter (where w.lease_until > clock_timestamp()) as looks_due
                from mono.workers w where w.run_id = \(runID) and w.worker <> \(worker.name)
            ) o
            where r.run_id = \(runID)
            """
        ) { (row) throws(PostgresError) -> (RunSigns, Bool) in
            let code: Int? = try row["stop_code"]
            let cause: String? = try row["stop_detail"]
            let signs = RunSigns(
                stop: code.flatMap { StopReason(exitCode: $0, explanation: cause ?? "") },
                heldUntil: try row["hold_until"],
                isEnlisted: try row["is_enlisted"], clock: try row["clock"], jump: try row["jump"],
                others: AnswerEvidence(
                    answeredAt: try row["answered_at"], fineAt: try row["fine_at"],
                    unknownAccounts: try row["unknown_accounts"], looksDue: try row["looks_due"]))
            return (signs, try row["has_troubles"])
        }
        guard case (var signs, let hasTroubles)? = known else { return RunSigns() }
        if hasTroubles { signs.troubles = try session.troubles(of: runID) }
        return signs
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
