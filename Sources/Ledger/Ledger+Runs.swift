package import Postgres
package import Reconciliation

extension Ledger {
    /// Opens the nightly run and selects its cases, or finds the open one: the unique index decides.
    package func openNightly(_ options: RunOptions) async throws(PostgresError) -> OpenRun {
        let worker = worker
        return try await database.transaction { (session) throws(PostgresError) in
            // The open run may be closed between the two statements: then a new one can be opened.
            for _ in 0..<3 {
                if let run = try Self.insertRun(.nightly, options, session) {
                    try Self.enlist(worker, run.runID, session)
                    try Self.selectCases(of: run, session)
                    return run
                }
                if let run = try Self.openNightly(session) { return run }
            }
            throw PostgresError(.decoding, "the open nightly run's options cannot be read")
        }
    }

    /// Opens a one-off run for the accounts named; those that another run holds open have no case in it.
    package func openOneOff(
        _ accounts: [AccountID], _ options: RunOptions
    ) async throws(PostgresError) -> OpenRun {
        let worker = worker
        return try await database.transaction { (session) throws(PostgresError) in
            guard let run = try Self.insertRun(.oneOff, options, session) else {
                throw PostgresError(.protocolViolation, "a one-off run was refused")
            }
            try Self.enlist(worker, run.runID, session)
            _ = try session.execute(
                """
                insert into mono.reconciliation_cases
                    (run_id, account_id, customer_ref, institution, bank_code, data_status_before, position, reason,
                    stuck_since)
                select \(run.runID)::bigint, a.account_id, a.customer_ref, a.institution, a.bank_code, a.data_status, n.position,
                    case
                        when a.reauthorisation_required_since is not null then 'reauthorisation_required'
                        when a.awaiting_update_since <= now() - \(SQL.interval(options.rules.stuckAfter))
                            then 'missing_update'
                        else 'requested'
                    end,
                    coalesce(a.reauthorisation_required_since, a.awaiting_update_since)
                from unnest(\(accounts.map(\.rawValue))) with ordinality as n (account_id, position)
                join mono.accounts a on a.account_id = n.account_id
                on conflict do nothing
                """)
            return run
        }
    }

    /// Those of the accounts that `mono.accounts` does not have.
    package func unknown(among accounts: [AccountID]) async throws(PostgresError) -> [AccountID] {
        try await database.run { (session) throws(PostgresError) in
            try session.query(
                """
                select n.account_id from unnest(\(accounts.map(\.rawValue))) with ordinality as n (account_id, position)
                where not exists (select from mono.accounts a where a.account_id = n.account_id)
                order by n.position
                """
            ) { (row) throws(PostgresError) in try row.accountID(0) }
        }
    }

    private static func insertRun(
        _ kind: RunKind, _ options: RunOptions, _ session: borrowing Session
    ) throws(PostgresError) -> OpenRun? {
        let stored = options.stored
        return try session.first(
            """
            insert into mono.reconciliation_runs (kind, options)
            values (\(kind.rawValue),
                jsonb_strip_nulls(jsonb_object(\(stored.map(\.name)), \(stored.map(\.value)))))
            on conflict (kind) where finished_at is null and kind = 'nightly' do nothing
            returning run_id, round(extract(epoch from started_at) * 1000000)::bigint
            """
        ) { (row) throws(PostgresError) in
            OpenRun(
                runID: try row.int64(0), kind: kind, startedAt: Timestamp(microseconds: try row.int64(1)),
                options: options, age: .zero, isNew: true, budgetLeft: options.maxCalls)
        }
    }

    private static func selectCases(of run: OpenRun, _ session: borrowing Session) throws(PostgresError) {
        let rules = run.options.rules
        _ = try session.execute(
            """
            with chosen as materialized (
                select * from mono.select_accounts(
                    \(SQL.interval(rules.stuckAfter)), \(SQL.interval(rules.syncLimit)), \(run.options.limit)::int)
            ), made as (
                insert into mono.reconciliation_cases
                    (run_id, account_id, customer_ref, institution, bank_code, data_status_before, reason, stuck_since,
                    position)
                select \(run.runID)::bigint, a.account_id, a.customer_ref, a.institution, a.bank_code, a.data_status,
                    c.reason, c.stuck_since, c.position
                from chosen c join mono.accounts a on a.account_id = c.account_id
                on conflict do nothing
                returning 1
            )
            update mono.reconciliation_runs r
            set not_selected = coalesce((select max(total) from chosen), 0) - (select count(*) from made)
            where r.run_id = \(run.runID)
            """)
    }

    /// The open nightly run; nil when there is none, or its options cannot be read.
    static func openNightly(_ session: borrowing Session) throws(PostgresError) -> OpenRun? {
        let headers = try headers("kind = 'nightly'", session)
        guard let header = headers.first else { return nil }
        return try run(header, session)
    }

    /// One-off runs that were left open by processes that are gone.
    package func strandedOneOffs() async throws(PostgresError) -> [OpenRun] {
        try await database.run { (session) throws(PostgresError) in
            let headers = try Self.headers(
                """
                kind = 'one_off' and not exists (
                    select from mono.workers o where o.run_id = r.run_id and o.worker in (\(SQL.liveWorkers)))
                """, session)
            var runs: [OpenRun] = []
            for header in headers {
                if let run = try Self.run(header, session) { runs.append(run) }
            }
            return runs
        }
    }

    private struct Header {
        var runID: Int64
        var kind: RunKind
        var startedAt: Timestamp
        var age: Duration
        var reserved: Int
    }

    private static func headers(_ condition: SQL, _ session: borrowing Session) throws(PostgresError) -> [Header] {
        try session.query(
            """
            select r.run_id, round(extract(epoch from r.started_at) * 1000000)::bigint,
                round(extract(epoch from now() - r.started_at) * 1000000)::bigint, r.calls_reserved, r.kind
            from mono.reconciliation_runs r where r.finished_at is null and \(condition) order by r.run_id
            """
        ) { (row) throws(PostgresError) in
            Header(
                runID: try row.int64(0), kind: RunKind(rawValue: try row.string(4)) ?? .nightly,
                startedAt: Timestamp(microseconds: try row.int64(1)), age: .microseconds(try row.int64(2)),
                reserved: try row.int(3))
        }
    }

    /// The run with its options; nil when they cannot be read.
    private static func run(_ header: Header, _ session: borrowing Session) throws(PostgresError) -> OpenRun? {
        let pairs = try session.query(
            """
            select o.key, o.value from mono.reconciliation_runs r, jsonb_each_text(r.options) o
            where r.run_id = \(header.runID)
            """
        ) { (row) throws(PostgresError) in (try row.string(0), try row.string(1)) }
        guard let options = RunOptions(stored: Dictionary(pairs) { first, _ in first }) else { return nil }
        return OpenRun(
            runID: header.runID, kind: header.kind, startedAt: header.startedAt, options: options, age: header.age,
            isNew: false, budgetLeft: options.maxCalls.map { max(0, $0 - header.reserved) })
    }

    /// Notes this worker's calls so far, and gives back what it reserved and will not use.
    package func tally(_ calls: CallCounts, unspent: Int, of run: OpenRun) async throws(PostgresError) {
        let worker = worker
        try await database.transaction { (session) throws(PostgresError) in
            try Self.tally(calls, worker, session)
            guard unspent > 0 else { return }
            _ = try session.execute(
                """
                update mono.reconciliation_runs set calls_reserved = calls_reserved - \(unspent)::int
                where run_id = \(run.runID)
                """)
        }
    }

    /// The counts are the worker's totals, so that noting them twice, or late, changes nothing.
    static func tally(_ calls: CallCounts, _ worker: Worker, _ session: borrowing Session) throws(PostgresError) {
        _ = try session.execute(
            """
            update mono.workers set calls_details = greatest(calls_details, \(calls.details)::int),
                calls_trigger = greatest(calls_trigger, \(calls.trigger)::int),
                calls_job = greatest(calls_job, \(calls.job)::int),
                calls_reauth = greatest(calls_reauth, \(calls.reauth)::int)
            where worker = \(worker.name)
            """)
    }

    /// Settles as `deferred` what no living worker holds; with `onlyUntriggered`, cases with an intent stay open, with
    /// `onlyAsLast`, all do while another worker of the run lives.
    package func deferRest(
        of run: OpenRun, why: String, onlyUntriggered: Bool = false, onlyAsLast: Bool = false
    ) async throws(PostgresError) {
        let worker = worker
        // What Mono's limit no longer holds back has no time of its own: the next night tries it.
        let next: SQL = """
            greatest(a.last_sync_requested_at, c.sync_intended_at + case
                when c.sync_answer is null then \(SQL.interval(WorkerLimits.mayLeaveWithin))
                else interval '0'
            end) + \(SQL.interval(run.options.rules.syncLimit))
            """
        try await database.run { (session) throws(PostgresError) in
            _ = try session.execute(
                """
                with rest as (
                    update mono.reconciliation_cases c set outcome = 'deferred', detail = \(why), settled_at = now(),
                        next_attempt_at = case when \(next) > now() then \(next) end
                    from mono.reconciliation_cases o left join mono.accounts a on a.account_id = o.account_id
                    where o.run_id = c.run_id and o.account_id = c.account_id
                        and c.run_id = \(run.runID) and c.outcome is null
                        and (c.worker is null or c.worker = \(worker.name) or c.worker not in (\(SQL.liveWorkers)))
                        and not (\(onlyUntriggered)::boolean and c.sync_intended_at is not null)
                        and not (\(onlyAsLast)::boolean and exists (
                            select from mono.workers w where w.run_id = c.run_id and w.worker <> \(worker.name)
                                and w.worker in (\(SQL.liveWorkers))))
                    returning c.account_id, c.sync_intended_at, c.sync_answer, c.sync_job_id
                )
                -- Without its answer it is not known when the trigger left. An earlier sync's job would be taken for
                -- its own, unless an event has taught it since.
                update mono.accounts a set last_sync_job_id = coalesce(r.sync_job_id, (
                        select a.last_sync_job_id where exists (
                            select from mono.webhook_events e
                            where e.account_id = a.account_id and e.received_at >= r.sync_intended_at
                                and e.event = 'mono.accounts.jobs.update' and e.effect = 'applied'
                                and e.payload #>> '{data,id}' = a.last_sync_job_id))),
                    last_sync_requested_at = case
                        when r.sync_answer is not null then a.last_sync_requested_at
                        else greatest(a.last_sync_requested_at,
                            r.sync_intended_at + \(SQL.interval(WorkerLimits.mayLeaveWithin)))
                    end
                from rest r where a.account_id = r.account_id and r.sync_intended_at is not null
                """)
        }
    }

    /// Says to all workers of the run that it ends here; the first reason stays.
    package func stop(_ run: OpenRun, _ reason: StopReason) async throws(PostgresError) {
        try await database.run { (session) throws(PostgresError) in
            _ = try session.execute(
                """
                update mono.reconciliation_runs
                set stop_code = \(reason.exitCode)::int, stop_detail = \(reason.cause)
                where run_id = \(run.runID) and finished_at is null and stop_code is null
                """)
        }
    }

    /// Forgets why a run was stopped that nobody works on any more: who takes it up finds out anew.
    package func forgetStop(of run: OpenRun) async throws(PostgresError) {
        let worker = worker
        try await database.run { (session) throws(PostgresError) in
            _ = try session.execute(
                """
                update mono.reconciliation_runs r set stop_code = null, stop_detail = null
                where r.run_id = \(run.runID) and r.finished_at is null and r.stop_code is not null
                    and not exists (
                        select from mono.workers o where o.run_id = r.run_id and o.worker <> \(worker.name)
                            and o.worker in (\(SQL.liveWorkers)))
                """)
        }
    }

    /// What one worker has found out for all.
    package struct Signs: Equatable, Sendable {
        /// Why the run ends; nil while it goes on.
        package var stop: StopReason?
        /// `Retry-After` holds all workers until then.
        package var heldUntil: Timestamp?
        /// Whether the others count this worker as living: its lock goes with a lost connection.
        package var isEnlisted = false
    }

    /// Looks at what the run's workers have told each other.
    package func signs(of runID: Int64) async throws(PostgresError) -> Signs {
        let worker = worker.name
        return try await database.run { (session) throws(PostgresError) in
            try session.first(
                """
                select r.stop_code, r.stop_detail, round(extract(epoch from h.hold_until) * 1000000)::bigint,
                    \(worker) in (\(SQL.liveWorkers))
                from mono.reconciliation_runs r cross join mono.rate h where r.run_id = \(runID)
                """
            ) { (row) throws(PostgresError) in
                let (code, cause) = (try row.optionalInt(0), try row.optionalString(1) ?? "")
                return Signs(
                    stop: code.flatMap { StopReason(exitCode: $0, cause: cause) }, heldUntil: try row.timestamp(2),
                    isEnlisted: try row.bool(3))
            } ?? Signs()
        }
    }
}
