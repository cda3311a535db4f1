import ArgumentParser
import Ledger
import Postgres
import Reconciliation

/// `mono-reconcile plan`, and `run --dry-run`.
struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Say what run would do now: accounts, reasons, expected calls, their cost and duration.",
        discussion: """
            Makes no API call and writes nothing; needs no key. It takes those options of run that decide what a run \
            does; `run --dry-run` is the same and takes them all.
            """)

    @OptionGroup var arguments: PlanArguments

    func run() async throws {
        let environment = Environment.current
        let settings = try RunSettings(arguments, RunArguments.parse([]), environment: environment)
        try await Self.plan(settings, ConnectionSettings(environment: environment))
    }

    /// Prints what a run with these settings would do.
    static func plan(_ settings: RunSettings, _ connection: ConnectionSettings) async throws {
        // Not called here, but a run would end because of it.
        _ = try connection.baseURL()
        for warning in RunSettings.warnings(of: connection.environment) { Terminal.complain(warning) }
        let forecast = try await connection.withReader { (reader) async throws(Failure) in
            let accounts = try await reader.accounts(named: settings.accounts, subject: "--account")
            return try await Failure.mapping { () throws(PostgresError) in
                try await reader.forecast(
                    settings.rules, limit: [settings.limit, settings.maxCalls].compactMap { $0 }.min(),
                    force: settings.force,
                    accounts: accounts)
            }
        }
        Terminal.print(settings.json ? forecast.json(settings) : forecast.text(settings, zone: settings.timeZone))
    }
}
