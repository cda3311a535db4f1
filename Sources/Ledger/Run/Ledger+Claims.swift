import Postgres
import Reconciliation

extension Ledger {
    /// The most syncs of dead workers that are taken up at a time.
    private static let adoptionLimit = 500

    /// Frees what a claim of this worker took whose answer was lost.
    func freeClaim(_ number: Int, of run: OpenRun, _ session: borrowing Session) throws(PostgresError) {
        try session.execute(
            """
            update mono.reconciliation_cases set worker = null
            where run_id = \(run.runID) and worker = \(worker.name) and claim_number = \(number)::int
                and outcome is null
            """)
    }

    /// Claims up to `limit` open cases that no living worker holds, in the run's order, and first of all the syncs that
    /// dead workers have left under way, up to ``adoptionLimit``; with their accounts and events as they are now.
    func claim(
        _ limit: Int, _ number: Int, of run: OpenRun, _ session: borrowing Session
    ) throws(PostgresError) -> [Claim] {
        var claims = try take(limit, number, of: run, session)
        let missing = limit - claims.count { $0.intent == nil }
        if missing > 0, run.kind == .nightly, try selectSlice(of: run, session) {
            claims += try take(missing, number, of: run, session)
        }
        let events = try Self.events(of: claims.map(\.accountID), since: run.startedAt, session)
        for index in claims.indices {
            claims[index].news.events = events[claims[index].accountID] ?? []
        }
        return claims
    }

    /// Whether open cases are left that this worker does not hold, or accounts that have none yet.
    func hasMore(
        of run: OpenRun, _ session: borrowing Session
    ) throws(PostgresError) -> Bool {
        try session.value(
            """
            select exists (
                select from mono.reconciliation_cases c
                where c.run_id = \(run.runID) and c.outcome is null and c.worker is distinct from \(worker.name)
                union all
                select from mono.reconciliation_runs r where r.run_id = \(run.runID) and r.selecting)
            """) ?? false
    }

    private func take(
        _ limit: Int, _ number: Int, of run: OpenRun, _ session: borrowing Session
    ) throws(PostgresError) -> [Claim] {
        try session.query(
            """
            with alive as materialized (\(SQL.liveWorkers)), adopted as materialized (
                select c.account_id from mono.reconciliation_cases c
                where c.run_id = \(run.runID) and c.outcome is null and c.sync_intended_at is not null
                    and c.worker is distinct from \(worker.name)
                    and (c.worker is null or c.worker not in (select worker from alive))
                order by c.position for update skip locked limit \(Self.adoptionLimit)
            ), fresh as materialized (
                select c.account_id from mono.reconciliation_cases c
                where c.run_id = \(run.runID) and c.outcome is null and c.sync_intended_at is null
                    and c.worker is distinct from \(worker.name)
                    and (c.worker is null or c.worker not in (select worker from alive))
                order by c.position for update skip locked limit \(limit)::int
            ), picked as (
                select account_id from adopted union all select account_id from fresh
            ), taken as (
                update mono.reconciliation_cases c set worker = \(worker.name), claim_number = \(number)::int
                from picked p where c.run_id = \(run.runID) and c.account_id = p.account_id
                returning c.*
            )
            select c.account_id, c.reason, c.institution, a.last_tried_at is not null as was_tried,
                \(SQL.possible("c.stuck_since")) as stuck_since, c.sync_intended_at, coalesce(c.had_data, false) as had_data,
                c.sync_answer, c.sync_job_id, c.job_before, c.api_calls, c.polls, \(SQL.steps), \(SQL.accountState),
                f.found ->> 'outcome' as found_outcome, f.found ->> 'cause' as found_cause,
                (f.found ->> 'clears_flag')::boolean as found_clears_flag
            from taken c left join mono.accounts a on a.account_id = c.account_id
            left join lateral (\(foundEarlier(run))) f on c.sync_intended_at is null
            order by c.position
            """
        ) { (row) throws(PostgresError) in try row.claim() }
    }
}

/// What the newest earlier case of an account `a` found out and could not write, where nothing has come since.
private func foundEarlier(_ run: OpenRun) -> SQL {
    """
    select case
        when p.found ->> 'outcome' = any(\(KeptResult.kept(by: run.kind)))
            and coalesce(greatest(a.awaiting_update_since, a.reauthorisation_required_since) <= p.settled_at, true)
            and not exists (
                select from mono.webhook_events e
                where e.account_id = p.account_id and e.received_at > p.settled_at and e.effect = 'applied')
        then p.found
    end as found
    from (
        select n.account_id, n.found, n.settled_at from mono.reconciliation_cases n
        where n.account_id = c.account_id and n.run_id <> \(run.runID) and n.settled_at is not null
        order by n.run_id desc limit 1
    ) p
    """
}

extension Row {
    /// A claimed case; its events come separately.
    fileprivate func claim() throws(PostgresError) -> Claim {
        var intent: Claim.PastIntent?
        if let at: Timestamp = try self["sync_intended_at"] {
            intent = Claim.PastIntent(
                at: at, hadData: try self["had_data"], answer: try word("sync_answer"), jobID: try self["sync_job_id"],
                jobBefore: try self["job_before"])
        }
        return Claim(
            accountID: try self["account_id"], reason: try self["reason"], stuckSince: try self["stuck_since"],
            institution: try self["institution"], wasTried: try self["was_tried"],
            news: News(account: try accountState()), intent: intent, found: try finding(),
            apiCalls: try self["api_calls"],
            polls: try self["polls"], steps: try steps())
    }
}
