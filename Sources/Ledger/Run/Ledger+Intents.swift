import Postgres
import Reconciliation

extension Ledger {
    /// Commits intents: the durable note "I am about to trigger a sync".
    ///
    /// Only for cases of this worker without an intent, whose account is still as the case knows it and outside Mono's
    /// limit. A case that is settled or another worker's by now is in neither part of the answer; nor is a case with an
    /// intent that stands already. That intent was made by another worker while this one had lost the case, or by a
    /// commit whose answer was lost: nobody knows what came of it, so the case is freed and claimed again as one in
    /// doubt.
    func intend(
        _ cases: [CaseSnapshot], of run: OpenRun, _ session: borrowing Session
    ) throws(PostgresError) -> IntentResult {
        guard !cases.isEmpty else { return IntentResult() }
        let accounts = cases.map(\.accountID)
        var faults = try lockAccounts(accounts, session)
        let free = cases.filter { faults[$0.accountID] == nil }
        if isSparing {
            let tried = try session.sparing(free) { (part) throws(PostgresError) in
                try noteIntents(part, of: run, session)
            }
            for (one, fault) in tried.faulty { faults[one.accountID] = fault }
        } else {
            try noteIntents(free, of: run, session)
        }
        let committed = try committedIntents(of: accounts, in: run, session)
        try disown(cases.filter { committed[$0.accountID] == nil }, of: run, session)
        let others = try openCases(of: accounts, in: run, session).filter { committed[$0] == nil }
        return IntentResult(
            committed: committed,
            refused: try news(of: others.filter { faults[$0] == nil }, since: run.startedAt, session),
            unwritten: faults.filter { others.contains($0.key) })
    }

    private func noteIntents(
        _ cases: [CaseSnapshot], of run: OpenRun, _ session: borrowing Session
    ) throws(PostgresError) {
        guard !cases.isEmpty else { return }
        // Where the row could not be written any more after an intent, it is not known when the trigger left.
        let latest: SQL = """
            now() - \(run.options.rules.syncLimit) - case
                when exists (
                    select from mono.reconciliation_cases e
                    where e.account_id = a.account_id and e.sync_intended_at = a.last_sync_requested_at)
                then \(WorkerLimits.mayLeaveWithin) else interval '0'
            end
            """
        try session.execute(
            """
            with told as materialized (\(SQL.known(cases))), held as materialized (\(SQL.heldAccounts)), fit as (
                select a.account_id, a.data_available, a.last_sync_job_id, t.steps
                from held a join told t on t.account_id = a.account_id
                where \(SQL.isAsKnown) and a.unlinked_at is null and (a.last_sync_requested_at is null
                    or a.last_sync_requested_at <= \(latest))
            ), noted as (
                update mono.reconciliation_cases c set sync_intended_at = now(), had_data = f.data_available,
                    job_before = f.last_sync_job_id, sync_answer = null, sync_job_id = null, steps = f.steps
                from fit f
                where c.run_id = \(run.runID) and c.account_id = f.account_id and c.worker = \(worker.name)
                    and c.outcome is null and c.sync_intended_at is null
                returning c.account_id
            )
            update mono.accounts a set last_sync_requested_at = now(),
                awaiting_update_since = coalesce(a.awaiting_update_since, now()),
                debt_event_time = case
                    when a.awaiting_update_since is null then a.last_event_time else a.debt_event_time
                end
            from noted n where a.account_id = n.account_id
            """)
    }

    /// The intents that this transaction has made, each with its account as it is now.
    private func committedIntents(
        of accounts: [AccountID], in run: OpenRun, _ session: borrowing Session
    ) throws(PostgresError) -> [AccountID: CommittedIntent] {
        let rows = try session.query(
            """
            select c.account_id, c.sync_intended_at, \(SQL.accountState)
            from mono.reconciliation_cases c join mono.accounts a on a.account_id = c.account_id
            where c.run_id = \(run.runID) and c.account_id = any(\(accounts))
                and c.worker = \(worker.name) and c.outcome is null and c.sync_intended_at = now()
            """
        ) { (row) throws(PostgresError) -> (AccountID, CommittedIntent?) in
            let at: Timestamp = try row["sync_intended_at"]
            return (try row["account_id"], try row.accountState().map { CommittedIntent(at: at, account: $0) })
        }
        return Dictionary(rows) { first, _ in first }.compactMapValues { $0 }
    }

    /// Frees open cases of this worker whose intent is not the one that the worker knows.
    ///
    /// They were lost to another worker and came back, or a commit's answer was lost: what the scheduler believes of
    /// them is out of date.
    func disown(
        _ cases: [CaseSnapshot], of run: OpenRun, _ session: borrowing Session
    ) throws(PostgresError) {
        guard !cases.isEmpty else { return }
        try session.execute(
            """
            with told as (\(SQL.known(cases)))
            update mono.reconciliation_cases c set worker = null from told t
            where c.run_id = \(run.runID) and c.account_id = t.account_id and c.worker = \(worker.name)
                and c.outcome is null and c.sync_intended_at is distinct from t.intended
            """)
    }

    /// Those of the accounts whose case in the run is open and this worker's.
    func openCases(
        of accounts: [AccountID], in run: OpenRun, _ session: borrowing Session, withIntent: Bool = false
    ) throws(PostgresError) -> [AccountID] {
        try session.column(
            """
            select c.account_id from mono.reconciliation_cases c
            where c.run_id = \(run.runID) and c.account_id = any(\(accounts))
                and c.worker = \(worker.name) and c.outcome is null
                and (not \(withIntent)::boolean or c.sync_intended_at is not null)
            """)
    }
}
