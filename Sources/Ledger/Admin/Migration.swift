package import Postgres

/// One numbered file of `sql/`, as the binary carries it.
package struct Migration: Equatable, Sendable {
    /// The number that the file's name begins with.
    package let version: Int
    /// The file's name without number and ending.
    package let name: String
    /// The file's text, byte for byte.
    package let text: String

    /// All of them, in order.
    package static let all = EmbeddedFiles.all.map { Migration(file: $0.name, text: $0.text) }
        .sorted { $0.version < $1.version }

    package init(version: Int, name: String, text: String) {
        self.version = version
        self.name = name
        self.text = text
    }

    /// A file of `sql/`, which is named `NUMBER_NAME.sql`.
    private init(file: String, text: String) {
        let parts = file.split(separator: ".")[0].split(separator: "_", maxSplits: 1)
        guard parts.count == 2, let version = Int(parts[0]) else {
            preconditionFailure("sql/\(file) is not named NUMBER_NAME.sql")
        }
        self.init(version: version, name: String(parts[1]), text: text)
    }
}

/// Why the schema cannot be brought up to date or used.
package enum MigrationError: Error, Equatable, Sendable, CustomStringConvertible {
    /// An applied migration's text is not the one of this program.
    case changed(version: Int, name: String)
    /// A later migration is applied, an earlier one is not.
    case missing(version: Int, name: String)
    /// The database has a migration that this program does not know.
    case unknown(version: Int)
    /// This user lacks rights: what an administrator has to run.
    case denied(lines: [String])
    /// Another process held the migration lock for too long.
    case locked(seconds: Int)
    case database(PostgresError)

    package var description: String {
        switch self {
        case .changed(let version, let name):
            "migration \(version) (\(name)) was applied with another text than this program has; "
                + "restore the file or use the program that applied it"
        case .missing(let version, let name):
            "migration \(version) (\(name)) is missing although a later one is applied; apply it by hand first"
        case .unknown(let version):
            "the database has migration \(version), which this program does not know: use a newer mono-reconcile"
        case .denied(let lines):
            "this user may not make what belongs into the schema mono; let an administrator run: "
                + lines.joined(separator: " ")
        case .locked(let seconds):
            "another process has been migrating for \(seconds) s; try again when it is done"
        case .database(let error): error.description
        }
    }
}

/// Brings the schema `mono` up to date.
package struct Migrator: Sendable {
    private let database: Database
    private let migrations: [Migration]
    /// How long one migration may take; with a larger table in one of them, `psql` applies it.
    private static let limit = Duration.seconds(3_600)
    /// How long another migrating process is waited for.
    private let lockWait: Duration

    package init(_ database: Database, migrations: [Migration] = Migration.all, lockWait: Duration = .seconds(60)) {
        self.database = database
        self.migrations = migrations
        self.lockWait = lockWait
    }

    /// Applies what is pending and returns it; nothing is done when an applied one was changed or is missing.
    package func migrate() async throws(MigrationError) -> [Migration] {
        try await locked { () async throws(MigrationError) in
            do throws(MigrationError) {
                return try await applyPending()
            } catch {
                throw await naming(error)
            }
        }
    }

    /// What would be applied, without doing it.
    package func pending() async throws(MigrationError) -> [Migration] {
        let applied = try await appliedChecksums()
        let known = Set(migrations.map(\.version))
        if let stranger = applied.keys.sorted().first(where: { !known.contains($0) }) {
            throw .unknown(version: stranger)
        }
        let last = applied.keys.max() ?? 0
        for migration in migrations {
            guard let checksum = applied[migration.version] else {
                if migration.version < last { throw .missing(version: migration.version, name: migration.name) }
                continue
            }
            guard let checksum else { continue }
            guard try await self.checksum(of: migration) == checksum else {
                throw .changed(version: migration.version, name: migration.name)
            }
        }
        return migrations.filter { applied[$0.version] == nil }
    }

    private func applyPending() async throws(MigrationError) -> [Migration] {
        let pending = try await pending()
        for migration in pending {
            // Building an index on a large table takes longer than any other statement may.
            try await run { (session) throws(PostgresError) in
                _ = try session.execute(
                    "select set_config('mono.statement_timeout', current_setting('statement_timeout'), false)")
                _ = try session.execute("set statement_timeout = 0")
            }
            let outcome = await attempt { (session) throws(PostgresError) in
                try session.script(migration.text, limit: Self.limit)
            }
            try await run { (session) throws(PostgresError) in
                _ = try session.execute(
                    "select set_config('statement_timeout', current_setting('mono.statement_timeout'), false)")
            }
            try outcome.get()
        }
        let migrations = migrations
        try await run { (session) throws(PostgresError) in
            // Those that psql applied have no checksum yet.
            _ = try session.execute(
                """
                update mono.schema_migrations m set checksum = encode(sha256(convert_to(t.text, 'UTF8')), 'hex')
                from unnest(\(migrations.map(\.version)), \(migrations.map(\.text))) as t (version, text)
                where m.version = t.version and m.checksum is null
                """)
        }
        return pending
    }

    /// The checksums of applied migrations by version; nil where psql applied one.
    private func appliedChecksums() async throws(MigrationError) -> [Int: String?] {
        try await run { (session) throws(PostgresError) in
            let exists = try session.first("select to_regclass('mono.schema_migrations') is not null") {
                (row) throws(PostgresError) in try row.bool(0)
            }
            guard exists == true else { return [:] }
            let rows = try session.query("select version, checksum from mono.schema_migrations") {
                (row) throws(PostgresError) in (try row.int(0), try row.optionalString(1))
            }
            return Dictionary(rows) { first, _ in first }
        }
    }

    private func checksum(of migration: Migration) async throws(MigrationError) -> String? {
        try await run { (session) throws(PostgresError) in
            try session.first("select encode(sha256(convert_to(\(migration.text), 'UTF8')), 'hex')") {
                (row) throws(PostgresError) in try row.string(0)
            }
        }
    }

    // MARK: Lock

    /// Does something that no other process may do at the same time.
    func locked<Value>(_ body: () async throws(MigrationError) -> Value) async throws(MigrationError) -> Value {
        try await lock()
        do throws(MigrationError) {
            let value = try await body()
            try await unlock()
            return value
        } catch {
            // The first failure counts; closing the connection frees the lock as well.
            try? await unlock()
            throw error
        }
    }

    private func lock() async throws(MigrationError) {
        let deadline = ContinuousClock.now + lockWait
        while true {
            let isOurs = try await run { (session) throws(PostgresError) in
                try session.first("select pg_catalog.pg_try_advisory_lock(hashtext('mono.schema_migrations'))") {
                    (row) throws(PostgresError) in try row.bool(0)
                }
            }
            if isOurs == true { return }
            guard ContinuousClock.now < deadline else { throw .locked(seconds: Int(lockWait.components.seconds)) }
            do {
                try await Task.sleep(for: .milliseconds(200))
            } catch {
                throw .database(PostgresError(.cancelled, "interrupted while waiting for another migration"))
            }
        }
    }

    private func unlock() async throws(MigrationError) {
        try await run { (session) throws(PostgresError) in
            _ = try session.query("select pg_catalog.pg_advisory_unlock(hashtext('mono.schema_migrations'))") {
                (row) throws(PostgresError) in try row.optionalBool(0)
            }
        }
    }

    private func attempt(
        _ body: @escaping @Sendable (borrowing Session) throws(PostgresError) -> Void
    ) async -> Result<Void, MigrationError> {
        do throws(MigrationError) {
            return .success(try await run(body))
        } catch {
            return .failure(error)
        }
    }

    /// Works on the database.
    func run<Value: Sendable>(
        _ body: @escaping @Sendable (borrowing Session) throws(PostgresError) -> Value
    ) async throws(MigrationError) -> Value {
        do throws(PostgresError) {
            return try await database.run(body)
        } catch {
            throw .database(error)
        }
    }
}
