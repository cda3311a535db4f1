import ArgumentParser
import Ledger
import Postgres
import Reconciliation

/// `mono-reconcile status`.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show the last runs, the open one, who works on it, what is stuck, and the last event: one screen.",
        discussion: """
            Only reads, and needs no key; the database role mono_support is enough. Times are those of \
            MONO_RECONCILE_TIME_ZONE, or Lagos', by the database's clock. Numbers above 100,000 are not counted further.
            """)

    /// Runs that fit the screen.
    private static let runs = 7

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "How long an account may await its event before it is stuck. (default: 5m)", valueName: "duration"))
    var stuckAfter: String?

    @Flag(help: "Print it as JSON.")
    var json = false

    func run() async throws {
        let environment = Environment.current
        let zone = try Reader(environment: environment).timeZone(nil)
        let reader = Reader(environment: environment)
        let stuckAfter = try reader.stuckAfter(stuckAfter)
        let status = try await ConnectionSettings().withReader { (reader) async throws(Failure) in
            try await Failure.mapping { () throws(PostgresError) in
                try await reader.status(stuckAfter: stuckAfter, runs: Self.runs, zone: zone)
            }
        }
        Terminal.print(json ? StatusJSON.text(status) : StatusText.text(status, zone: zone))
    }
}
