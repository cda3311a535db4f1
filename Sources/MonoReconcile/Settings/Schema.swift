import Ledger
import Postgres

/// Whether the database has the schema that this program needs.
enum Schema {
    /// Fails with 78 when migrations are pending, changed or missing, and with 69 without a database.
    static func check(_ database: Database) async throws(Failure) {
        let pending: [Migration]
        do throws(MigrationError) {
            pending = try await Migrator(database).pending()
        } catch {
            throw Failure(error)
        }
        guard pending.isEmpty else {
            let names = pending.map { "\($0.version) (\($0.name))" }.joined(separator: ", ")
            throw Failure(.configuration, "pending migrations: \(names)", remedy: "run: mono-reconcile migrate")
        }
    }
}
