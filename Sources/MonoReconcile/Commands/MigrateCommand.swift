import ArgumentParser
import Ledger
import Postgres
import Reports
import Text

/// `mono-reconcile migrate`.
struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate",
        abstract: "Bring the database schema up to date.",
        discussion: """
            May be run again, and twice at once. It refuses to go on when an applied migration was changed or an \
            earlier one is missing.
            """)

    @Flag(help: "Print what was applied as JSON.")
    var json = false

    func run() async throws {
        let applied = try await ConnectionSettings().withDatabase { (database) async throws(Failure) in
            do throws(MigrationError) {
                return try await Migrator(database).migrate()
            } catch {
                throw Failure(error)
            }
        }
        if json {
            let list = applied.map { one in
                JSONText.object([("version", .integer(Int64(one.version))), ("name", .string(one.name))])
            }
            return Terminal.print(
                JSONText.object([("schema_version", .integer(1)), ("applied", .array(list))]).description)
        }
        guard !applied.isEmpty else { return Terminal.print("The schema is up to date.") }
        for migration in applied { Terminal.print("applied \(migration.version) (\(migration.name))") }
    }
}
