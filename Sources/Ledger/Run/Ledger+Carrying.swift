import Postgres
import Reconciliation

/// Accounts of which something is known stay in every night's list, whether or not the run gets to them.
extension Ledger {
    /// Gives the accounts that stand unresolved, are stuck or flagged, and have no case in the run, one that only carries
    /// what is known: put off for `cause`, unless another run has the account in hand or Mono's limit holds it back.
    ///
    /// An account in its cool-down is not put off: its case has its standing as outcome, and the time of the next try.
    func carry(
        _ cause: Cause, detail: String, of run: OpenRun, _ session: borrowing Session
    ) throws(PostgresError) {
        guard isSparing else { return try carry(cause, detail: detail, of: run, only: nil, session) }
        let standing: [AccountID] = try session.column(
            """
            select a.account_id from mono.accounts a
            where a.standing_outcome is not null and a.unlinked_at is null and not exists (
                select from mono.reconciliation_cases c
                where c.run_id = \(run.runID) and c.account_id = a.account_id offset 0)
            """)
        try session.sparing(standing) { (part) throws(PostgresError) in
            try carry(cause, detail: detail, of: run, only: part, session)
        }
    }

    private func carry(
        _ cause: Cause, detail: String, of run: OpenRun, only accounts: [AccountID]?, _ session: borrowing Session
    ) throws(PostgresError) {
        let rules = run.options.rules
        let isOne: SQL = if let accounts { "a.account_id = any(\(accounts))" } else { "true" }
        // Counted from the run's start, as the selection does: what was held back then was never its turn.
        try session.execute(
            """
            insert into mono.reconciliation_cases
                (run_id, account_id, customer_ref, institution, bank_code, data_status_before, reason, stuck_since, tried,
                outcome, cause, detail, standing_outcome, standing_cause, standing_since, next_attempt_at, settled_at)
            select \(run.runID)::bigint, a.account_id, a.customer_ref, a.institution, a.bank_code, a.data_status,
                \(SQL.reason(stuckAfter: rules.stuckAfter)), \(SQL.stuckSince), false,
                case when k.cause = \(Cause.coolDown.rawValue) then a.standing_outcome else \(Outcome.deferred.rawValue) end,
                case when k.cause = \(Cause.coolDown.rawValue) then a.standing_cause else k.cause end,
                case k.cause
                    when \(Cause.coolDown.rawValue) then 'in its cool-down'
                    when \(Cause.inOtherRun.rawValue) then 'another run has the account in hand'
                    when \(Cause.tooSoon.rawValue) then 'a sync was requested less than Mono''s limit before the run'
                    else \(detail)
                end,
                a.standing_outcome, a.standing_cause, a.standing_since,
                case
                    when k.cause = \(Cause.coolDown.rawValue) then a.retry_after
                    when k.cause = \(Cause.tooSoon.rawValue) and k.free_at > now() then k.free_at
                end, now()
            from mono.accounts a cross join lateral (
                select f.free_at, case
                    when not \(run.options.force) and \(SQL.isPossible("a.retry_after")) and a.retry_after > \(run.startedAt)
                    then \(Cause.coolDown.rawValue)
                    when exists (
                        select from mono.reconciliation_cases o where o.account_id = a.account_id and o.outcome is null)
                    then \(Cause.inOtherRun.rawValue)
                    when f.free_at > \(run.startedAt) then \(Cause.tooSoon.rawValue)
                    else \(cause.rawValue)
                end as cause
                from (select \(SQL.possible("a.last_sync_requested_at")) + \(rules.syncLimit) as free_at) f
            ) k
            where a.standing_outcome is not null and a.unlinked_at is null and \(isOne)
                and exists (
                    select from mono.reconciliation_runs r where r.run_id = \(run.runID) and r.finished_at is null)
                and (a.reauthorisation_required_since is not null
                    or a.awaiting_update_since <= \(run.startedAt) - \(rules.stuckAfter))
                and not exists (
                    select from mono.reconciliation_cases c
                    where c.run_id = \(run.runID) and c.account_id = a.account_id offset 0)
            on conflict do nothing
            """)
    }

    /// The same for a run that was not stopped: what it left, it left out for its limit, or Mono's.
    func carryRest(of run: OpenRun, _ session: borrowing Session) throws(PostgresError) {
        switch (run.options.limit, run.options.maxCalls) {
        case (let limit?, let calls) where limit <= calls ?? limit:
            try carry(.limit, detail: "left out by --limit \(limit)", of: run, session)
        case (_, let calls?): try carry(.budget, detail: "left out by --max-calls \(calls)", of: run, session)
        case (_, nil): try carry(.notDue, detail: "not due at the start of the run", of: run, session)
        }
    }
}
