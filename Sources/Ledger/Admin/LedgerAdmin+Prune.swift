package import Postgres
package import Reconciliation

/// What a pruning deleted, or would delete.
package struct Pruned: Equatable, Sendable {
    /// What ended or arrived before is old.
    package var before: Timestamp
    package var runs = 0
    package var cases = 0
    package var events = 0
    /// The rows of one statement: short locks, and no statement that runs into its time limit.
    package static let batch = 10_000
}

extension LedgerAdmin {
    /// Deletes closed runs with their cases, and webhooks, that are older than `keep`.
    ///
    /// A run goes as a whole or stays as a whole: it has one transaction, in statements of at most `batch` rows; so many
    /// webhooks go at once. Interrupted half-way, it is simply done again. These stay whatever their age:
    /// - open runs, and webhooks since the first of them began, by which its cases are settled;
    /// - the newest closed nightly run: the next one counts `nights_in_a_row` by its cases;
    /// - the newest webhook: how long none came must not be forgotten.
    ///
    /// What else the ledger goes by is in `mono.accounts`, which is left alone. A webhook without an id is known as a
    /// duplicate for 15 minutes, one with an id for as long as it is kept; the caller sees to it that `keep` is days.
    package func prune(keep: Duration, batch: Int = Pruned.batch) async throws(PostgresError) -> Pruned {
        var pruned = Pruned(before: try await before(keep))
        while true {
            let before = pruned.before
            let cases = try await database.transaction { (session) throws(PostgresError) -> Int? in
                guard let runID = try Self.oldestRun(endedBefore: before, session) else { return nil }
                return try Self.delete(runID, batch: batch, session)
            }
            guard let cases else { break }
            pruned.runs += 1
            pruned.cases += cases
        }
        while true {
            let before = pruned.before
            let count = try await database.run { (session) throws(PostgresError) in
                try session.execute(
                    """
                    delete from mono.webhook_events where event_key = any(array(
                        select e.event_key from mono.webhook_events e where \(SQL.isOldEvent(before))
                        order by e.received_at limit \(batch)::int))
                    """)
            }
            pruned.events += count
            if count < batch { return pruned }
        }
    }

    /// What `prune` would delete; reads only.
    package func prunable(keep: Duration) async throws(PostgresError) -> Pruned {
        let before = try await before(keep)
        return try await database.run { (session) throws(PostgresError) in
            let counts = try session.first(
                """
                select (select count(*) from mono.reconciliation_runs r where \(SQL.isOldRun(before))) as runs,
                    (select count(*) from mono.reconciliation_cases c where c.run_id in (
                        select r.run_id from mono.reconciliation_runs r where \(SQL.isOldRun(before)))) as cases,
                    (select count(*) from mono.webhook_events e where \(SQL.isOldEvent(before))) as events
                """
            ) { (row) throws(PostgresError) in
                Pruned(before: before, runs: try row["runs"], cases: try row["cases"], events: try row["events"])
            }
            return counts ?? Pruned(before: before)
        }
    }

    private func before(_ keep: Duration) async throws(PostgresError) -> Timestamp {
        try await LedgerReader(database: database).clock().advanced(by: .zero - keep)
    }

    private static func oldestRun(
        endedBefore before: Timestamp, _ session: borrowing Session
    ) throws(PostgresError) -> Int64? {
        try session.value(
            """
            select r.run_id from mono.reconciliation_runs r where \(SQL.isOldRun(before))
            order by r.run_id limit 1 for update
            """)
    }

    /// Deletes a run after its cases, and returns how many there were.
    private static func delete(
        _ runID: Int64, batch: Int, _ session: borrowing Session
    ) throws(PostgresError) -> Int {
        var cases = 0
        while true {
            let count = try session.execute(
                """
                delete from mono.reconciliation_cases where run_id = \(runID) and account_id = any(array(
                    select c.account_id from mono.reconciliation_cases c where c.run_id = \(runID)
                    limit \(batch)::int))
                """)
            cases += count
            if count < batch { break }
        }
        _ = try session.execute("delete from mono.reconciliation_runs where run_id = \(runID)")
        return cases
    }
}

extension SQL {
    /// A run `r` that is closed, old and not needed.
    fileprivate static func isOldRun(_ before: Timestamp) -> SQL {
        """
        r.finished_at < \(before) and r.run_id is distinct from (
            select max(n.run_id) from mono.reconciliation_runs n
            where n.kind = 'nightly' and n.finished_at is not null)
        """
    }

    /// A webhook `e` that is old and not needed.
    fileprivate static func isOldEvent(_ before: Timestamp) -> SQL {
        """
        e.received_at < least(\(before),
            (select min(o.started_at) from mono.reconciliation_runs o where o.finished_at is null),
            (select max(l.received_at) from mono.webhook_events l))
        """
    }
}
