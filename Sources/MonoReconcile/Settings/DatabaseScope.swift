import Ledger
import Postgres

extension ConnectionSettings {
    /// Opens the database, lets `body` work on it and closes it, also when `body` fails.
    ///
    /// - Parameters:
    ///   - configuration: How to reach the database; nil for the usual way of these settings.
    ///   - body: Works on the database; the schema may be anything.
    /// - Returns: What `body` returns.
    /// - Throws: `configuration` if the settings name no database, else what `body` throws.
    func withDatabase<Value>(
        _ configuration: PostgresConfiguration? = nil, _ body: (Database) async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        let chosen = if let configuration { configuration } else { try self.database() }
        let database = Database(chosen)
        let result: Result<Value, Failure>
        do throws(Failure) {
            result = .success(try await body(database))
        } catch {
            result = .failure(error)
        }
        await database.close()
        return try result.get()
    }

    /// Opens a database whose schema is the one of this program, lets `body` read it and closes it.
    ///
    /// - Parameters:
    ///   - configuration: How to reach the database; nil for the usual way of these settings.
    ///   - body: Reads the database.
    /// - Returns: What `body` returns.
    /// - Throws: 78 when migrations are pending, changed or missing, 69 without a database, else what `body` throws.
    func withReader<Value>(
        _ configuration: PostgresConfiguration? = nil, _ body: (LedgerReader) async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        try await withDatabase(configuration) { (database) async throws(Failure) in
            try await Schema.check(database)
            return try await body(LedgerReader(database: database))
        }
    }

    /// The same for a `body` that records events, links accounts or prunes.
    func withAdmin<Value>(
        _ configuration: PostgresConfiguration? = nil, _ body: (LedgerAdmin) async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        try await withDatabase(configuration) { (database) async throws(Failure) in
            try await Schema.check(database)
            return try await body(LedgerAdmin(database: database))
        }
    }
}
