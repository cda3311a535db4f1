import ArgumentParser
import Ledger
import MonoAPI
import Postgres
import Reconciliation
import Reports
import Text

/// `mono-reconcile reauth-link`.
struct ReauthLinkCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reauth-link",
        abstract: "Make a link (realtime) or token (data-sync) by which a customer re-authorises an account.",
        discussion: """
            Send it to the customer and to nobody else. A token is for Mono's widget and dead after 10 minutes. One API \
            call, which belongs to no run; nothing is written, and the database role mono_support is enough.
            """)

    @Argument(
        help: ArgumentHelp(
            "Mono's Account ID, or a customer reference that belongs to one account.", valueName: "account"))
    var account: String

    @OptionGroup var api: APIArguments

    @Flag(help: "Print the link or token and nothing else.")
    var quiet = false

    @Flag(help: "Print it as JSON.")
    var json = false

    func run() async throws {
        let connection = ConnectionSettings()
        let generation = try api.generation(connection.environment)
        let configuration = try connection.database()
        let client = try connection.client(generation)
        let link: Result<(AccountID, ReauthLink), Failure>
        do throws(Failure) {
            let id = try await connection.withReader(configuration) { (reader) async throws(Failure) in
                try await Self.check(account, reader)
            }
            link = await client.reauthorisationLink(of: id).map { (id, $0) }.mapError { Failure($0, of: id) }
        } catch {
            link = .failure(error)
        }
        await client.shutdown()
        let (id, value) = try link.get()
        Terminal.print(text(value, of: id, generation), .paid)
    }

    /// An account that is unknown or unlinked costs no call.
    private static func check(_ name: String, _ reader: LedgerReader) async throws(Failure) -> AccountID {
        let id = try await reader.account(named: name, subject: "reauth-link")
        let state = try await Failure.mapping { () throws(PostgresError) in try await reader.state(of: id) }
        if let date = state?.unlinkedAt {
            throw Failure(
                .badInput, "account \(id) was unlinked at \(date.iso8601): the customer has to link it again")
        }
        return id
    }

    private func text(_ link: ReauthLink, of id: AccountID, _ api: APIGeneration) -> String {
        if json {
            var members: [(String, JSONText)] = [
                ("schema_version", .integer(1)), ("account_id", .string(id.rawValue)),
            ]
            switch api {
            case .realtime: members.append(("link", .string(link.value)))
            case .dataSync: members += [("token", .string(link.value)), ("valid_for_seconds", .integer(600))]
            }
            return JSONText.object(members).description
        }
        if quiet { return link.value }
        return switch api {
        case .realtime: "Link for the customer to re-authorise \(id):\n\(link.value)"
        case .dataSync: "Token for Mono's widget to re-authorise \(id), valid for 10 minutes:\n\(link.value)"
        }
    }
}

extension Failure {
    /// Why there is no link for an account.
    init(_ error: ReauthFailure, of account: AccountID) {
        switch error {
        case .cannotBeReauthorised:
            self.init(
                .unsettled,
                "Mono says that this account cannot be re-authorised: the customer has to link it again.")
        case .failed(.keyRefused): self = .keyRefused
        case .failed(.denied(let status)): self = .denied(status)
        case .failed(.notFound):
            self.init(
                .badInput, "Mono does not know account \(account) with this key; check the ID, the key and --api")
        case .failed(.tooManyRequests(let wait)): self = .tooManyRequests(wait)
        case .failed(.foreign):
            self.init(.unreachable, "Mono gave no link: \(error.word); check MONO_BASE_URL, network and proxy")
        case .failed(.server), .failed(.transport), .failed(.unreadable), .failed(.wrongAccount), .failed(.rejected):
            self.init(.unreachable, "Mono gave no link: \(error.word); try again later")
        }
    }
}
