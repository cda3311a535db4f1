import ArgumentParser
import Ledger
import MonoAPI
import Postgres
import Reconciliation
import Reports
import Text

/// `mono-reconcile link`.
struct LinkCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "link",
        abstract: "Exchange the code of Mono's widget for the Account ID, and record the account.",
        discussion: """
            A code is valid for 10 minutes and only once, so the database shows that it would take the account before \
            the code is exchanged. Events that came first are kept; the database role mono_webhook is enough.
            """)

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The code; - reads it from standard input, since others can see arguments."))
    var code: String

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Your own name for the customer, kept with the account.", valueName: "reference"))
    var customerRef: String?

    @OptionGroup var api: APIArguments

    @Flag(help: "Print the Account ID and nothing else.")
    var quiet = false

    @Flag(help: "Print it as JSON.")
    var json = false

    func run() async throws {
        let connection = ConnectionSettings()
        let ref = try Self.reference(customerRef)
        let code = try Self.read(code)
        let generation = try api.generation(connection.environment)
        let configuration = try connection.database()
        let client = try connection.client(generation)
        let account: Result<AccountID, Failure>
        do throws(Failure) {
            account = .success(try await Self.link(code, ref, client, connection, configuration))
        } catch {
            account = .failure(error)
        }
        await client.shutdown()
        show(try account.get(), ref)
    }

    private func show(_ account: AccountID, _ ref: String?) {
        if json {
            let value = JSONText.object([
                ("schema_version", .integer(1)), ("account_id", .string(account.rawValue)),
                ("customer_ref", .text(ref)),
            ])
            Terminal.print(value.description, .paid)
        } else {
            let next = "; Mono's account_updated says when its data is there"
            Terminal.print(quiet ? account.rawValue : "linked \(account)\(next)", .paid)
        }
    }

    // MARK: Input

    private static func read(_ option: String) throws(Failure) -> LinkCode {
        var text = option
        if option == "-" {
            guard let bytes = InputFile.standard.readLine(upTo: 4_096) else {
                throw Failure(.badInput, "--code -: standard input cannot be read")
            }
            text = String(decoding: bytes, as: UTF8.self)
        }
        // A text that is no code may be another secret, so the message does not quote the text.
        guard let code = LinkCode(text) else {
            throw Failure(.badInput, "--code: not a code of Mono's widget, which is one word such as code_abc123")
        }
        return code
    }

    /// A reference as `mono.record_event` keeps them: up to 256 characters; empty is none.
    private static func reference(_ text: String?) throws(Failure) -> String? {
        guard let text, !text.isEmpty else { return nil }
        let isPrintable = text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
        guard text.unicodeScalars.count <= 256, isPrintable else {
            throw Failure(.badInput, "--customer-ref: at most 256 characters on one line, for instance LOAN-1042")
        }
        return text
    }

    // MARK: Linking

    private static func link(
        _ code: LinkCode, _ ref: String?, _ client: MonoClient, _ connection: ConnectionSettings,
        _ configuration: PostgresConfiguration
    ) async throws(Failure) -> AccountID {
        let (exchanged, trouble) = try await connection.withAdmin(configuration) { admin in
            await exchange(code, ref, client, admin)
        }
        switch exchanged {
        case .success(let account)?:
            if let trouble { try await recordAgain(account, ref, connection, configuration, after: trouble) }
            return account
        // Nothing is to be recorded, so the database's trouble does not matter.
        case .failure(let error)?: throw Failure(error)
        case nil: throw trouble.map { Failure($0) } ?? Failure(.internalError, "the code was not exchanged")
        }
    }

    /// What Mono answered, nil if it was not asked, and what the database had against recording the account.
    private static func exchange(
        _ code: LinkCode, _ ref: String?, _ client: MonoClient, _ admin: LedgerAdmin
    ) async -> (answer: Result<AccountID, ExchangeFailure>?, trouble: PostgresError?) {
        let watch = LinkWatch(ref)
        StopSignals.install(lastWords: "interrupted") { signal in
            Terminal.complain(watch.farewell)
            Terminal.quit(128 + signal)
        }
        var exchanged: Result<AccountID, ExchangeFailure>?
        var trouble: PostgresError?
        do throws(PostgresError) {
            try await admin.link(customerRef: ref) {
                watch.exchanging()
                let answer = await client.exchange(code)
                exchanged = answer
                switch answer {
                case .success(let account):
                    watch.exchanged(account)
                    return account
                case .failure:
                    watch.exchanged(nil)
                    return nil
                }
            }
        } catch {
            trouble = error
        }
        return (exchanged, trouble)
    }

    /// Once more, on a new connection: recording an account twice does no harm.
    private static func recordAgain(
        _ account: AccountID, _ ref: String?, _ connection: ConnectionSettings,
        _ configuration: PostgresConfiguration, after error: PostgresError
    ) async throws(Failure) {
        try await connection.withDatabase(configuration) { (database) async throws(Failure) in
            do throws(PostgresError) {
                try await LedgerAdmin(database: database).connect(account, customerRef: ref)
            } catch {
                throw Failure(.unreachable, "\(error); \(ManualRecording.advice(account, ref))")
            }
        }
    }
}

extension Failure {
    /// What a failed exchange means for whoever has the code.
    init(_ error: ExchangeFailure) {
        switch error {
        case .codeRefused(let status):
            self.init(
                .badInput,
                "Mono refuses the code (HTTP \(status)): a code is valid for 10 minutes and only once; let the customer "
                    + "open the widget again for a new one")
        case .keyRefused: self = .keyRefused
        case .denied(let status): self = .denied(status)
        case .tooManyRequests(let wait): self = .tooManyRequests(wait)
        case .noConnection(let why):
            self.init(
                .unreachable,
                "Mono cannot be reached: \(why); the code was not used; check MONO_BASE_URL and the network")
        case .inDoubt(let doubt):
            self.init(
                .unreachable,
                "it is not known whether Mono exchanged the code (\(doubt.why)), and it is not sent twice: if it did, its "
                    + "event account_connected records the account; else let the customer open the widget again")
        }
    }
}
