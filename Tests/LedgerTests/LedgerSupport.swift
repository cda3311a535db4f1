import Foundation
import Postgres
import TestSupport

/// The files of `sql/` in order, read from the repository the tests were built in.
enum Migrations {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../sql", directoryHint: .isDirectory).standardizedFileURL

    static func all() throws -> [String] {
        try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "sql" }
            .sorted { $0.lastPathComponent < $1.lastPathComponent }
            .map { try String(contentsOf: $0, encoding: .utf8) }
    }
}

/// The webhooks of `Fixtures/`, all of them about one account.
enum Fixtures {
    static let account = "6a10f0c1d2e3f4a5b6c7d801"

    static func webhook(_ name: String) throws -> String {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/wh-\(name).json")
        return try String(contentsOf: file, encoding: .utf8)
    }
}

/// A database of one test with the whole schema: a copy of one that is migrated once.
func migratedTestDatabase() async throws -> TestDatabase {
    try await TestCluster.shared.makeDatabase(preparedAs: "migrated") { template in
        let database = template.connect()
        for migration in try Migrations.all() { try await database.script(migration) }
        await database.close()
    }
}

/// A connection to a database of one test with the whole schema; closed when the test lets go of it.
func migratedDatabase() async throws -> Database {
    try await migratedTestDatabase().connect()
}

extension Database {
    func script(_ text: String) async throws {
        try await run { (session) throws(PostgresError) in try session.script(text) }
    }

    /// The first column of every row as text; null as "-".
    func texts(_ sql: SQL) async throws -> [String] {
        try await run { (session) throws(PostgresError) in
            try session.query(sql) { (row) throws(PostgresError) in try row.optionalString(0) ?? "-" }
        }
    }

    /// The first column of the only row.
    func text(_ sql: SQL) async throws -> String {
        try await texts(sql).joined(separator: "; ")
    }

    /// Records one webhook and returns its effect.
    func record(_ payload: String) async throws -> String {
        try await text("select mono.record_event(\(payload))")
    }

    /// What every test asks of an account: data, debt and flag, the dates only as present or absent.
    func state(_ account: String = Fixtures.account) async throws -> String {
        try await text(
            """
            select concat_ws(' ', case when data_available then 'data' else 'no-data' end,
                case when awaiting_update_since is not null then 'awaiting' end,
                case when reauthorisation_required_since is not null then 'flagged' end,
                case when unlinked_at is not null then 'unlinked' end)
            from mono.accounts where account_id = \(account)
            """)
    }
}
