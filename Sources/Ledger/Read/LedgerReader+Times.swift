package import Postgres
package import Reconciliation

/// The times by which processes wait for each other, and the database's clock at that moment.
package struct SharedTimes: Equatable, Sendable {
    package var now: Timestamp
    /// The next free call slot.
    package var nextSlotAt: Timestamp
    /// Until when Mono wants no call.
    package var holdUntil: Timestamp?
    /// The latest lease of any worker.
    package var leaseUntil: Timestamp?
}

/// Accounts whose last sync was requested in the future.
package struct FutureSyncs: Equatable, Sendable {
    /// At most 1,000 are counted.
    package var count: Int
    /// One of them.
    package var example: String?
}

extension LedgerReader {
    /// Reads the shared times.
    package func sharedTimes() async throws(PostgresError) -> SharedTimes {
        try await database.run { (session) throws(PostgresError) in
            let times = try session.first(
                """
                select clock_timestamp() as now, next_slot_at, hold_until,
                    (select max(lease_until) from mono.workers) as lease_until
                from mono.rate
                """
            ) { (row) throws(PostgresError) in
                SharedTimes(
                    now: try row["now"], nextSlotAt: try row["next_slot_at"], holdUntil: try row["hold_until"],
                    leaseUntil: try row["lease_until"])
            }
            guard let times else { throw PostgresError(.protocolViolation, "mono.rate has no row") }
            return times
        }
    }

    /// Looks for stuck and flagged accounts whose last sync was requested more than a minute in the future.
    ///
    /// The others do not matter to a run, and only these have indexes: the table may be large.
    package func futureSyncs() async throws(PostgresError) -> FutureSyncs {
        try await database.run { (session) throws(PostgresError) in
            try session.first(
                """
                select count(*), min(account_id) from (
                    select account_id from mono.accounts
                    where awaiting_update_since is not null and unlinked_at is null
                        and last_sync_requested_at > clock_timestamp() + interval '1 minute'
                    union
                    select account_id from mono.accounts
                    where reauthorisation_required_since is not null and unlinked_at is null
                        and last_sync_requested_at > clock_timestamp() + interval '1 minute'
                    limit 1000
                ) a
                """
            ) { (row) throws(PostgresError) in
                FutureSyncs(count: try row.int(0), example: try row.optionalString(1))
            } ?? FutureSyncs(count: 0)
        }
    }
}
