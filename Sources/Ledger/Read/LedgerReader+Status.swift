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
        /// What a call of each kind costs; nil: nobody said.
        package var prices: Prices?
        /// Calls that the plain schedule would have made beyond these; nil: not known.
        package var callsSaved: Int?
        /// What was expected of it when it was opened; nil for one-off runs.
        package var foretold: Foretold?
        package var notSelected: Int
        /// Of the settled cases.
        package var outcomes: [Outcome: Int] = [:]
        /// All cases of the run.
        package var cases: Count

        /// What the calls cost; nil without prices.
        package var cost: Cost? { prices.map { Cost(of: calls, at: $0) } }

        /// By how many percent of the forecast a closed run made more calls, or fewer; nil without a forecast.
        package var forecastError: Int? {
            guard let foretold, finishedAt != nil, foretold.calls.expected > 0 else { return nil }
            let more = Double(calls.total - foretold.calls.expected) * 100 / Double(foretold.calls.expected)
            return Int(more.rounded())
        }
    }

    /// What was expected of a run.
    package struct Foretold: Equatable, Sendable {
        package var calls: Estimate
        package var duration: Duration

        package init(calls: Estimate, duration: Duration) {
            self.calls = calls
            self.duration = duration
        }
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
    package var oldestStuck: OldestStuck?
    /// How many accounts there are at all.
    package var known: KnownAccounts
    package var workList = WorkList()
    package var lastEvent: LastEvent?
    /// Webhooks of the last 24 hours.
    package var eventsOfTheDay: Count
}

extension LedgerReader {
    /// Reads what `status` shows, as of one instant; its cost does not grow with the tables.
    ///
    /// Nights are counted by the clock of `zone`.
    package func status(
        stuckAfter: Duration, runs: Int, zone: TimeZoneRules
    ) async throws(PostgresError) -> LedgerStatus {
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
            status.workList = try Self.workList(zone, now: status.now, session)
            status.lastEvent = try session.first(
                """
                select received_at, event, effect
                from mono.webhook_events order by received_at desc limit 1
                """
            ) { (row) throws(PostgresError) in
                LedgerStatus.LastEvent(
                    receivedAt: try row["received_at"], name: try row["event"], effect: try row["effect"])
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
            select now() as now,
                (select count(*) from (
                    select from mono.accounts a where a.awaiting_update_since is not null and a.unlinked_at is null
                        and a.awaiting_update_since <= now() - \(stuckAfter)
                        and a.reauthorisation_required_since is null limit \(most)::int) s) as stuck,
                (select count(*) from (
                    select from mono.accounts a where a.reauthorisation_required_since is not null
                        and a.unlinked_at is null limit \(most)::int) f) as flagged,
                (select count(*) from (
                    select from mono.accounts a where a.awaiting_update_since is not null and a.unlinked_at is null
                        and a.awaiting_update_since > now() - \(stuckAfter)
                        and a.reauthorisation_required_since is null limit \(most)::int) w) as awaiting,
                \(SQL.oldestStuckColumns), \(SQL.knownAccountColumns),
                (select count(*) from (
                    select from mono.webhook_events e where e.received_at > now() - interval '24 hours'
                    limit \(most)::int) e) as events,
                (select max(r.finished_at) from mono.reconciliation_runs r where r.kind = 'nightly') as newest_end
            from \(SQL.oldestStuck(for: stuckAfter))
            """
        ) { (row) throws(PostgresError) in
            LedgerStatus(
                now: try row["now"], newestNightlyEnd: try row["newest_end"],
                stuck: LedgerStatus.Count(try row["stuck"]), flagged: LedgerStatus.Count(try row["flagged"]),
                awaiting: LedgerStatus.Count(try row["awaiting"]), oldestStuck: try row.oldestStuck(),
                known: try row.knownAccounts(), eventsOfTheDay: LedgerStatus.Count(try row["events"]))
        }
    }

    private static func newestRuns(
        _ limit: Int, _ session: borrowing Session
    ) throws(PostgresError) -> [LedgerStatus.Run] {
        try session.query(
            """
            select r.run_id, r.kind, r.started_at, r.finished_at, r.exit_code, r.not_selected,
                r.options ->> 'prices' as prices, r.options ->> 'currency' as currency,
                (r.closing ->> 'calls_saved')::bigint as calls_saved, \(SQL.forecastColumns),
                case when r.finished_at is null then w.details else r.calls_details end as calls_details,
                case when r.finished_at is null then w.trigger else r.calls_trigger end as calls_trigger,
                case when r.finished_at is null then w.job else r.calls_job end as calls_job,
                case when r.finished_at is null then w.reauth else r.calls_reauth end as calls_reauth
            from mono.reconciliation_runs r
            cross join lateral (
                select coalesce(sum(o.calls_details), 0) as details, coalesce(sum(o.calls_trigger), 0) as trigger,
                    coalesce(sum(o.calls_job), 0) as job, coalesce(sum(o.calls_reauth), 0) as reauth
                from mono.workers o where o.run_id = r.run_id and r.finished_at is null
            ) w
            order by r.finished_at is null desc, r.run_id desc limit \(limit)::int
            """
        ) { (row) throws(PostgresError) in
            LedgerStatus.Run(
                runID: try row["run_id"], kind: try row["kind"], startedAt: try row["started_at"],
                finishedAt: try row["finished_at"], exitCode: try row["exit_code"], calls: try row.callCounts(),
                prices: try row.prices(), callsSaved: try row["calls_saved"], foretold: try row.forecast(),
                notSelected: try row["not_selected"], cases: LedgerStatus.Count(0))
        }
    }

    /// A closed run's counts were kept with it; others are counted.
    private static func addCases(
        to run: inout LedgerStatus.Run, _ session: borrowing Session
    ) throws(PostgresError) {
        let kept = try session.query(
            """
            select o.key as outcome, o.value::bigint as number from mono.reconciliation_runs r, jsonb_each_text(r.summary -> 'outcomes') o
            where r.run_id = \(run.runID)
            """
        ) { (row) throws(PostgresError) in try row.outcomeCount() }
        var counts = kept
        if kept.isEmpty {
            counts = try session.query(
                """
                select c.outcome, count(*) as number from (
                    select outcome from mono.reconciliation_cases where run_id = \(run.runID)
                    limit \(LedgerStatus.Count.limit + 1)::int) c
                group by c.outcome
                """
            ) { (row) throws(PostgresError) in try row.outcomeCount() }
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
            select o.worker, o.run_id, coalesce(o.host, '') as host, coalesce(o.pid, 0) as pid, o.started_at,
                o.calls_details + o.calls_trigger + o.calls_job + o.calls_reauth as calls
            from mono.workers o where o.worker in (\(SQL.liveWorkers)) order by o.started_at, o.worker limit 1000
            """
        ) { (row) throws(PostgresError) in
            LedgerStatus.LiveWorker(
                name: try row["worker"], runID: try row["run_id"], host: try row["host"], pid: try row["pid"],
                startedAt: try row["started_at"], calls: try row["calls"])
        }
    }
}

extension Row {
    /// An outcome's word, nil for open cases, and how many cases have it.
    fileprivate func outcomeCount() throws(PostgresError) -> (name: String?, count: Int) {
        (try self["outcome"], try self["number"])
    }
}
