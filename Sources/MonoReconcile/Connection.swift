import Foundation
import MonoAPI
import Postgres

/// What names the database and Mono; from the environment alone, since a key has no place on a command line.
struct Connection: Sendable {
    var environment: [String: String]

    init(environment: [String: String] = ProcessInfo.processInfo.environment) {
        self.environment = environment
    }

    /// How to reach the database: within 5 s or not at all.
    func database() throws(Failure) -> PostgresConfiguration {
        let url = environment["DATABASE_URL"].flatMap { $0.isEmpty ? nil : $0 }
        do throws(PostgresError) {
            return try PostgresConfiguration(
                connectionString: url, applicationName: "mono-reconcile", connectDeadline: .seconds(5))
        } catch {
            throw Failure(error)
        }
    }

    /// Mono's address.
    func baseURL() throws(Failure) -> BaseURL {
        let text = environment["MONO_BASE_URL"].flatMap { $0.isEmpty ? nil : $0 } ?? "https://api.withmono.com"
        do throws(BaseURLError) {
            return try BaseURL(text)
        } catch {
            throw Failure(.configuration, "MONO_BASE_URL: \(error)")
        }
    }

    /// Mono's key, from the variable or the file that it names.
    func secretKey() throws(Failure) -> SecretKey {
        if let text = environment["MONO_SECRET_KEY"], !text.isEmpty {
            guard let key = SecretKey(text) else {
                throw Failure(.configuration, "MONO_SECRET_KEY holds characters that no key has; copy it again")
            }
            return key
        }
        guard let path = environment["MONO_SECRET_KEY_FILE"], !path.isEmpty else {
            throw Failure(
                .configuration, "no key: set MONO_SECRET_KEY, or MONO_SECRET_KEY_FILE to the path of a file with it")
        }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Failure(.configuration, "MONO_SECRET_KEY_FILE: cannot read \(path)")
        }
        guard data.count <= 4_096, let key = SecretKey(String(decoding: data, as: UTF8.self)) else {
            throw Failure(.configuration, "MONO_SECRET_KEY_FILE: \(path) does not hold one key on one line")
        }
        return key
    }
}
