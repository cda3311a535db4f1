import FoundationEssentials
import MonoAPI
import Postgres
import Webhooks

/// How to reach the database and Mono, from the environment alone: a key has no place on a command line.
struct ConnectionSettings: Sendable {
    var environment: [String: String]

    init(environment: [String: String] = ProcessInfo.processInfo.environment) {
        self.environment = Environment.meant(environment)
    }

    /// How to reach the database: within 5 s, with commits that outlast a power cut.
    ///
    /// - Parameters:
    ///   - statementTimeout: The server's limit for one statement.
    ///   - lockTimeout: The server's limit for one lock.
    /// - Returns: The configuration that `Database` connects with.
    /// - Throws: `configuration`.
    func database(
        statementTimeout: Duration = .seconds(30), lockTimeout: Duration = .seconds(10)
    ) throws(Failure) -> PostgresConfiguration {
        let url = environment["DATABASE_URL"].flatMap { $0.isEmpty ? nil : $0 }
        do throws(PostgresError) {
            return try PostgresConfiguration(
                connectionString: url, applicationName: "mono-reconcile", connectDeadline: .seconds(5),
                statementTimeout: statementTimeout, lockTimeout: lockTimeout, commitsDurably: true)
        } catch {
            guard error.kind == .configuration, url != nil else { throw Failure(error) }
            throw Failure(
                .configuration, "DATABASE_URL: \(error.message)",
                remedy: error.hint ?? "for instance postgresql://user@host/database")
        }
    }

    /// Mono's address.
    ///
    /// A variable that is set and empty is refused: it was hardly meant for the real Mono.
    func baseURL() throws(Failure) -> BaseURL {
        let text = environment["MONO_BASE_URL"] ?? "https://api.withmono.com"
        guard !text.isEmpty else {
            throw Failure(
                .configuration,
                "MONO_BASE_URL is set and empty",
                remedy: "unset it, or set MONO_BASE_URL=https://api.withmono.com")
        }
        do throws(BaseURLError) {
            return try BaseURL(ofAPI: text)
        } catch {
            throw Failure(.configuration, "MONO_BASE_URL: \(error.problem)", remedy: error.remedy)
        }
    }

    /// Mono's key, from one variable or the file that another one names.
    func secretKey() throws(Failure) -> SecretKey {
        if let text = environment["MONO_SECRET_KEY"], !text.isEmpty {
            guard let key = SecretKey(text) else {
                throw Failure(
                    .configuration, "MONO_SECRET_KEY holds characters that no key has\(Self.why(text))",
                    remedy: "copy it again")
            }
            return key
        }
        guard let path = environment["MONO_SECRET_KEY_FILE"], !path.isEmpty else {
            throw Failure(
                .configuration, "no key: set MONO_SECRET_KEY, or MONO_SECRET_KEY_FILE to the path of a file with it")
        }
        let text = try text(of: path, "MONO_SECRET_KEY_FILE")
        guard !text.hasPrefix("MONO_"), let key = SecretKey(text) else {
            throw Failure(
                .configuration, "MONO_SECRET_KEY_FILE: \(path) does not hold one key on one line\(Self.why(text))")
        }
        return key
    }

    /// The secret that Mono sends with its webhooks, from one variable or the file that another one names.
    func webhookSecret() throws(Failure) -> WebhookSecret {
        let text = environment["MONO_WEBHOOK_SECRET", default: ""]
        let path = environment["MONO_WEBHOOK_SECRET_FILE", default: ""]
        switch (text.isEmpty, path.isEmpty) {
        case (true, true):
            throw Failure(
                .configuration,
                "no webhook secret: set MONO_WEBHOOK_SECRET to the one that Mono's dashboard has for this webhook, or "
                    + "MONO_WEBHOOK_SECRET_FILE to the path of a file with it")
        case (false, false):
            throw Failure(
                .configuration, "MONO_WEBHOOK_SECRET and MONO_WEBHOOK_SECRET_FILE are both set", remedy: "keep one")
        case (false, true):
            guard let secret = WebhookSecret(text) else {
                throw Failure(
                    .configuration, "MONO_WEBHOOK_SECRET holds characters that no header can carry\(Self.why(text))",
                    remedy: "copy it again")
            }
            return secret
        case (true, false):
            let text = try self.text(of: path, "MONO_WEBHOOK_SECRET_FILE")
            guard !text.hasPrefix("MONO_"), let secret = WebhookSecret(text) else {
                throw Failure(
                    .configuration,
                    "MONO_WEBHOOK_SECRET_FILE: \(path) does not hold one secret on one line\(Self.why(text))")
            }
            return secret
        }
    }

    /// The text of a file with a secret.
    private func text(of path: String, _ variable: String) throws(Failure) -> String {
        let whole = try Reader(environment: environment).path(path, of: variable)
        do throws(SecretFile.Unreadable) {
            return Environment.value(String(decoding: try SecretFile.bytes(of: whole), as: UTF8.self))
        } catch {
            throw Failure(
                .configuration, "\(variable): cannot read \(path): \(error.reason)",
                remedy: "check the path, and that this user may read it")
        }
    }

    private static func why(_ text: String) -> String { Environment.invisible(in: text).map { ": \($0)" } ?? "" }
}
