package import Postgres
package import Reconciliation

extension Ledger {
    /// Writes what became of cases, in one transaction: progress, withdrawn intents and settlements.
    ///
    /// A settlement applies only while the account is as the case knows it; else it is refused with the news.
    package func write(
        _ entries: [CaseScheduler.Entry], cases: [AccountID: Case], calls: CallCounts, of run: OpenRun
    ) async throws(PostgresError) -> WriteResult {
        let worker = worker
        var progress: [Case] = []
        var withdrawals: [Case] = []
        var settlements: [SettledCase] = []
        for entry in entries {
            guard let one = cases[entry.accountID] else { continue }
            switch entry.kind {
            case .progress: progress.append(one)
            case .withdrawal: withdrawals.append(one)
            case .settlement(let settlement): settlements.append(SettledCase(one, settlement))
            }
        }
        return try await database.transaction { [progress, withdrawals, settlements] (session) throws(PostgresError) in
            var result = WriteResult()
            try Self.tally(calls, worker, session)
            try Self.noteProgress(progress, run, worker, session)
            // Compared before the withdrawal changes the rows.
            let fit = try Self.asKnown(settlements.filter(\.settlement.withdrawsIntent).map(\.one), session)
            let back = withdrawals + settlements.map(\.one).filter { fit.contains($0.accountID) }
            try Self.withdraw(back, run, worker, session)
            try Self.tellWithdrawn(withdrawals, run, worker, session, into: &result)
            let due = settlements.filter { !$0.settlement.withdrawsIntent || fit.contains($0.one.accountID) }
            try Self.settle(due, run, worker, session, into: &result)
            let stale = settlements.map(\.one).filter { one in !due.contains { $0.one.accountID == one.accountID } }
            try Self.sort(stale, run, worker, session, into: &result)
            return result
        }
    }

    struct SettledCase: Sendable {
        var one: Case
        var settlement: Settlement

        init(_ one: Case, _ settlement: Settlement) {
            self.one = one
            self.settlement = settlement
        }
    }

    /// Those of the cases whose account is still as the case knows it, locked.
    private static func asKnown(
        _ cases: [Case], _ session: borrowing Session
    ) throws(PostgresError) -> Set<AccountID> {
        guard !cases.isEmpty else { return [] }
        let fit = try session.query(
            """
            with \(SQL.held(cases))
            select k.account_id from known k left join held a on a.account_id = k.account_id
            where (a.account_id is not null) = k.is_there and (not k.is_there or \(SQL.isAsKnown))
            """
        ) { (row) throws(PostgresError) in try row.accountID(0) }
        return Set(fit)
    }

    /// The accounts as the withdrawals left them; what is another worker's is lost.
    private static func tellWithdrawn(
        _ cases: [Case], _ run: OpenRun, _ worker: Worker, _ session: borrowing Session,
        into result: inout WriteResult
    ) throws(PostgresError) {
        guard !cases.isEmpty else { return }
        let ids = cases.map(\.accountID)
        // An intent that still stands is not the one that was to be taken back.
        let standing = try openCases(among: ids, run, worker, session, withIntent: true)
        try disown(cases.filter { standing.contains($0.accountID) }, run, worker, session)
        let ours = try openCases(among: ids, run, worker, session)
        result.withdrawn = try news(of: ours, since: run.startedAt, session).mapValues(\.account)
        result.lost += ids.filter { !ours.contains($0) }
    }

    private static func noteProgress(
        _ cases: [Case], _ run: OpenRun, _ worker: Worker, _ session: borrowing Session
    ) throws(PostgresError) {
        guard !cases.isEmpty else { return }
        _ = try session.execute(
            """
            with told as (
                select * from unnest(\(cases.map(\.accountID.rawValue)), \(cases.map { $0.progress?.rawValue }),
                    \(cases.map(\.jobID)), \(cases.map(\.apiCalls)), \(cases.map(\.polls)),
                    \(cases.map { $0.sentAt?.microseconds }), \(cases.map { $0.intendedAt?.microseconds }),
                    \(cases.map(\.jobBefore)))
                    as t (account_id, answer, job_id, api_calls, polls, sent_at, intended, earlier_job)
            ), noted as (
                update mono.reconciliation_cases c set sync_answer = t.answer, sync_job_id = t.job_id,
                    api_calls = t.api_calls, polls = t.polls
                from told t
                where c.run_id = \(run.runID) and c.account_id = t.account_id and c.worker = \(worker.name)
                    and c.outcome is null
                    and c.sync_intended_at = timestamptz 'epoch' + t.intended * interval '1 microsecond'
                returning c.account_id, t.job_id, t.sent_at, t.earlier_job
            )
            update mono.accounts a set
                -- An event may have taught a later job since.
                last_sync_job_id = case
                    when a.last_sync_job_id is distinct from n.earlier_job then a.last_sync_job_id
                    else coalesce(n.job_id, a.last_sync_job_id)
                end,
                job_event_time = case
                    when a.last_sync_job_id is distinct from n.earlier_job or n.job_id is null then a.job_event_time
                    else a.last_event_time
                end,
                last_sync_requested_at = greatest(a.last_sync_requested_at,
                    timestamptz 'epoch' + n.sent_at * interval '1 microsecond')
            from noted n where a.account_id = n.account_id
            """)
    }

    /// Takes intents back that did nothing at Mono: the account is as it was before.
    private static func withdraw(
        _ cases: [Case], _ run: OpenRun, _ worker: Worker, _ session: borrowing Session
    ) throws(PostgresError) {
        guard !cases.isEmpty else { return }
        _ = try session.execute(
            """
            with back as (
                select b.account_id, timestamptz 'epoch' + b.requested * interval '1 microsecond' as requested,
                    timestamptz 'epoch' + b.intended * interval '1 microsecond' as intended
                from unnest(\(cases.map(\.accountID.rawValue)), \(cases.map { $0.requestedBeforeIntent?.microseconds }),
                    \(cases.map { $0.intendedAt?.microseconds }))
                    as b (account_id, requested, intended)
            ), old as (
                select c.account_id, c.sync_intended_at, b.requested
                from mono.reconciliation_cases c join back b on b.account_id = c.account_id
                where c.run_id = \(run.runID) and c.worker = \(worker.name) and c.outcome is null
                    and c.sync_intended_at = b.intended
                for update of c
            ), noted as (
                update mono.reconciliation_cases c set sync_intended_at = null, had_data = null, sync_answer = null,
                    sync_job_id = null
                from old o where c.run_id = \(run.runID) and c.account_id = o.account_id
            )
            update mono.accounts a set
                last_sync_requested_at = case
                    when a.last_sync_requested_at >= o.sync_intended_at then o.requested
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

    private static func settle(
        _ settled: [SettledCase], _ run: OpenRun, _ worker: Worker, _ session: borrowing Session,
        into result: inout WriteResult
    ) throws(PostgresError) {
        guard !settled.isEmpty else { return }
        let cases = settled.map(\.one)
        let done = try session.query(
            """
            with \(SQL.held(cases)), told as (\(SQL.told(settled))), fit as (
                select t.*, k.steps, k.intended from told t join known k on k.account_id = t.account_id
                left join held a on a.account_id = t.account_id
                where t.withdrawn or (a.account_id is not null) = k.is_there and (not k.is_there or \(SQL.isAsKnown))
            ), closed as (
                update mono.reconciliation_cases c set outcome = f.outcome, detail = f.detail, settled_at = now(),
                    sync_answer = f.answer, sync_job_id = f.job_id, api_calls = f.api_calls, polls = f.polls,
                    data_status_before = coalesce(f.status_before, c.data_status_before),
                    data_status_after = f.status_after, data_request_id = f.data_request_id,
                    institution = coalesce(c.institution, f.institution),
                    bank_code = coalesce(c.bank_code, f.bank_code), steps = f.steps::jsonb,
                    next_attempt_at = timestamptz 'epoch' + f.next_attempt * interval '1 microsecond',
                    reauth_link = f.reauth_link
                from fit f
                where c.run_id = \(run.runID) and c.account_id = f.account_id and c.worker = \(worker.name)
                    and c.outcome is null
                    and c.sync_intended_at is not distinct from case when not f.withdrawn then f.intended end
                returning f.*, c.sync_intended_at
            ), repaired as (\(SQL.repair))
            select account_id from closed
            """
        ) { (row) throws(PostgresError) in try row.accountID(0) }
        result.settled = done
        try sort(cases.filter { !done.contains($0.accountID) }, run, worker, session, into: &result)
    }

    /// What was not settled now was settled before (the answer was lost), is another worker's, or had changed.
    private static func sort(
        _ cases: [Case], _ run: OpenRun, _ worker: Worker, _ session: borrowing Session,
        into result: inout WriteResult
    ) throws(PostgresError) {
        guard !cases.isEmpty else { return }
        let missing = cases.map(\.accountID)
        try disown(cases, run, worker, session)
        let rows = try session.query(
            """
            select c.account_id, c.outcome is not null, c.worker is not distinct from \(worker.name)
            from mono.reconciliation_cases c
            where c.run_id = \(run.runID) and c.account_id = any(\(missing.map(\.rawValue)))
            """
        ) { (row) throws(PostgresError) in (try row.accountID(0), isSettled: try row.bool(1), isOurs: try row.bool(2)) }
        let ours = rows.filter(\.isOurs)
        result.settled += ours.filter(\.isSettled).map { $0.0 }
        let open = ours.filter { !$0.isSettled }.map { $0.0 }
        result.lost += missing.filter { id in !ours.contains { $0.0 == id } }
        result.refused.merge(try news(of: open, since: run.startedAt, session)) { first, _ in first }
    }
}

extension SQL {
    /// The settlements as rows of `told`.
    static func told(_ settled: [Ledger.SettledCase]) -> SQL {
        let cases = settled.map(\.one)
        let endings = settled.map(\.settlement)
        return """
            select t.* from unnest(\(cases.map(\.accountID.rawValue)), \(endings.map(\.outcome.rawValue)),
                \(endings.map(\.detail)), \(endings.map(\.clearsFlag)), \(endings.map(\.withdrawsIntent)),
                \(endings.map { $0.nextAttemptAt?.microseconds }), \(cases.map { $0.progress?.rawValue }),
                \(cases.map(\.jobID)), \(cases.map(\.apiCalls)), \(cases.map(\.polls)),
                \(cases.map(\.statusBefore)), \(cases.map(\.statusAfter)),
                \(cases.map { $0.learned?.dataRequestID }), \(cases.map { $0.learned?.institution }),
                \(cases.map { $0.learned?.bankCode }), \(cases.map { $0.sentAt?.microseconds }),
                \(endings.map { $0.reauthLink?.value }), \(cases.map(\.jobBefore)))
                as t (account_id, outcome, detail, clears_flag, withdrawn, next_attempt, answer, job_id, api_calls, polls,
                    status_before, status_after, data_request_id, institution, bank_code, sent_at, reauth_link,
                    earlier_job)
            """
    }

    /// What each outcome writes into the account (design §5, "Settling writes").
    ///
    /// A fact that is written counts as being of `last_event_time`: no older event that comes late changes it back.
    static let repair: SQL = """
        update mono.accounts a set
            data_event_time = case
                when c.outcome in ('already_available', 'recovered') then a.last_event_time else a.data_event_time
            end,
            status_event_time = case
                when c.status_after is null then a.status_event_time else a.last_event_time
            end,
            debt_event_time = case
                when c.outcome in ('already_available', 'recovered', 'partial', 'bank_unavailable', 'provider_failed',
                    'incomplete_statement') then a.last_event_time
                else a.debt_event_time
            end,
            flag_event_time = case
                when c.outcome = 'reauthorisation_required' or c.clears_flag then a.last_event_time
                else a.flag_event_time
            end,
            job_event_time = case when c.job_id is null then a.job_event_time else a.last_event_time end,
            failure_event_time = case
                when c.outcome in ('still_processing', 'deferred', 'errored') then a.failure_event_time
                else a.last_event_time
            end,
            data_available = a.data_available or c.outcome in ('already_available', 'recovered'),
            data_status = coalesce(c.status_after, a.data_status),
            last_updated_at = case
                when c.outcome in ('already_available', 'recovered') then now() else a.last_updated_at
            end,
            awaiting_update_since = case
                when c.outcome in ('already_available', 'recovered') then null
                when c.outcome in ('partial', 'bank_unavailable', 'provider_failed', 'incomplete_statement')
                    then coalesce(a.awaiting_update_since, now())
                else a.awaiting_update_since
            end,
            reauthorisation_required_since = case
                when c.outcome = 'reauthorisation_required' then coalesce(a.reauthorisation_required_since, now())
                when c.clears_flag then null
                else a.reauthorisation_required_since
            end,
            consecutive_failures = case
                when c.outcome in ('already_available', 'recovered') then 0
                when c.outcome in ('still_processing', 'deferred', 'errored') then a.consecutive_failures
                else a.consecutive_failures + 1
            end,
            retry_after = case
                when c.outcome in ('already_available', 'recovered') then null else a.retry_after
            end,
            -- The job of the sync that was last requested, or none: an earlier one's would be taken for it. What an
            -- event has taught since stays.
            last_sync_job_id = case
                when c.sync_intended_at is null or a.last_sync_job_id is distinct from c.earlier_job
                    then a.last_sync_job_id
                else c.job_id
            end,
            last_sync_requested_at = case
                when c.withdrawn then a.last_sync_requested_at
                else greatest(a.last_sync_requested_at, timestamptz 'epoch' + c.sent_at * interval '1 microsecond')
            end,
            institution = coalesce(a.institution, c.institution),
            bank_code = coalesce(a.bank_code, c.bank_code)
        from closed c where a.account_id = c.account_id and a.unlinked_at is null
        """
}
