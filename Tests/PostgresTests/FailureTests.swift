import Postgres
import TestSupport
import Testing

@Suite struct `A failure` {
    private let cluster: TestCluster
    private let test: TestDatabase

    init() async throws {
        cluster = try await TestCluster.shared
        test = try await cluster.makeDatabase()
    }

    @Test func `of the connection is followed by a new connection`() async throws {
        let database = test.connect()
        let first = try await database.run { (session) throws(PostgresError) in session.backendPID }
        try await cluster.administer { (session) throws(PostgresError) in
            // Waits until the backend is gone.
            try session.execute("select pg_terminate_backend(\(first), 10000)")
        }
        let error = await #expect(throws: PostgresError.self) { try await database.execute("select 1") }
        #expect(error?.kind == .connectionLost)
        #expect(error?.isConnectionLoss == true)
        let second = try await database.run { (session) throws(PostgresError) in session.backendPID }
        #expect(second != first)
    }

    @Test func `of the connection during a statement keeps the server's reason`() async throws {
        let database = test.connect()
        let error = await #expect(throws: PostgresError.self) {
            try await database.execute("select pg_terminate_backend(pg_backend_pid()), pg_sleep(60)")
        }
        #expect(error?.kind == .connectionLost)
        #expect(error?.sqlState == .adminShutdown)
        #expect(try await database.value("select 1", as: Int.self) == 1)
    }

    @Test func `by the statement timeout is the server's, and the connection goes on`() async throws {
        let configuration = try PostgresConfiguration(
            connectionString: test.connectionString, applicationName: "tests", statementTimeout: .milliseconds(50))
        let database = Database(configuration)
        let first = try await database.run { (session) throws(PostgresError) in session.backendPID }
        let error = await #expect(throws: PostgresError.self) { try await database.execute("select pg_sleep(60)") }
        #expect(error?.kind == .server)
        #expect(error?.sqlState == .queryCanceled)
        #expect(error?.isConnectionLoss == false)
        let second = try await database.run { (session) throws(PostgresError) in session.backendPID }
        #expect(second == first)
    }

    @Test func `to get a lock in time has its own code`() async throws {
        let configuration = try PostgresConfiguration(
            connectionString: test.connectionString, applicationName: "tests", lockTimeout: .milliseconds(50))
        let holder = test.connect()
        let other = Database(configuration)
        try await holder.execute("select pg_advisory_lock(1)")
        let error = await #expect(throws: PostgresError.self) { try await other.execute("select pg_advisory_lock(1)") }
        #expect(error?.sqlState == .lockNotAvailable)
    }

    @Test func `tells constraint and code, and keeps the row out of its description`() async throws {
        let database = test.connect()
        try await database.execute("create table people (name text constraint one_each unique)")
        try await database.execute("insert into people values ('Ngozi')")
        let error = try #require(
            await #expect(throws: PostgresError.self) {
                try await database.execute("insert into people values (\("Ngozi"))")
            })
        #expect(error.sqlState?.rawValue == "23505")
        #expect(error.constraint == "one_each")
        #expect(!error.description.contains("Ngozi"))
        #expect(error.description.contains("23505"))
        #expect(error.debugDescription.contains("Ngozi"))
    }

    @Test(arguments: ["secret", "se\"cr\"et", "\""])
    func `to read a parameter does not repeat it in the description`(value: String) async throws {
        let error = try #require(
            await #expect(throws: PostgresError.self) {
                try await test.connect().execute("select \(value)::int")
            })
        #expect(error.sqlState?.rawValue == "22P02")
        #expect(error.description.hasSuffix("invalid input syntax for type integer: \"…\" (SQLSTATE 22P02)"))
    }

    @Test func `to connect names the host and is a connection loss`() async throws {
        let configuration = try PostgresConfiguration(
            connectionString: "host=127.0.0.1 port=\(try freeLoopbackPort()) password=hunter2 user=u dbname=d",
            applicationName: "tests")
        let error = try #require(
            await #expect(throws: PostgresError.self) { try await Database(configuration).execute("select 1") })
        #expect(error.kind == .connectionFailed)
        #expect(error.isConnectionLoss)
        #expect(error.description.contains("127.0.0.1"))
        #expect(!error.debugDescription.contains("hunter2"))
    }

    @Test func `to connect in time ends at the deadline`() async throws {
        // A listener that never accepts: the connection is made by the kernel and no answer ever comes.
        let silent = try SilentServer()
        let configuration = try PostgresConfiguration(
            connectionString: "host=127.0.0.1 port=\(silent.port) user=u dbname=d", applicationName: "tests",
            connectTimeout: .seconds(30), connectDeadline: .milliseconds(100))
        let error = await #expect(throws: PostgresError.self) { try await Database(configuration).execute("select 1") }
        #expect(error?.kind == .connectionFailed)
        #expect(error?.message == "the server at 127.0.0.1, port \(silent.port) did not answer within 0.1 s")
    }

    @Test func `of one of several hosts leads to the next`() async throws {
        let configuration = try PostgresConfiguration(
            connectionString: """
                host=127.0.0.1,127.0.0.1 port=\(try freeLoopbackPort()),\(cluster.port) user=postgres dbname=\(test.name)
                """, applicationName: "tests")
        #expect(try await Database(configuration).value("select 1", as: Int.self) == 1)
    }

    @Test func `for want of the server ends when the server is back`() async throws {
        let own = try await TestCluster.start()
        let database = Database(
            try PostgresConfiguration(connectionString: own.connectionString(usesTCP: true), applicationName: "tests"))
        try await database.execute("select 1")
        try await own.stop(immediately: true)
        let lost = await #expect(throws: PostgresError.self) { try await database.execute("select 1") }
        #expect(lost?.kind == .connectionLost)
        let failed = await #expect(throws: PostgresError.self) { try await database.execute("select 1") }
        #expect(failed?.kind == .connectionFailed)
        try await own.startServer()
        #expect(try await database.value("select 1", as: Int.self) == 1)
        try await own.remove()
    }
}
