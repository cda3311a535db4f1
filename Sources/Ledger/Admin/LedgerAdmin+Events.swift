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
                    try session.column(
                        """
                        select mono.record_event(p.payload::jsonb)
                        from unnest(\(payloads)) with ordinality as p (payload, position)
                        """)
                }
            } catch {
                // Others record events of the same accounts in another order.
                triesLeft -= 1
                guard triesLeft > 0, error.sqlState == .deadlockDetected || error.sqlState == .serializationFailure
                else { throw error }
            }
        }
    }
}
