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
            earlier one is missing. What this user may not do is said, with the lines that an administrator has to run.
            """)

    @Flag(help: "Print what was applied as JSON.")
    var json = false

    func run() async throws {
        let (applied, left) = try await ConnectionSettings().withDatabase { (database) async throws(Failure) in
            let migrator = Migrator(database)
            do throws(MigrationError) {
                return (try await migrator.migrate(), try await migrator.grantRoles())
            } catch {
                throw Failure(error)
            }
        }
        tell(applied, left)
        guard !left.isEmpty else { return }
        let lines = left.map { "  \($0)\n" }.joined()
        Terminal.note(
            "mono-reconcile: the tables are there, but this user may not make or admit all roles; let an administrator "
                + "run this, then run mono-reconcile migrate again:\n\(lines)")
    }

    private func tell(_ applied: [Migration], _ left: [String]) {
        if json {
            let list = applied.map { one in
                JSONText.object([("version", .integer(Int64(one.version))), ("name", .string(one.name))])
            }
            let value = JSONText.object([
                ("schema_version", .integer(1)), ("applied", .array(list)),
                ("left_to_do", .array(left.map { .string($0) })),
            ])
            return Terminal.print(value.description)
        }
        guard !applied.isEmpty else { return Terminal.print("The schema is up to date.") }
        for migration in applied { Terminal.print("applied \(migration.version) (\(migration.name))") }
    }
}
