import Postgres

extension Stage {
    /// Everything that was written so far lies a day further back.
    func letDayPass() async throws {
        for (table, columns) in [
            ("accounts", ["standing_since", "last_sync_requested_at", "last_tried_at"]),
            ("reconciliation_runs", ["started_at", "finished_at"]),
            ("reconciliation_cases", ["settled_at", "standing_since", "sync_intended_at"]),
            ("bank_health", ["failing_since"]), ("webhook_events", ["received_at"]),
        ] {
            let changes = columns.map { "\($0) = \($0) - interval '1 day'" }.joined(separator: ", ")
            try await sql.run { (session) throws(PostgresError) in
                try session.script("update mono.\(table) set \(changes)")
            }
        }
    }
}
