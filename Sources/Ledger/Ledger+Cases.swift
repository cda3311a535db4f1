package import Postgres
package import Reconciliation

extension Ledger {
    /// Claims up to `limit` open cases that no living worker holds, in the run's order, and first of all the syncs that
    /// dead workers have left under way, up to ``adoptionLimit``.
    ///
    /// They come with their accounts as they are now. `more`: open cases are left that this worker does not hold. After
    /// a claim whose answer was lost, `holding` names what is really at hand, so that the others are claimed again.
    package func claim(
        of run: OpenRun, limit: Int, holding: [AccountID]? = nil
    ) async throws(PostgresError) -> (claims: [Claim], more: Bool) {
        let worker = worker
        let claimed = try await database.transaction { (session) throws(PostgresError) -> ClaimedBatch in
            if let holding { try Self.release(run, except: holding, worker, session) }
            var claims = try Self.take(run, limit: limit, worker: worker, session)
            let events = try Self.events(of: claims.map(\.accountID), since: run.startedAt, session)
            for index in claims.indices {
                claims[index].news.events = events[claims[index].accountID] ?? []
            }
            let more = try session.first(
                """
                select exists (
                    select from mono.reconciliation_cases c
                    where c.run_id = \(run.runID) and c.outcome is null and c.worker is distinct from \(worker.name))
                """
            ) { (row) throws(PostgresError) in try row.bool(0) }
            return ClaimedBatch(claims: claims, more: more ?? false)
        }
        return (claimed.claims, claimed.more)
    }

    private static func release(
        _ run: OpenRun, except held: [AccountID], _ worker: Worker, _ session: borrowing Session
    ) throws(PostgresError) {
        _ = try session.execute(
            """
            update mono.reconciliation_cases set worker = null
            where run_id = \(run.runID) and worker = \(worker.name) and outcome is null
                and account_id <> all(\(held.map(\.rawValue)))
            """)
    }

    /// The most syncs of dead workers that are taken up at a time.
    private static let adoptionLimit = 500

    private struct ClaimedBatch: Sendable {
        var claims: [Claim]
        var more: Bool
    }

    private static func take(
        _ run: OpenRun, limit: Int, worker: Worker, _ session: borrowing Session
    ) throws(PostgresError) -> [Claim] {
        try session.query(
            """
            with alive as materialized (\(SQL.liveWorkers)), adopted as materialized (
                select c.account_id from mono.reconciliation_cases c
                where c.run_id = \(run.runID) and c.outcome is null and c.sync_intended_at is not null
                    and c.worker is distinct from \(worker.name)
                    and (c.worker is null or c.worker not in (select worker from alive))
                order by c.position for update skip locked limit \(adoptionLimit)
            ), fresh as materialized (
                select c.account_id from mono.reconciliation_cases c
                where c.run_id = \(run.runID) and c.outcome is null and c.sync_intended_at is null
                    and c.worker is distinct from \(worker.name)
                    and (c.worker is null or c.worker not in (select worker from alive))
                order by c.position for update skip locked limit \(limit)::int
            ), picked as (
                select account_id from adopted union all select account_id from fresh
            ), taken as (
                update mono.reconciliation_cases c set worker = \(worker.name)
                from picked p where c.run_id = \(run.runID) and c.account_id = p.account_id
                returning c.*
            )
            select c.account_id, c.reason, round(extract(epoch from c.stuck_since) * 1000000)::bigint,
                round(extract(epoch from c.sync_intended_at) * 1000000)::bigint, coalesce(c.had_data, false),
                c.sync_answer, c.sync_job_id, c.job_before, c.api_calls, c.polls, \(SQL.stepArrays),
                \(SQL.accountState)
            from taken c left join mono.accounts a on a.account_id = c.account_id
            order by c.position
            """
        ) { (row) throws(PostgresError) in try row.claim() }
    }

    /// The state of accounts now and their events since a time.
    package func news(
        of accounts: [AccountID], since: Timestamp
    ) async throws(PostgresError) -> [AccountID: News] {
        try await database.run { (session) throws(PostgresError) in
            try Self.news(of: accounts, since: since, session)
        }
    }

    static func news(
        of accounts: [AccountID], since: Timestamp, _ session: borrowing Session
    ) throws(PostgresError) -> [AccountID: News] {
        guard !accounts.isEmpty else { return [:] }
        let rows = try session.query(
            """
            select a.account_id, \(SQL.accountState) from mono.accounts a
            where a.account_id = any(\(accounts.map(\.rawValue)))
            """
        ) { (row) throws(PostgresError) in (try row.accountID(0), try row.accountState(from: 1)) }
        let states = Dictionary(rows) { first, _ in first }
        let events = try events(of: accounts, since: since, session)
        return Dictionary(
            accounts.map { ($0, News(account: states[$0] ?? nil, events: events[$0] ?? [])) }
        ) { first, _ in first }
    }

    /// The applied events of accounts since a time, in order of arrival.
    private static func events(
        of accounts: [AccountID], since: Timestamp, _ session: borrowing Session
    ) throws(PostgresError) -> [AccountID: [EventNote]] {
        guard !accounts.isEmpty else { return [:] }
        let rows = try session.query(
            """
            select e.account_id, e.event_key, e.event, round(extract(epoch from e.received_at) * 1000000)::bigint,
                e.payload #>> '{data,meta,data_status}', e.payload #>> '{data,meta,sync_status}',
                coalesce(e.payload #>> '{data,meta,job_id}', e.payload #>> '{data,id}'),
                e.payload #>> '{data,status}',
                array(select jsonb_array_elements_text(
                    coalesce(e.payload #> '{data,meta,retrieved_data}', '[]'::jsonb)))
            from mono.webhook_events e
            where e.account_id = any(\(accounts.map(\.rawValue))) and e.received_at >= \(SQL.time(since))
                and e.effect = 'applied'
            order by e.received_at
            """
        ) { (row) throws(PostgresError) in (try row.accountID(0), try row.eventNote(from: 1)) }
        return Dictionary(grouping: rows) { $0.0 }.mapValues { $0.map { $0.1 } }
    }

    /// Commits intents: the durable note "I am about to trigger a sync".
    ///
    /// Only for cases of this worker without one, whose account is still as the case knows it and outside Mono's limit.
    /// A case that is settled or another worker's by now is in neither answer; nor is one with an intent that stands
    /// already. That was made by another worker while this one had lost the case, or by a commit whose answer was
    /// lost: nobody knows what came of it, so the case is freed and claimed again as one in doubt.
    package func intend(
        _ cases: [Case], of run: OpenRun
    ) async throws(PostgresError) -> (committed: [AccountID: CommittedIntent], refused: [AccountID: News]) {
        let worker = worker
        let answer = try await database.transaction { (session) throws(PostgresError) -> IntentAnswer in
            try Self.noteIntents(cases, run, worker, session)
            let ids = cases.map(\.accountID)
            let rows = try session.query(
                """
                select a.account_id, round(extract(epoch from c.sync_intended_at) * 1000000)::bigint,
                    \(SQL.accountState)
                from mono.reconciliation_cases c join mono.accounts a on a.account_id = c.account_id
                where c.run_id = \(run.runID) and c.account_id = any(\(ids.map(\.rawValue)))
                    and c.worker = \(worker.name) and c.outcome is null and c.sync_intended_at = now()
                """
            ) { (row) throws(PostgresError) -> (AccountID, CommittedIntent?) in
                guard let at = try row.timestamp(1), let account = try row.accountState(from: 2) else {
                    return (try row.accountID(0), nil)
                }
                return (try row.accountID(0), CommittedIntent(at: at, account: account))
            }
            let committed = Dictionary(rows) { first, _ in first }.compactMapValues { $0 }
            try Self.disown(cases.filter { committed[$0.accountID] == nil }, run, worker, session)
            let others = try Self.openCases(among: ids, run, worker, session).filter { committed[$0] == nil }
            return IntentAnswer(
                committed: committed, refused: try Self.news(of: others, since: run.startedAt, session))
        }
        return (answer.committed, answer.refused)
    }

    /// Frees open cases of this worker whose intent is not the one that the case knows, and names them.
    ///
    /// They were lost to another worker and came back, or a commit's answer was lost: what the scheduler believes of them
    /// is out of date.
    @discardableResult
    static func disown(
        _ cases: [Case], _ run: OpenRun, _ worker: Worker, _ session: borrowing Session
    ) throws(PostgresError) -> [AccountID] {
        guard !cases.isEmpty else { return [] }
        return try session.query(
            """
            with known as (\(SQL.known(cases)))
            update mono.reconciliation_cases c set worker = null from known k
            where c.run_id = \(run.runID) and c.account_id = k.account_id and c.worker = \(worker.name)
                and c.outcome is null and c.sync_intended_at is distinct from k.intended
            returning c.account_id
            """
        ) { (row) throws(PostgresError) in try row.accountID(0) }
    }

    /// Those of the accounts whose case in the run is open and this worker's.
    static func openCases(
        among ids: [AccountID], _ run: OpenRun, _ worker: Worker, _ session: borrowing Session,
        withIntent: Bool = false
    ) throws(PostgresError) -> [AccountID] {
        try session.query(
            """
            select c.account_id from mono.reconciliation_cases c
            where c.run_id = \(run.runID) and c.account_id = any(\(ids.map(\.rawValue)))
                and c.worker = \(worker.name) and c.outcome is null
                and (not \(withIntent)::boolean or c.sync_intended_at is not null)
            """
        ) { (row) throws(PostgresError) in try row.accountID(0) }
    }

    private struct IntentAnswer: Sendable {
        var committed: [AccountID: CommittedIntent]
        var refused: [AccountID: News]
    }

    private static func noteIntents(
        _ cases: [Case], _ run: OpenRun, _ worker: Worker, _ session: borrowing Session
    ) throws(PostgresError) {
        _ = try session.execute(
            """
            with \(SQL.held(cases)), fit as (
                select a.account_id, a.data_available, a.last_sync_job_id, k.steps from held a join known k on k.account_id = a.account_id
                where \(SQL.isAsKnown) and a.unlinked_at is null and (a.last_sync_requested_at is null
                    or a.last_sync_requested_at <= now() - \(SQL.interval(run.options.rules.syncLimit)))
            ), noted as (
                update mono.reconciliation_cases c set sync_intended_at = now(), had_data = f.data_available,
                    job_before = f.last_sync_job_id, sync_answer = null, sync_job_id = null, steps = f.steps::jsonb
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
}

extension SQL {
    /// A case's steps as three arrays.
    static let stepArrays: SQL = """
        array(select s.entry ->> 0 from jsonb_array_elements(c.steps) with ordinality s (entry, n) order by s.n),
        array(select s.entry ->> 1 from jsonb_array_elements(c.steps) with ordinality s (entry, n) order by s.n),
        array(select s.entry ->> 2 from jsonb_array_elements(c.steps) with ordinality s (entry, n) order by s.n)
        """

    /// The cases' accounts as the cases know them (`known`), and as they are and will stay for this transaction (`held`).
    static func held(_ cases: [Case]) -> SQL {
        """
        known as (\(known(cases))), held as materialized (
            select a.* from mono.accounts a where a.account_id = any(\(cases.map(\.accountID.rawValue)))
            order by a.account_id for update
        )
        """
    }

    /// The accounts in the state in which the cases know them.
    static func known(_ cases: [Case]) -> SQL {
        let accounts = cases.map(\.account)
        return """
            select k.account_id, k.is_there, k.data_available,
                timestamptz 'epoch' + k.awaiting * interval '1 microsecond' as awaiting,
                timestamptz 'epoch' + k.flagged * interval '1 microsecond' as flagged,
                timestamptz 'epoch' + k.unlinked * interval '1 microsecond' as unlinked,
                timestamptz 'epoch' + k.intended * interval '1 microsecond' as intended, k.steps
            from unnest(\(cases.map(\.accountID.rawValue)), \(accounts.map { $0 != nil }),
                \(accounts.map { $0?.dataAvailable ?? false }),
                \(accounts.map { $0?.awaitingSince?.microseconds }),
                \(accounts.map { $0?.flaggedSince?.microseconds }),
                \(accounts.map { $0?.unlinkedAt?.microseconds }), \(cases.map { $0.intendedAt?.microseconds }),
                \(cases.map(\.stepsJSON)))
                as k (account_id, is_there, data_available, awaiting, flagged, unlinked, intended, steps)
            """
    }

    /// Nothing that a decision rests on was changed by an event that committed later.
    static let isAsKnown: SQL = """
        (a.data_available, a.awaiting_update_since, a.reauthorisation_required_since, a.unlinked_at)
            is not distinct from (k.data_available, k.awaiting, k.flagged, k.unlinked)
        """
}
