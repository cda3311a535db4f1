package import Postgres
import Reconciliation

extension Ledger {
    /// Closes the run once no case is open and every other worker has left or died.
    ///
    /// A worker that is still there has calls to add.
    ///
    /// - Returns: The run's exit code when it is closed, by whomever; else nil.
    func close(
        _ run: OpenRun, interruption: Int?, _ session: borrowing Session
    ) throws(PostgresError) -> Int? {
        // Waiting workers ask every moment: what costs something is done only when there is something to close.
        guard try mayClose(run, session) else { return nil }
        let isFinished: Bool? = try session.value(
            "select finished_at is not null from mono.reconciliation_runs where run_id = \(run.runID) for update")
        // Another worker was quicker: what it noted stays as it is.
        if isFinished == true {
            return try session.value(
                "select exit_code from mono.reconciliation_runs where run_id = \(run.runID)")
        }
        if run.kind == .nightly { try carryRest(of: run, session) }
        try countNights(of: run, session)
        try sumCalls(of: run, session)
        let failing = Outcome.allCases.filter { $0.failsRun(isStrict: run.options.strict) }
        try session.execute(
            """
            update mono.reconciliation_runs r set finished_at = clock_timestamp(),
                last_event_at = (select max(e.received_at) from mono.webhook_events e),
                closing = \(SQL.closing),
                exit_code = coalesce(\(interruption)::int, r.stop_code, (
                    select case when count(*) = 0 then 0 else 1 end from mono.reconciliation_cases c
                    where c.run_id = r.run_id and c.outcome = any(\(failing))
                        -- What a night leaves out on purpose is no failure of the night.
                        and (\(run.options.strict) or r.kind = 'one_off' or c.tried
                            or c.cause <> all(\(Cause.leavingOut.map(\.rawValue))))))
            where r.run_id = \(run.runID) and r.finished_at is null and \(isDone)
            """)
        let code: Int? = try session.value(
            "select exit_code from mono.reconciliation_runs where run_id = \(run.runID) and finished_at is not null")
        // Another worker may have joined since the first look: then the run goes on.
        if code != nil { try foldLooks(of: run, session) }
        return code
    }

    /// Whether the run is closed, or could be now.
    private func mayClose(_ run: OpenRun, _ session: borrowing Session) throws(PostgresError) -> Bool {
        try session.value(
            """
            select exists (
                select from mono.reconciliation_runs r
                where r.run_id = \(run.runID) and (r.finished_at is not null or \(isDone)))
            """) ?? false
    }

    /// A run `r` has selected all its accounts, and has no open case, and no other worker that lives.
    private var isDone: SQL {
        """
        not r.selecting
        and not exists (select from mono.reconciliation_cases c where c.run_id = r.run_id and c.outcome is null)
        and not \(SQL.isWorkedOn("r.run_id", otherThan: worker))
        """
    }

    private func sumCalls(of run: OpenRun, _ session: borrowing Session) throws(PostgresError) {
        try session.execute(
            """
            update mono.reconciliation_runs r set calls_details = w.details, calls_trigger = w.trigger,
                calls_job = w.job, calls_reauth = w.reauth, workers = w.workers
            from (
                select coalesce(sum(calls_details), 0) as details, coalesce(sum(calls_trigger), 0) as trigger,
                    coalesce(sum(calls_job), 0) as job, coalesce(sum(calls_reauth), 0) as reauth, count(*) as workers
                from mono.workers where run_id = \(run.runID)
            ) w
            where r.run_id = \(run.runID) and r.finished_at is null
            """)
    }

    /// Nights since the standing first stood, and what was known in the newest run of an earlier night.
    ///
    /// Asked again if the close fails after it: the same numbers come of it.
    private func countNights(of run: OpenRun, _ session: borrowing Session) throws(PostgresError) {
        let nights: SQL = """
            case
                when c.standing_since is null then 1
                else greatest(1, this.night - mono.night_of(c.standing_since, this.zone) + 1)
            end
            """
        let before: SQL = """
            (select case when p.outcome = any(\(SQL.evident)) then p.outcome
                else coalesce(p.standing_outcome, p.outcome) end
            from mono.reconciliation_cases p
            where p.run_id = (select e.run_id from earlier e) and p.account_id = c.account_id)
            """
        // A case that has these values already, as every one has in an account's first night, is not written again.
        try session.execute(
            """
            with this as materialized (
                select z.zone, mono.night_of(\(run.startedAt), z.zone) as night
                from (select mono.known_zone(\(run.options.timeZone)) as zone) z
            ), earlier as materialized (
                select r.run_id from mono.reconciliation_runs r cross join this
                where r.kind = 'nightly' and \(run.kind == .nightly) and r.finished_at is not null
                    and mono.night_of(r.started_at, this.zone) < this.night
                order by r.started_at desc, r.run_id desc limit 1
            )
            update mono.reconciliation_cases c set nights_in_a_row = \(nights), outcome_before = \(before)
            from this where c.run_id = \(run.runID) and c.outcome is not null
                and (c.nights_in_a_row, c.outcome_before) is distinct from (\(nights), \(before))
            """)
    }

    /// Keeps the summary as it was reported.
    ///
    /// - Returns: Whether this is the first report of the run; a repeat may be told that it is not.
    @discardableResult
    package func keepSummary(_ json: String, of runID: Int64) async throws(PostgresError) -> Bool {
        let kept: Bool? = try await database.value(
            """
            update mono.reconciliation_runs set summary = \(json)::jsonb
            where run_id = \(runID) and summary is null returning true
            """)
        return kept ?? false
    }
}
