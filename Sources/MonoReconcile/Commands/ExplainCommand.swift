import ArgumentParser
import Ledger
import Postgres
import Reconciliation

/// `mono-reconcile explain`.
struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Tell what is known of one account: its state, and its events and runs in time order.",
        discussion: "Only reads, and needs no key; the database role mono_support is enough. Times are UTC.")

    @Argument(help: ArgumentHelp("Mono's Account ID.", valueName: "account"))
    var account: String

    @Flag(help: "Print it as JSON.")
    var json = false

    func run() async throws {
        let id = try AccountID(argument: account)
        let history = try await ConnectionSettings().withReader { (reader) async throws(Failure) in
            try await Failure.mapping { () throws(PostgresError) in
                try await reader.history(of: id, limit: HistoryTimeline.limit)
            }
        }
        guard !history.isEmpty else {
            throw Failure(
                .badInput, "nothing is known of account \(id): no row, no event, no run", remedy: "check the ID")
        }
        Terminal.print(json ? HistoryJSON.text(history) : HistoryText.text(history))
    }
}
