import ArgumentParser
import Ledger
import Postgres
import Reconciliation

/// `mono-reconcile explain`.
struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Tell how one account stands, what to do next, and its events and runs in time order.",
        discussion:
            "Only reads, and needs no key; the database role mono_support is enough. Times are those of MONO_RECONCILE_TIME_ZONE, or Lagos'."
    )

    @Argument(
        help: ArgumentHelp(
            "Mono's Account ID, or a customer reference that belongs to one account.", valueName: "account"))
    var account: String

    @Flag(help: "Print it as JSON.")
    var json = false

    func run() async throws {
        let environment = Environment.current
        let limits = try Reader(environment: environment).accountLimits()
        let zone = try Reader(environment: environment).timeZone(nil)
        let history = try await ConnectionSettings(environment: environment).withReader {
            (reader) async throws(Failure) in try await Self.history(of: account, reader)
        }
        let story = Story(history, limits, LocalClock(zone: zone, now: history.now))
        Terminal.print(json ? HistoryJSON.text(story) : HistoryText.text(story))
    }

    /// Events and runs may know an account that has no row, so an ID is looked up before it is taken for a reference.
    private static func history(of name: String, _ reader: LedgerReader) async throws(Failure) -> AccountHistory {
        if let id = AccountID(name) {
            let history = try await read(id, reader)
            if !history.isEmpty { return history }
        }
        return try await read(try await reader.account(named: name, subject: "explain"), reader)
    }

    private static func read(_ id: AccountID, _ reader: LedgerReader) async throws(Failure) -> AccountHistory {
        try await Failure.mapping { () throws(PostgresError) in
            try await reader.history(of: id, limit: HistoryTimeline.limit)
        }
    }
}
