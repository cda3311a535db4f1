import Postgres
import Reconciliation

extension Ledger {
    /// Settles as `deferred` the open cases that no living worker holds, as far as the scope goes.
    func deferRest(_ deferral: Deferral, of run: OpenRun, _ session: borrowing Session) throws(PostgresError) {
        let (isUntriggered, isLast) = (deferral.scope == .untriggered, deferral.scope == .asLastWorker)
        let mayLeave: SQL = "\(WorkerLimits.mayLeaveWithin)"
        // What Mono's limit no longer holds back has no time of its own: the next night tries it.
        let next: SQL = """
            greatest(
                (select \(SQL.possible("a.last_sync_requested_at")) from mono.accounts a
                where a.account_id = c.account_id),
                c.sync_intended_at + case when c.sync_answer is null then \(mayLeave) else interval '0' end)
            + \(run.options.rules.syncLimit)
            """
        // Each account and the living workers are looked up by queries that no estimate can turn into a scan for every
        // case: the rows may be minutes old and unknown to the planner.
        let asked: [AccountID] = try session.column(
            """
            with rest as (
                update mono.reconciliation_cases c set outcome = \(Outcome.deferred.rawValue),
                    cause = \(deferral.cause.rawValue), detail = \(deferral.detail), settled_at = now(),
                    tried = c.sync_intended_at is not null,
                    (standing_outcome, standing_cause, standing_since) = (
                        select a.standing_outcome, a.standing_cause, a.standing_since from mono.accounts a
                        where a.account_id = c.account_id and a.unlinked_at is null),
                    next_attempt_at = nullif(greatest(\(next), now()), now())
                where c.run_id = \(run.runID) and c.outcome is null
                    and (c.worker is null or c.worker = \(worker.name) or c.worker not in (\(SQL.liveWorkers)))
                    and not (\(isUntriggered)::boolean and c.sync_intended_at is not null)
                    and not (\(isLast)::boolean and \(SQL.isWorkedOn("\(run.runID)::bigint", otherThan: worker)))
                returning c.account_id, c.sync_intended_at, c.api_calls
            )
            select account_id from rest where sync_intended_at is not null or api_calls > 0
            """)
        // What their rows do not take the cases know.
        let locked = try lockAccounts(asked, session)
        let free = asked.filter { locked[$0] == nil }
        if isSparing {
            try session.sparing(free) { (part) throws(PostgresError) in try tellDeferred(part, of: run, session) }
        } else {
            try tellDeferred(free, of: run, session)
        }
        // Accounts without a case get none any more, unless something is known of them: a night that stops does not make
        // a million of them to put off.
        guard run.kind == .nightly else { return }
        if isLast, try hasOthers(run.runID, session) { return }
        try endSelection(of: run, session)
        try carry(deferral.cause, detail: deferral.detail, of: run, session)
    }

    /// Tells the accounts of what was under way for them when they were put off.
    private func tellDeferred(
        _ accounts: [AccountID], of run: OpenRun, _ session: borrowing Session
    ) throws(PostgresError) {
        guard !accounts.isEmpty else { return }
        try session.execute(
            """
            update mono.accounts a set last_tried_at = greatest(a.last_tried_at, now()),
                -- The newest job: the one that an event has taught since, else the sync's own. An earlier sync's would be
                -- taken for its own.
                last_sync_job_id = case
                    when r.sync_intended_at is null then a.last_sync_job_id
                    else coalesce((
                        select a.last_sync_job_id where exists (
                            select from mono.webhook_events e
                            where e.account_id = a.account_id and e.received_at >= r.sync_intended_at
                                and e.event = 'mono.accounts.jobs.update' and e.effect = 'applied'
                                and e.payload #>> '{data,id}' = a.last_sync_job_id)), r.sync_job_id)
                end,
                -- Without its answer it is not known when the trigger left.
                last_sync_requested_at = case
                    when r.sync_intended_at is null or r.sync_answer is not null then a.last_sync_requested_at
                    else greatest(a.last_sync_requested_at, r.sync_intended_at + \(WorkerLimits.mayLeaveWithin))
                end
            from mono.reconciliation_cases r
            where r.run_id = \(run.runID) and r.account_id = any(\(accounts)) and a.account_id = r.account_id
            """)
    }
}
