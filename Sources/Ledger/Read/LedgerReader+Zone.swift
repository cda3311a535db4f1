package import Postgres

extension LedgerReader {
    /// Whether the server knows a time zone by this name: it counts nights by its noons.
    package func knows(timeZone name: String) async throws(PostgresError) -> Bool {
        let isKnown: Bool? = try await database.value(
            "select exists (select from pg_catalog.pg_timezone_names z where z.name = \(name))")
        return isKnown ?? false
    }
}
