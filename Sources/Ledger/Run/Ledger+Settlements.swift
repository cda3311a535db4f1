import Postgres
import Reconciliation

extension Ledger {
    /// Settles cases whose account is as they know it, and applies each one's ``AccountChange``.
    ///
    /// The comparison is made before for a settlement that withdraws its intent. What is evident of a sync is taken from
    /// whoever knows that very sync, also when the case is another worker's by now: a worker that was taken for dead may
    /// have the answer that its successor waits for in vain.
    ///
    /// - Returns: Those that were settled by this statement.
    func settle(
        _ settled: [SettledCase], of run: OpenRun, _ session: borrowing Session
    ) throws(PostgresError) -> [AccountID] {
        guard !settled.isEmpty else { return [] }
        return try session.column(
            """
            with told as materialized (\(SQL.told(settled))), held as materialized (\(SQL.heldAccounts)), zone as materialized (
                select mono.known_zone(\(run.options.timeZone)) as name
            ), fit as (
                select s.*, \(SQL.coolDownEnd(foundBy: run.startedAt)) as alone_until
                from (
                    select t.*, \(SQL.standingAfter), \(SQL.possible("a.retry_after")) as alone_before
                    from told t left join held a on a.account_id = t.account_id
                    where t.is_withdrawn or \(SQL.isAsKnownOrGone)
                ) s
            ), closed as (
                update mono.reconciliation_cases c set worker = \(worker.name), outcome = f.outcome,
                    cause = f.cause, detail = f.detail, settled_at = now(), sync_answer = f.answer,
                    sync_job_id = f.job_id, api_calls = f.api_calls,
                    tried = c.sync_intended_at is not null or f.outcome = any(\(SQL.evident))
                        or (f.outcome = \(Outcome.errored.rawValue) and f.api_calls > 0),
                    standing_outcome = f.stands_outcome, standing_cause = f.stands_cause,
                    standing_since = f.stands_since,
                    polls = f.polls, data_status_before = coalesce(f.status_before, c.data_status_before),
                    data_status_after = f.status_after, data_request_id = f.data_request_id,
                    institution = coalesce(c.institution, f.institution),
                    bank_code = coalesce(c.bank_code, f.bank_code), steps = f.steps,
                    next_attempt_at = case
                        when f.outcome = any(\(SQL.evident)) then greatest(f.next_attempt, f.alone_until)
                        else f.next_attempt
                    end,
                    reauth_link = f.reauth_link
                from fit f
                where c.run_id = \(run.runID) and c.account_id = f.account_id and c.outcome is null
                    and c.sync_intended_at is not distinct from case when not f.is_withdrawn then f.intended end
                    and (c.worker = \(worker.name) or (c.sync_intended_at = f.intended and f.outcome = any(\(SQL.evident))))
                returning f.*, c.sync_intended_at, c.institution as bank
            ), changed as (\(SQL.changedAccounts(run.runID))), judged as (\(SQL.judgedBanks))
            select account_id from closed
            """)
    }

    /// Settles cases whose account's row cannot be written: only their own rows change.
    func settleSparing(
        _ settled: [SettledCase], of run: OpenRun, _ session: borrowing Session
    ) throws(PostgresError) -> [AccountID] {
        guard !settled.isEmpty else { return [] }
        return try session.column(
            """
            with told as materialized (\(SQL.told(settled)))
            update mono.reconciliation_cases c set outcome = t.outcome, cause = t.cause, detail = t.detail,
                settled_at = now(), found = t.found, sync_answer = t.answer, sync_job_id = t.job_id,
                api_calls = t.api_calls, polls = t.polls, tried = c.sync_intended_at is not null or t.api_calls > 0,
                (standing_outcome, standing_cause, standing_since) = (
                    select a.standing_outcome, a.standing_cause, a.standing_since from mono.accounts a
                    where a.account_id = c.account_id and a.unlinked_at is null),
                data_status_before = coalesce(t.status_before, c.data_status_before),
                data_status_after = t.status_after, data_request_id = t.data_request_id,
                institution = coalesce(c.institution, t.institution), bank_code = coalesce(c.bank_code, t.bank_code),
                steps = t.steps, next_attempt_at = t.next_attempt, reauth_link = t.reauth_link
            from told t
            where c.run_id = \(run.runID) and c.account_id = t.account_id and c.outcome is null
                and c.worker = \(worker.name) and c.sync_intended_at is not distinct from t.intended
            returning c.account_id
            """)
    }

    /// Tells why cases were not settled by this write: they were settled before (the answer was lost), they are another
    /// worker's, or their account had changed.
    func tellUnsettled(
        _ cases: [CaseSnapshot], of run: OpenRun, _ session: borrowing Session, into result: inout WriteResult
    ) throws(PostgresError) {
        guard !cases.isEmpty else { return }
        let accounts = cases.map(\.accountID)
        try disown(cases, of: run, session)
        let ours = try session.query(
            """
            select c.account_id, c.outcome is not null as is_settled from mono.reconciliation_cases c
            where c.run_id = \(run.runID) and c.account_id = any(\(accounts)) and c.worker = \(worker.name)
            """
        ) { (row) throws(PostgresError) -> (account: AccountID, isSettled: Bool) in
            (try row["account_id"], try row["is_settled"])
        }
        let isOurs = Set(ours.map(\.account))
        result.settled += ours.filter(\.isSettled).map(\.account)
        result.lost += accounts.filter { !isOurs.contains($0) }
        result.refused = try news(of: ours.filter { !$0.isSettled }.map(\.account), since: run.startedAt, session)
    }
}

extension SQL {
    /// Applies the ``AccountChange`` of each case in `closed`, and what the case learned of its account.
    ///
    /// A fact that is written counts as being of `last_event_time`: no older event that comes late changes it back.
    fileprivate static func changedAccounts(_ runID: Int64) -> SQL {
        """
        update mono.accounts a set
            data_available = a.data_available or c.brings_data,
            data_event_time = case when c.brings_data then a.last_event_time else a.data_event_time end,
            last_updated_at = case when c.brings_data then now() else a.last_updated_at end,
            awaiting_update_since = case c.debt
                when 'cleared' then null
                when 'owed' then coalesce(a.awaiting_update_since, now())
                else a.awaiting_update_since
            end,
            debt_event_time = case when c.debt = 'keep' then a.debt_event_time else a.last_event_time end,
            reauthorisation_required_since = case c.flag
                when 'cleared' then null
                when 'raised' then coalesce(a.reauthorisation_required_since, now())
                else a.reauthorisation_required_since
            end,
            flag_event_time = case when c.flag = 'keep' then a.flag_event_time else a.last_event_time end,
            consecutive_failures = case c.failures
                when 'none' then 0
                when 'one_more' then least(a.consecutive_failures, 2147483646) + 1
                else a.consecutive_failures
            end,
            retry_after = c.alone_until,
            failure_event_time = case when c.failures = 'keep' then a.failure_event_time else a.last_event_time end,
            data_status = coalesce(c.status_after, a.data_status),
            status_event_time = case
                when c.status_after is null then a.status_event_time else a.last_event_time
            end,
            -- The job of the sync that was last requested, or none: an earlier one's would be taken for it. What an
            -- event has taught since stays.
            last_sync_job_id = case
                when c.sync_intended_at is null or a.last_sync_job_id is distinct from c.job_before
                    then a.last_sync_job_id
                else c.job_id
            end,
            job_event_time = case when c.job_id is null then a.job_event_time else a.last_event_time end,
            last_sync_requested_at = case
                when c.is_withdrawn then a.last_sync_requested_at
                else greatest(a.last_sync_requested_at, c.sent_at)
            end,
            last_tried_at = case
                when c.api_calls > 0 or c.sync_intended_at is not null then greatest(a.last_tried_at, now())
                else a.last_tried_at
            end,
            institution = coalesce(a.institution, c.institution),
            bank_code = coalesce(a.bank_code, c.bank_code),
            standing_outcome = c.stands_outcome, standing_cause = c.stands_cause, standing_since = c.stands_since,
            standing_run_id = case
                when c.outcome <> all(\(evident)) then a.standing_run_id
                when c.stands_outcome is not null then \(runID)::bigint
            end
        from closed c
        where a.account_id = c.account_id and a.unlinked_at is null
            and c.cause <> \(Cause.unreadableAccount.rawValue)
        """
    }

    /// What is known of an account `a` after the case `t`: `Standing.after`.
    fileprivate static let standingAfter: SQL = """
        case
            when t.outcome <> all(\(evident)) then a.standing_outcome
            when t.outcome <> all(\(resolved)) and a.unlinked_at is null and a.account_id is not null then t.outcome
        end as stands_outcome,
        case
            when t.outcome <> all(\(evident)) then a.standing_cause
            when t.outcome <> all(\(resolved)) and a.unlinked_at is null and a.account_id is not null then t.cause
        end as stands_cause,
        case
            when t.outcome <> all(\(evident)) then a.standing_since
            when t.outcome <> all(\(resolved)) and a.unlinked_at is null and a.account_id is not null
            then case when a.standing_outcome = t.outcome then a.standing_since else now() end
        end as stands_since
        """

    /// Until when nightly runs leave the account of the case `s` alone: `CoolDown.end`; only evidence changes it.
    fileprivate static func coolDownEnd(foundBy start: Timestamp) -> SQL {
        let night: SQL = """
            greatest(1, mono.night_of(\(start), (select name from zone))
                - mono.night_of(coalesce(\(possible("s.stands_since")), now()), (select name from zone)) + 1)
            """
        let rules = Outcome.allCases.compactMap { outcome in CoolDown(of: outcome).map { (outcome, $0) } }
        let ends = rules.reduce("" as SQL) { ends, rule in
            let (outcome, coolDown) = rule
            let last = coolDown.nights.last ?? 1
            return """
                \(ends)
                when s.stands_outcome = \(outcome.rawValue) then (
                    select \(start) - \(CoolDown.lead) + interval '24 hours' * (coalesce(
                        (select min(n) from unnest(\(coolDown.nights)) n where n > k.night),
                        \(last)::int + \(coolDown.period)::int * ((k.night - \(last)::int) / \(coolDown.period)::int + 1)
                    ) - k.night)
                    from (select \(night) as night) k)
                """
        }
        return "case when s.outcome <> all(\(evident)) then s.alone_before \(ends) end"
    }

    /// What the cases in `closed` show of their banks.
    ///
    /// What was settled at once counts as failed before it delivered.
    fileprivate static let judgedBanks: SQL = """
        insert into mono.bank_health as h (bank, last_delivery_at, failing_since, last_failure_at, failures)
        select b.bank, case when b.has_delivered then now() end, case when not b.has_delivered then now() end,
            case when b.failures > 0 then now() end, case when b.has_delivered then 0 else b.failures end
        from (
            select c.bank, bool_or(c.outcome = any(\(Outcome.allCases.filter(\.isDeliveryOfBank)))) as has_delivered,
                count(*) filter (where c.outcome = any(\(Outcome.allCases.filter(\.isFailureOfBank)))) as failures
            from closed c
            where c.bank <> '' and c.outcome = any(\(Outcome.allCases.filter { $0.isDeliveryOfBank || $0.isFailureOfBank }))
                and c.cause = any(\(Cause.allCases.filter(\.showsBank).map(\.rawValue)))
            group by c.bank order by c.bank
        ) b
        on conflict (bank) do update set
            last_delivery_at = coalesce(excluded.last_delivery_at, h.last_delivery_at),
            failing_since = case
                when excluded.last_delivery_at is null then least(h.failing_since, excluded.failing_since)
            end,
            last_failure_at = coalesce(excluded.last_failure_at, h.last_failure_at),
            failures = case when excluded.last_delivery_at is null then h.failures + excluded.failures else 0 end
        """
}
