import ArgumentParser
import Platform

/// The command `mono-reconcile`.
@main
struct MonoReconcile: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mono-reconcile",
        abstract: "Finds bank accounts that Mono left without data, settles each one, and reports who must act.",
        discussion: """
            Without a subcommand it runs the nightly reconciliation. Try `mono-reconcile plan` first: it calls \
            nobody and writes nothing.

            Every option of `run` can also be set as MONO_RECONCILE_<OPTION>, for instance \
            MONO_RECONCILE_MAX_CALLS=20000. DATABASE_URL (or libpq's own PGHOST, PGSERVICE, …) names the database, \
            MONO_SECRET_KEY or MONO_SECRET_KEY_FILE holds Mono's key.
            """,
        version: version,
        subcommands: [
            RunCommand.self, PlanCommand.self, ReportCommand.self, StatusCommand.self, FindCommand.self,
            ExplainCommand.self, ListenCommand.self, RecordCommand.self, LinkCommand.self, ReauthLinkCommand.self,
            MigrateCommand.self,
            PruneCommand.self, DoctorCommand.self,
        ],
        defaultSubcommand: RunCommand.self)

    /// This program's version, as CHANGELOG.md has it.
    static let version = "0.1.0"

    static func main() async {
        Terminal.prepare()
        _ = Process.raiseDescriptorLimit()
        do {
            var command = try parseAsRoot()
            let right = right(of: command)
            do {
                if var command = command as? any AsyncParsableCommand {
                    try await command.run()
                } else {
                    try command.run()
                }
            } catch let failure as Failure {
                throw failure.naming(right)
            }
            Terminal.quit(0)
        } catch let failure as Failure {
            Terminal.complain(failure.message)
            Terminal.quit(failure.code)
        } catch {
            if exitCode(for: error) == .validationFailure, let complaint = complaint(about: CommandLine.arguments) {
                Terminal.complain(complaint)
                Terminal.quit(Failure.ExitStatus.usage.rawValue)
            }
            OutputQueue.shared.flush(waitingForResults: true)
            exit(withError: error)
        }
    }

    /// A suggestion for a command line that the parser refused; nil if the parser's own message says more.
    private static func complaint(about arguments: [String]) -> String? {
        let commands = configuration.subcommands.compactMap { $0.configuration.commandName } + ["help"]
        return Suggestions.complaint(about: Array(arguments.dropFirst()), commands: commands)
    }

    /// The least that a command needs in the database.
    static func right(of command: any ParsableCommand) -> DatabaseRight {
        switch command {
        case is ListenCommand, is RecordCommand, is LinkCommand: .webhook
        case is PlanCommand, is ReportCommand, is StatusCommand, is FindCommand, is ExplainCommand,
            is ReauthLinkCommand:
            .support
        case is MigrateCommand: .owner
        default: .reconciler
        }
    }
}
