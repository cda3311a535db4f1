package import Postgres

extension LedgerAdmin {
    /// Records webhook payloads through `mono.record_event`, all in one transaction, and returns their effects.
    ///
    /// - Parameter payloads: JSON documents that jsonb can hold, in the order in which they are to be applied; the
    ///   caller bounds their size.
    /// - Returns: One effect for each payload: `applied`, `stale`, `duplicate`, `ignored` or `rejected: why`.
    /// - Throws: The server's refusal, with which none was recorded, or a lost connection, after which nobody knows.
    package func record(payloads: [String]) async throws(PostgresError) -> [String] {
        var triesLeft = 5
        while true {
            do throws(PostgresError) {
                return try await database.run { (session) throws(PostgresError) in
                    let effects: [String] = try session.column(
                        """
                        select mono.record_event(p.payload::jsonb)
                        from unnest(\(payloads)) with ordinality as p (payload, position)
                        """)
                    // The commit that recorded a duplicate may have been cut short while it waited for a standby. This
                    // one comes after it in the log, and waits for all that comes before.
                    if effects.contains("duplicate") { try session.execute(Self.mark) }
                    return effects
                }
            } catch {
                // Others record events of the same accounts in another order.
                triesLeft -= 1
                guard triesLeft > 0, error.sqlState == .deadlockDetected || error.sqlState == .serializationFailure
                else { throw error }
            }
        }
    }

    /// Shows whether an event could be recorded now: records one and takes it back, in a transaction that is committed,
    /// so that it waits for the disk and the standbys as any other.
    ///
    /// - Throws: Why none could be recorded. A cancelled call may return instead: a server that waits for a standby
    ///   answers a cancellation by acknowledging the commit.
    package func rehearseRecording() async throws(PostgresError) {
        try await database.run { (session) throws(PostgresError) in
            try session.script(
                """
                begin;
                savepoint rehearsal;
                select mono.record_event('{"event": "rehearsal"}');
                rollback to savepoint rehearsal;
                commit
                """)
        }
    }

    /// A mark in the server's log that nobody reads.
    private static var mark: SQL { "select pg_catalog.pg_logical_emit_message(true, 'mono-reconcile', ''::text)" }
}
