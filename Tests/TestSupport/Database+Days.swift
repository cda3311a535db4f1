package import Postgres

extension Database {
    /// Everything that was written so far lies a day further back.
    package func letDayPass() async throws(PostgresError) {
        for (table, columns) in [
            ("accounts", ["standing_since", "last_sync_requested_at", "last_tried_at", "retry_after"]),
            ("reconciliation_runs", ["started_at", "finished_at"]),
            ("reconciliation_cases", ["settled_at", "standing_since", "sync_intended_at", "next_attempt_at"]),
            ("bank_health", ["failing_since", "last_delivery_at", "last_failure_at", "probed_at"]),
            ("webhook_events", ["received_at"]),
        ] {
            let changes = columns.map { "\($0) = \($0) - interval '1 day'" }.joined(separator: ", ")
            try await run { (session) throws(PostgresError) in
                try session.script("update mono.\(table) set \(changes)")
            }
        }
    }
}
