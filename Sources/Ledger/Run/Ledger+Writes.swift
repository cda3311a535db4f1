import Postgres
import Reconciliation

extension Ledger {
    /// Writes what became of cases: progress, withdrawn intents and settlements, and the worker's calls so far.
    ///
    /// A settlement applies only while the account is as the case knows it; else it is refused with the news.
    func write(
        _ writes: [CaseWrite], calls: CallCounts, of run: OpenRun, _ session: borrowing Session
    ) throws(PostgresError) -> WriteResult {
        try noteCalls(calls, session)
        let locked = try lockAccounts(writes.filter { !$0.kind.sparesAccount }.map(\.one.accountID), session)
        let free = writes.filter { locked[$0.one.accountID] == nil }
        var faulty = writes.compactMap { write in locked[write.one.accountID].map { (element: write, fault: $0) } }
        var result = WriteResult()
        if isSparing {
            let tried = try session.sparing(free) { (part) throws(PostgresError) in
                try writePart(part, of: run, session)
            }
            for part in tried.written { result.add(part) }
            faulty += tried.faulty
        } else {
            result = try writePart(free, of: run, session)
        }
        try note(faulty, of: run, session, into: &result)
        return result
    }

    /// Writes of the cases alone what can be written of accounts that are locked or refused.
    private func note(
        _ faulty: [(element: CaseWrite, fault: RowFault)], of run: OpenRun, _ session: borrowing Session,
        into result: inout WriteResult
    ) throws(PostgresError) {
        for (write, fault) in faulty {
            switch write.kind {
            case .progress: try noteProgress([write.one], of: run, session, sparesAccounts: true)
            case .withdrawal, .settlement: result.unwritten[write.one.accountID] = fault
            }
            guard write.kind.sparesAccount, fault.kind == .refused else { continue }
            // Not even the case's own row is taken, and an open case would keep the run open for ever.
            result.unwritten[write.one.accountID] = nil
            result.lost.append(write.one.accountID)
            try session.execute(
                """
                with gone as (
                    delete from mono.reconciliation_cases c where c.run_id = \(run.runID)
                        and c.account_id = \(write.one.accountID) and c.worker = \(worker.name) and c.outcome is null
                    returning c.run_id
                )
                update mono.reconciliation_runs r set selected = r.selected - 1, not_selected = r.not_selected + 1
                from gone g where r.run_id = g.run_id
                """)
        }
    }

    private func writePart(
        _ writes: [CaseWrite], of run: OpenRun, _ session: borrowing Session
    ) throws(PostgresError) -> WriteResult {
        var progress: [CaseSnapshot] = []
        var withdrawals: [CaseSnapshot] = []
        var settlements: [SettledCase] = []
        var sparing: [SettledCase] = []
        for write in writes {
            switch write.kind {
            case .progress: progress.append(write.one)
            case .withdrawal: withdrawals.append(write.one)
            case .settlement(let settlement) where settlement.sparesAccount:
                sparing.append(SettledCase(one: write.one, settlement: settlement))
            case .settlement(let settlement): settlements.append(SettledCase(one: write.one, settlement: settlement))
            }
        }
        var result = WriteResult()
        try noteProgress(progress, of: run, session)
        // Compared before the withdrawal changes the rows.
        let fit = try casesAsKnown(settlements.filter(\.settlement.withdrawsIntent).map(\.one), session)
        try withdraw(withdrawals + settlements.map(\.one).filter { fit.contains($0.accountID) }, of: run, session)
        try tellWithdrawn(withdrawals, of: run, session, into: &result)
        let due = settlements.filter { !$0.settlement.withdrawsIntent || fit.contains($0.one.accountID) }
        result.settled = try settle(due, of: run, session) + settleSparing(sparing, of: run, session)
        let isSettled = Set(result.settled)
        try tellUnsettled(
            (settlements + sparing).map(\.one).filter { !isSettled.contains($0.accountID) }, of: run, session,
            into: &result)
        return result
    }

    /// Those of the cases whose account is still as the case knows it, locked.
    private func casesAsKnown(
        _ cases: [CaseSnapshot], _ session: borrowing Session
    ) throws(PostgresError) -> Set<AccountID> {
        guard !cases.isEmpty else { return [] }
        return Set(
            try session.column(
                """
                with told as materialized (\(SQL.known(cases))), held as materialized (\(SQL.heldAccounts))
                select t.account_id from told t left join held a on a.account_id = t.account_id
                where \(SQL.isAsKnownOrGone)
                """))
    }

    /// Notes what triggers were answered; by whoever sent them, if nothing is known of the answer yet.
    private func noteProgress(
        _ cases: [CaseSnapshot], of run: OpenRun, _ session: borrowing Session, sparesAccounts: Bool = false
    ) throws(PostgresError) {
        guard !cases.isEmpty else { return }
        try session.execute(
            """
            with told as materialized (\(SQL.told(cases))), noted as (
                update mono.reconciliation_cases c set sync_answer = t.answer, sync_job_id = t.job_id,
                    api_calls = t.api_calls, polls = t.polls
                from told t
                where c.run_id = \(run.runID) and c.account_id = t.account_id and c.outcome is null
                    and c.sync_intended_at = t.intended and (c.worker = \(worker.name) or c.sync_answer is null)
                returning c.account_id, t.job_id, t.sent_at, t.job_before
            )
            update mono.accounts a set
                -- An event may have taught a later job since.
                last_sync_job_id = case
                    when a.last_sync_job_id is distinct from n.job_before then a.last_sync_job_id
                    else coalesce(n.job_id, a.last_sync_job_id)
                end,
                job_event_time = case
                    when a.last_sync_job_id is distinct from n.job_before or n.job_id is null then a.job_event_time
                    else a.last_event_time
                end,
                last_sync_requested_at = greatest(a.last_sync_requested_at, n.sent_at)
            from noted n where a.account_id = n.account_id and not \(sparesAccounts)::boolean
                -- What a later answer of the same sync adds to its case is no news of the account.
                and (greatest(a.last_sync_requested_at, n.sent_at) is distinct from a.last_sync_requested_at
                    or (n.job_id is not null and a.last_sync_job_id is not distinct from n.job_before))
            """)
    }

    /// Takes intents back that did nothing at Mono: the account is as it was before.
    private func withdraw(
        _ cases: [CaseSnapshot], of run: OpenRun, _ session: borrowing Session
    ) throws(PostgresError) {
        guard !cases.isEmpty else { return }
        try session.execute(
            """
            with told as materialized (\(SQL.told(cases))), old as (
                select c.account_id, c.sync_intended_at, t.requested_before
                from mono.reconciliation_cases c join told t on t.account_id = c.account_id
                where c.run_id = \(run.runID) and c.worker = \(worker.name) and c.outcome is null
                    and c.sync_intended_at = t.intended
                for update of c
            ), noted as (
                update mono.reconciliation_cases c set sync_intended_at = null, had_data = null, sync_answer = null,
                    sync_job_id = null
                from old o where c.run_id = \(run.runID) and c.account_id = o.account_id
            )
            update mono.accounts a set
                last_sync_requested_at = case
                    when a.last_sync_requested_at >= o.sync_intended_at then o.requested_before
                    else a.last_sync_requested_at
                end,
                -- Nothing was owed before: what had last cleared the debt (if anything) told of the data as well.
                debt_event_time = case
                    when a.awaiting_update_since = o.sync_intended_at then a.data_event_time else a.debt_event_time
                end,
                awaiting_update_since = nullif(a.awaiting_update_since, o.sync_intended_at)
            from old o where a.account_id = o.account_id
            """)
    }

    /// Tells the accounts as the withdrawals left them; a case that is another worker's is lost.
    private func tellWithdrawn(
        _ cases: [CaseSnapshot], of run: OpenRun, _ session: borrowing Session, into result: inout WriteResult
    ) throws(PostgresError) {
        guard !cases.isEmpty else { return }
        let accounts = cases.map(\.accountID)
        // An intent that still stands is not the one that was to be taken back.
        let standing = Set(try openCases(of: accounts, in: run, session, withIntent: true))
        try disown(cases.filter { standing.contains($0.accountID) }, of: run, session)
        let ours = Set(try openCases(of: accounts, in: run, session))
        result.withdrawn = try news(of: accounts.filter(ours.contains), since: run.startedAt, session)
            .mapValues(\.account)
        result.lost += accounts.filter { !ours.contains($0) }
    }
}
