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
    package var callsElsewhere = 0
    /// `Retry-After` holds all workers until then, if that is still to come.
    package var heldUntil: Timestamp?
    /// The database's time of all this.
    package var at: Timestamp

    package init(at: Timestamp) { self.at = at }

    package var total: Int { banks.reduce(0) { $0 + $1.total } }
    package var open: Int { banks.reduce(0) { $0 + $1.open } }
    package var settled: Int { total - open }
}

extension Ledger {
    /// How far a run has come; reads only, at a cost in proportion to the run's cases.
    package func progress(of runID: Int64) async throws(PostgresError) -> RunProgress {
        let worker = worker.name
        return try await database.run { (session) throws(PostgresError) in
            var progress = RunProgress(at: Timestamp(microseconds: 0))
            _ = try session.first(
                """
                select round(extract(epoch from clock_timestamp()) * 1000000)::bigint,
                    (select coalesce(sum(calls_details + calls_trigger + calls_job + calls_reauth), 0)::bigint
                        from mono.workers where run_id = \(runID) and worker <> \(worker)),
                    (select round(extract(epoch from hold_until) * 1000000)::bigint
                        from mono.rate where hold_until > clock_timestamp())
                """
            ) { (row) throws(PostgresError) in
                progress.at = Timestamp(microseconds: try row.int64(0))
                progress.callsElsewhere = try row.int(1)
                progress.heldUntil = try row.timestamp(2)
            }
            progress.banks = try session.query(
                """
                select nullif(institution, ''), count(*), count(*) filter (where outcome is null),
                    count(*) filter (where outcome in ('already_available', 'recovered')),
                    count(*) filter (where outcome is null and sync_intended_at is not null),
                    round(extract(epoch from max(sync_intended_at) filter (where outcome is null)) * 1000000)::bigint
                from mono.reconciliation_cases where run_id = \(runID)
                group by 1 order by 3 desc, 2 desc, 1
                """
            ) { (row) throws(PostgresError) in
                progress.back += try row.int(3)
                progress.waiting += try row.int(4)
                if let intent = try row.timestamp(5) {
                    progress.lastIntentAt = max(progress.lastIntentAt ?? intent, intent)
                }
                return RunProgress.Bank(name: try row.optionalString(0), total: try row.int(1), open: try row.int(2))
            }
            return progress
        }
    }
}
