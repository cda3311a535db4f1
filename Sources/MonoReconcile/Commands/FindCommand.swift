import ArgumentParser
import Ledger
import Postgres
import Reports

/// `mono-reconcile find`.
struct FindCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "find",
        abstract: "Find accounts by Account ID, customer reference or bank, and say how each one stands.",
        discussion: """
            A part of the text is enough; case and accents make no difference. A line for each account, the best match \
            first: reference, ID, bank, how it stands, and what to do next. Only reads, and needs no key; the database \
            role mono_support is enough.
            """)

    @Argument(help: ArgumentHelp("An Account ID, a customer reference or a bank, or a part of one.", valueName: "text"))
    var text: String

    @Option(parsing: .unconditional, help: ArgumentHelp("Show at most so many. (default: 50)", valueName: "number"))
    var limit: String?

    @Flag(help: "Print it as JSON.")
    var json = false

    func run() async throws {
        let environment = Environment.current
        var wanted = String(text.drop(while: \.isWhitespace))
        while wanted.last?.isWhitespace == true { wanted.removeLast() }
        guard !wanted.isEmpty else {
            throw Failure(.usage, "find: an empty text would find every account", remedy: "for instance: find LOAN-7")
        }
        let text = wanted
        // Not the variable of `run`'s option of that name.
        let limit = try Reader(environment: [:]).count("limit", limit, example: "200") ?? 50
        let limits = try Reader(environment: environment).accountLimits()
        let zone = try Reader(environment: environment).timeZone(nil)
        let found = try await ConnectionSettings(environment: environment).withReader {
            (reader) async throws(Failure) in
            try await Failure.mapping { () throws(PostgresError) in try await reader.find(text, limit: limit) }
        }
        let clock = LocalClock(zone: zone, now: found.now)
        if json { return Terminal.print(FoundJSON.text(found, limits, clock)) }
        guard !found.accounts.isEmpty else {
            return Terminal.complain("no account matches \"\(text.printable(limit: 80))\"")
        }
        Terminal.print(FoundText.text(found, limits, clock))
    }
}
