package import Postgres
package import Reconciliation

/// How far a run has come, all its workers together.
package struct RunProgress: Equatable, Sendable {
    /// The cases of one bank.
    package struct Bank: Equatable, Sendable {
        /// Nil: not known.
        package var name: String?
        package var total: Int
        package var open: Int

        package init(name: String?, total: Int, open: Int) {
            self.name = name
            self.total = total
            self.open = open
        }
    }

    /// The banks, those with most open cases first.
    package var banks: [Bank] = []
    /// Settled with the data there.
    package var back = 0
    /// Open cases whose sync has been asked for.
    package var waiting = 0
    /// The newest intent of an open case.
    package var lastIntentAt: Timestamp?
    /// Calls of the other workers, as they last told them.
    package var callsElsewhere = CallCounts()
    /// `Retry-After` holds all workers until then, if that is still to come.
    package var heldUntil: Timestamp?
    /// The database's time of all this.
    package var at: Timestamp

    package init(at: Timestamp) { self.at = at }

    package var total: Int { banks.reduce(0) { $0 + $1.total } }
    package var open: Int { banks.reduce(0) { $0 + $1.open } }
    package var settled: Int { total - open }
}

extension LedgerReader {
    /// How far a run has come; reads only, at a cost in proportion to the run's cases.
    ///
    /// The calls of `worker`, who asks, are not among those of the other workers.
    package func progress(of runID: Int64, for worker: Worker) async throws(PostgresError) -> RunProgress {
        try await database.run { (session) throws(PostgresError) in
            let header = try session.first(
                """
                select clock_timestamp() as now, w.*,
                    (select hold_until from mono.rate where hold_until > clock_timestamp()) as held_until
                from (
                    select coalesce(sum(calls_details), 0)::bigint as calls_details,
                        coalesce(sum(calls_trigger), 0)::bigint as calls_trigger,
                        coalesce(sum(calls_job), 0)::bigint as calls_job,
                        coalesce(sum(calls_reauth), 0)::bigint as calls_reauth
                    from mono.workers where run_id = \(runID) and worker <> \(worker.name)
                ) w
                """
            ) { (row) throws(PostgresError) in
                var progress = RunProgress(at: try row["now"])
                progress.callsElsewhere = try row.callCounts()
                progress.heldUntil = try row["held_until"]
                return progress
            }
            guard var progress = header else {
                throw PostgresError(.protocolViolation, "a query without a table returned no row")
            }
            progress.banks = try session.query(
                """
                select nullif(institution, '') as bank, count(*) as total,
                    count(*) filter (where outcome is null) as open,
                    count(*) filter (where outcome = any(\(SQL.resolved))) as back,
                    count(*) filter (where outcome is null and sync_intended_at is not null) as waiting,
                    max(sync_intended_at) filter (where outcome is null) as last_intent
                from mono.reconciliation_cases where run_id = \(runID)
                group by 1 order by 3 desc, 2 desc, 1
                """
            ) { (row) throws(PostgresError) in
                progress.back += try row["back"]
                progress.waiting += try row["waiting"]
                if let intent: Timestamp = try row["last_intent"] {
                    progress.lastIntentAt = max(progress.lastIntentAt ?? intent, intent)
                }
                return RunProgress.Bank(name: try row["bank"], total: try row["total"], open: try row["open"])
            }
            return progress
        }
    }
}
