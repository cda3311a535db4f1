package import Postgres
package import Reconciliation

/// What is read from the database outside a run: reports, progress, status, plans, histories and the doctor's facts.
package struct LedgerReader: Sendable {
    package let database: Database

    package init(database: Database) {
        self.database = database
    }

    /// The database's clock now.
    package func clock() async throws(PostgresError) -> Timestamp {
        guard let now = try await database.value("select clock_timestamp()", as: Timestamp.self) else {
            throw PostgresError(.protocolViolation, "a query without a table returned no row")
        }
        return now
    }

    /// An account as `mono.accounts` has it; nil when it has none.
    package func state(of account: AccountID) async throws(PostgresError) -> AccountState? {
        try await database.run { (session) throws(PostgresError) in
            try session.first(
                "select \(SQL.accountState) from mono.accounts a where a.account_id = \(account)"
            ) { (row) throws(PostgresError) in try row.accountState() } ?? nil
        }
    }

    /// Those of the accounts that `mono.accounts` does not have.
    package func unknown(among accounts: [AccountID]) async throws(PostgresError) -> [AccountID] {
        try await database.run { (session) throws(PostgresError) in try session.unknown(among: accounts) }
    }

    /// The newest finished nightly run; nil when there is none.
    package func newestFinishedNightly() async throws(PostgresError) -> Int64? {
        try await database.value(
            """
            select run_id from mono.reconciliation_runs
            where kind = 'nightly' and finished_at is not null order by run_id desc limit 1
            """)
    }

    /// The finished nightly runs that began after a run, newest first.
    package func nights(after run: RunStart) async throws(PostgresError) -> [RunStart] {
        try await database.run { (session) throws(PostgresError) in
            try session.query(
                """
                select run_id, started_at from mono.reconciliation_runs
                where kind = 'nightly' and finished_at is not null
                    and (started_at, run_id) > (\(run.startedAt), \(run.runID))
                order by started_at desc, run_id desc limit 1000
                """
            ) { (row) throws(PostgresError) in
                RunStart(runID: try row.value(0), startedAt: try row.value(1))
            }
        }
    }
}
