import Foundation
package import Postgres

/// A private PostgreSQL cluster in a temporary folder, gone when the test process ends.
///
/// It listens on a Unix socket and on a free port of 127.0.0.1. Everybody is trusted, except members of the role
/// `password_users` over TCP, who need their password (SCRAM).
package actor TestCluster {
    /// The folder of data, socket and log.
    package nonisolated let directory: String
    /// The port of 127.0.0.1, and of the socket's name.
    package nonisolated let port: Int

    private let installation: PostgresInstallation
    private var watchdog: Watchdog?
    private var administration: Database?
    private var databases = 0
    private var templates: [String: Task<Void, any Error>] = [:]

    private static let sharedCluster = Task { try await TestCluster.start() }

    /// The cluster all tests of this process share, started by the first to ask.
    package static var shared: TestCluster {
        get async throws { try await sharedCluster.value }
    }

    /// Starts a cluster of one's own, for tests that stop or restart the server.
    package static func start() async throws -> TestCluster {
        let installation = try PostgresInstallation.find()
        var lastError: any Error = TestClusterError(description: "PostgreSQL was not started")
        // Another process can take the port between the question and the server's start.
        for _ in 1...3 {
            do {
                let cluster = try TestCluster(installation, port: freeLoopbackPort())
                try await cluster.initialise()
                return cluster
            } catch {
                lastError = error
            }
        }
        throw lastError
    }

    /// Starts a standby of this cluster, to which every commit is replicated before it is acknowledged.
    ///
    /// It is a cluster of its own: stop this one, ``promote()`` that one, and it is the primary.
    package func startStandby() async throws -> TestCluster {
        let standby = try TestCluster(installation, port: freeLoopbackPort())
        do {
            try await standby.follow(self)
            try await administer { (session) throws(PostgresError) in
                try session.execute("alter system set synchronous_standby_names = '*'")
                try session.execute("select pg_reload_conf()")
            }
        } catch {
            // The first failure is the one to tell.
            try? await standby.remove()
            throw error
        }
        return standby
    }

    /// Makes a standby the primary.
    package func promote() async throws {
        try await administer { (session) throws(PostgresError) in
            guard try session.value("select pg_promote(wait_seconds => 30)", as: Bool.self) == true else {
                throw PostgresError(.protocolViolation, "the standby was not promoted within 30 s")
            }
        }
    }

    private func follow(_ primary: TestCluster) async throws {
        let arguments = [
            "-D", "\(directory)/data", "-R", "-X", "stream", "-c", "fast", "--no-sync", "-h", primary.directory, "-p",
            "\(primary.port)", "-U", "postgres",
        ]
        try await run(installation.baseBackup, arguments)
        try await startServer()
    }

    private func run(_ program: String, _ arguments: [String]) async throws {
        let status = try await ChildProcess(installation.command(program, arguments), log: log).wait()
        guard status == 0 else { throw TestClusterError(description: "\(program) failed: \(logTail())") }
    }

    private init(_ installation: PostgresInstallation, port: Int) throws {
        self.installation = installation
        self.port = port
        // Directly under /tmp: a socket's path is limited to 107 bytes, and the server's user must be able to enter.
        var template = Array("/tmp/pg-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw TestClusterError(description: "no folder can be made in /tmp") }
        directory = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        if let user = installation.user, chown(directory, user.userID, user.groupID) != 0 {
            throw TestClusterError(description: "\(directory) cannot be given to \(user.name)")
        }
    }

    /// A connection string for libpq.
    ///
    /// - Parameters:
    ///   - database: A name without blanks and quotes.
    ///   - usesTCP: Over 127.0.0.1 instead of the Unix socket.
    /// - Returns: Keywords and values, with the superuser `postgres` as user.
    package nonisolated func connectionString(database: String = "postgres", usesTCP: Bool = false) -> String {
        "host=\(usesTCP ? "127.0.0.1" : directory) port=\(port) dbname=\(database) user=postgres"
    }

    /// Creates an empty database for one test.
    ///
    /// - Parameter template: What to copy; nobody may be connected to it.
    /// - Returns: The database, which lasts as long as the cluster.
    /// - Throws: The server's refusal.
    package func makeDatabase(template: String = "template0") async throws -> TestDatabase {
        databases += 1
        let name = "test_\(databases)"
        try await administer { (session) throws(PostgresError) in
            try session.execute("create database \(identifier: name) template \(identifier: template)")
        }
        return try TestDatabase(name: name, connectionString: connectionString(database: name))
    }

    /// Creates a database for one test as a copy of one that is prepared once for all tests.
    ///
    /// - Parameters:
    ///   - template: The name of the prepared database.
    ///   - prepare: Fills the prepared database; must close its connections. Run by the first caller of each name.
    /// - Returns: The copy, which lasts as long as the cluster.
    /// - Throws: What `prepare` throws, to every caller of that name, or the server's refusal.
    package func makeDatabase(
        preparedAs template: String, _ prepare: @escaping @Sendable (TestDatabase) async throws -> Void
    ) async throws -> TestDatabase {
        let task =
            templates[template]
            ?? Task {
                try await administer { (session) throws(PostgresError) in
                    try session.execute("create database \(identifier: template) template template0")
                }
                let string = connectionString(database: template)
                try await prepare(TestDatabase(name: template, connectionString: string))
            }
        templates[template] = task
        try await task.value
        return try await makeDatabase(template: template)
    }

    /// Runs statements as superuser in the database `postgres`.
    @discardableResult
    package func administer<Value: Sendable>(
        _ body: @Sendable (borrowing Session) throws(PostgresError) -> Value
    ) async throws -> Value {
        let database: Database
        if let administration {
            database = administration
        } else {
            database = Database(try configuration(timeout: .seconds(60)))
            administration = database
        }
        return try await database.run(body)
    }

    /// Sends a signal to a backend, for instance to stop it as if its host were gone.
    package nonisolated func signal(_ backendPID: Int, _ number: Int32) {
        kill(pid_t(backendPID), number)
    }

    /// Stops the server; the data stay.
    ///
    /// - Parameter immediately: As if by a crash, instead of orderly.
    /// - Throws: A system error when the server's shell cannot be told.
    package func stop(immediately: Bool = false) async throws {
        await administration?.close()
        administration = nil
        guard let stopped = watchdog else { return }
        watchdog = nil
        try await stopped.stop(immediately ? .immediate : .fast, keepsDirectory: true)
    }

    /// Stops the server and removes its folder; the cluster cannot be used again.
    package func remove() async throws {
        await administration?.close()
        administration = nil
        guard let stopped = watchdog else {
            try FileManager.default.removeItem(atPath: directory)
            return
        }
        watchdog = nil
        try await stopped.stop(.immediate, keepsDirectory: false)
    }

    /// Starts a stopped server again on the same port; returns when it accepts connections.
    package func startServer() async throws {
        guard watchdog == nil else { return }
        let settings = [
            "-D", "\(directory)/data", "-p", "\(port)", "-k", directory, "-h", "127.0.0.1", "-F",
            "-c", "synchronous_commit=off", "-c", "full_page_writes=off", "-c", "max_connections=600",
            "-c", "shared_buffers=32MB", "-c", "log_min_messages=fatal", "-c", "log_min_error_statement=panic",
        ]
        watchdog = try Watchdog(
            directory: directory, command: installation.command(installation.postgres, settings), log: log)
        try await awaitServer()
    }

    private func initialise() async throws {
        do {
            let arguments = [
                "-D", "\(directory)/data", "-U", "postgres", "--auth=trust", "--no-sync", "--encoding=UTF8",
                "--locale=C", "--no-instructions",
            ]
            try await run(installation.initdb, arguments)
            try restrictPasswordUsers()
            try await startServer()
            try await administer { (session) throws(PostgresError) in
                try session.execute("create role password_users")
            }
        } catch {
            // The first failure is the one to tell; a folder left in /tmp is not worth another.
            try? await remove()
            throw error
        }
    }

    /// The first matching line of `pg_hba.conf` decides.
    private func restrictPasswordUsers() throws {
        let path = "\(directory)/data/pg_hba.conf"
        let rules = try String(contentsOfFile: path, encoding: .utf8)
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        try file.write(contentsOf: Data(("host all +password_users 127.0.0.1/32 scram-sha-256\n" + rules).utf8))
        try file.close()
    }

    /// Asks until the server answers, ends or has had 30 s.
    private func awaitServer() async throws {
        let deadline = ContinuousClock.now + .seconds(30)
        while true {
            let database = Database(try configuration(timeout: .seconds(5)))
            do throws(PostgresError) {
                _ = try await database.run { (session) throws(PostgresError) in session.backendPID }
                await database.close()
                return
            } catch {
                let hasEnded = FileManager.default.fileExists(atPath: "\(directory)/ended")
                guard !hasEnded, ContinuousClock.now < deadline else {
                    throw TestClusterError(description: "PostgreSQL did not start: \(error); \(logTail())")
                }
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    private func configuration(timeout: Duration) throws -> PostgresConfiguration {
        try PostgresConfiguration(
            connectionString: connectionString(), applicationName: "test-cluster", statementTimeout: timeout,
            lockTimeout: timeout)
    }

    private nonisolated var log: String { "\(directory)/log" }

    private func logTail() -> String {
        // Only ever part of another failure's message.
        let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
        return String(text.suffix(500))
    }
}
