package import Postgres
package import Reconciliation

/// What is going on, for one screen.
package struct LedgerStatus: Equatable, Sendable {
    /// A number that was counted up to a limit.
    package struct Count: Equatable, Sendable {
        /// The limit of every count: a look at night must not read ten million rows.
        package static let limit = 100_000

        package var number: Int
        /// Whether there are more than `number`.
        package var isCut: Bool

        package init(_ counted: Int) {
            number = min(counted, Self.limit)
            isCut = counted > Self.limit
        }

        init(inFull number: Int) {
            self.number = number
            isCut = false
        }
    }

    package struct Run: Equatable, Sendable {
        package var runID: Int64
        package var kind: RunKind
        package var startedAt: Timestamp
        package var finishedAt: Timestamp?
        package var exitCode: Int?
        package var calls: CallCounts
        package var notSelected: Int
        /// Of the settled cases.
        package var outcomes: [Outcome: Int] = [:]
        /// All cases of the run.
        package var cases: Count
    }

    package struct LiveWorker: Equatable, Sendable {
        package var name: String
        package var runID: Int64?
        package var host: String
        package var pid: Int
        package var startedAt: Timestamp
        package var calls: Int
    }

    package struct LastEvent: Equatable, Sendable {
        package var receivedAt: Timestamp
        package var name: String?
        package var effect: String
    }

    /// The database's clock.
    package var now: Timestamp
    /// Open ones first, then the newest.
    package var runs: [Run] = []
    package var newestNightlyEnd: Timestamp?
    package var workers: [LiveWorker] = []
    package var stuck: Count
    package var flagged: Count
    /// Owed, but not for long enough to be stuck.
    package var awaiting: Count
    package var oldestStuck: Timestamp?
    package var lastEvent: LastEvent?
    /// Webhooks of the last 24 hours.
    package var eventsOfTheDay: Count
}

extension Ledger {
    /// Reads what `status` shows, as of one instant; its cost does not grow with the tables.
    package func status(stuckAfter: Duration, runs: Int) async throws(PostgresError) -> LedgerStatus {
        try await database.transaction { (session) throws(PostgresError) in
            try session.execute("set transaction isolation level repeatable read, read only")
            guard var status = try Self.backlog(stuckAfter, session) else {
                throw PostgresError(.protocolViolation, "a query without a table returned no row")
            }
            for var run in try Self.newestRuns(runs, session) {
                try Self.addCases(to: &run, session)
                status.runs.append(run)
            }
            status.workers = try Self.liveWorkers(session)
            status.lastEvent = try session.first(
                """
                select round(extract(epoch from received_at) * 1000000)::bigint, event, effect
                from mono.webhook_events order by received_at desc limit 1
                """
            ) { (row) throws(PostgresError) in
                LedgerStatus.LastEvent(
                    receivedAt: Timestamp(microseconds: try row.int64(0)), name: try row.optionalString(1),
                    effect: try row.string(2))
            }
            return status
        }
    }

    /// Counts through the partial indexes of what is owed and flagged.
    private static func backlog(
        _ stuckAfter: Duration, _ session: borrowing Session
    ) throws(PostgresError) -> LedgerStatus? {
        let most = LedgerStatus.Count.limit + 1
        return try session.first(
            """
            select round(extract(epoch from now()) * 1000000)::bigint,
                (select count(*) from (
                    select from mono.accounts a where a.awaiting_update_since is not null and a.unlinked_at is null
                        and a.awaiting_update_since <= now() - \(SQL.interval(stuckAfter))
                        and a.reauthorisation_required_since is null limit \(most)::int) s),
                (select count(*) from (
                    select from mono.accounts a where a.reauthorisation_required_since is not null
                        and a.unlinked_at is null limit \(most)::int) f),
                (select count(*) from (
                    select from mono.accounts a where a.awaiting_update_since is not null and a.unlinked_at is null
                        and a.awaiting_update_since > now() - \(SQL.interval(stuckAfter))
                        and a.reauthorisation_required_since is null limit \(most)::int) w),
                round(extract(epoch from least(
                    (select min(a.awaiting_update_since) from mono.accounts a
                    where a.awaiting_update_since is not null and a.unlinked_at is null
                        and a.awaiting_update_since <= now() - \(SQL.interval(stuckAfter))),
                    (select min(a.reauthorisation_required_since) from mono.accounts a
                    where a.reauthorisation_required_since is not null and a.unlinked_at is null))) * 1000000)::bigint,
                (select count(*) from (
                    select from mono.webhook_events e where e.received_at > now() - interval '24 hours'
                    limit \(most)::int) e),
                (select round(extract(epoch from max(r.finished_at)) * 1000000)::bigint
                from mono.reconciliation_runs r where r.kind = 'nightly')
            """
        ) { (row) throws(PostgresError) in
            LedgerStatus(
                now: Timestamp(microseconds: try row.int64(0)), newestNightlyEnd: try row.timestamp(6),
                stuck: LedgerStatus.Count(try row.int(1)), flagged: LedgerStatus.Count(try row.int(2)),
                awaiting: LedgerStatus.Count(try row.int(3)), oldestStuck: try row.timestamp(4),
                eventsOfTheDay: LedgerStatus.Count(try row.int(5)))
        }
    }

    private static func newestRuns(
        _ limit: Int, _ session: borrowing Session
    ) throws(PostgresError) -> [LedgerStatus.Run] {
        try session.query(
            """
            select r.run_id, r.kind, round(extract(epoch from r.started_at) * 1000000)::bigint,
                round(extract(epoch from r.finished_at) * 1000000)::bigint, r.exit_code, r.not_selected,
                case when r.finished_at is null then w.details else r.calls_details end,
                case when r.finished_at is null then w.trigger else r.calls_trigger end,
                case when r.finished_at is null then w.job else r.calls_job end,
                case when r.finished_at is null then w.reauth else r.calls_reauth end
            from mono.reconciliation_runs r
            cross join lateral (
                select coalesce(sum(o.calls_details), 0) as details, coalesce(sum(o.calls_trigger), 0) as trigger,
                    coalesce(sum(o.calls_job), 0) as job, coalesce(sum(o.calls_reauth), 0) as reauth
                from mono.workers o where o.run_id = r.run_id and r.finished_at is null
            ) w
            order by r.finished_at is null desc, r.run_id desc limit \(limit)::int
            """
        ) { (row) throws(PostgresError) in
            guard let kind = RunKind(rawValue: try row.string(1)), let startedAt = try row.timestamp(2) else {
                throw PostgresError(.decoding, "a run's row cannot be read")
            }
            var run = LedgerStatus.Run(
                runID: try row.int64(0), kind: kind, startedAt: startedAt, finishedAt: try row.timestamp(3),
                exitCode: try row.optionalInt(4), calls: CallCounts(), notSelected: try row.int(5),
                cases: LedgerStatus.Count(0))
            run.calls = try row.callCounts(from: 6)
            return run
        }
    }

    /// A closed run's counts were kept with it; others are counted.
    private static func addCases(
        to run: inout LedgerStatus.Run, _ session: borrowing Session
    ) throws(PostgresError) {
        let kept = try session.query(
            """
            select o.key, o.value::bigint from mono.reconciliation_runs r, jsonb_each_text(r.summary -> 'outcomes') o
            where r.run_id = \(run.runID)
            """
        ) { (row) throws(PostgresError) in (try row.optionalString(0), try row.int(1)) }
        var counts = kept
        if kept.isEmpty {
            counts = try session.query(
                """
                select c.outcome, count(*) from (
                    select outcome from mono.reconciliation_cases where run_id = \(run.runID)
                    limit \(LedgerStatus.Count.limit + 1)::int) c
                group by c.outcome
                """
            ) { (row) throws(PostgresError) in (try row.optionalString(0), try row.int(1)) }
        }
        for (name, count) in counts where count > 0 {
            if let outcome = name.flatMap({ Outcome(rawValue: $0) }) { run.outcomes[outcome] = count }
        }
        let total = counts.reduce(0) { $0 + $1.1 }
        // What was kept with the run was counted in full.
        run.cases = kept.isEmpty ? LedgerStatus.Count(total) : LedgerStatus.Count(inFull: total)
    }

    private static func liveWorkers(_ session: borrowing Session) throws(PostgresError) -> [LedgerStatus.LiveWorker] {
        try session.query(
            """
            select o.worker, o.run_id, coalesce(o.host, ''), coalesce(o.pid, 0),
                round(extract(epoch from o.started_at) * 1000000)::bigint,
                o.calls_details + o.calls_trigger + o.calls_job + o.calls_reauth
            from mono.workers o where o.worker in (\(SQL.liveWorkers)) order by o.started_at, o.worker limit 1000
            """
        ) { (row) throws(PostgresError) in
            LedgerStatus.LiveWorker(
                name: try row.string(0), runID: try row.optionalInt64(1), host: try row.string(2),
                pid: try row.int(3), startedAt: Timestamp(microseconds: try row.int64(4)), calls: try row.int(5))
        }
    }
}
