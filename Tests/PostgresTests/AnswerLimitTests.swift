import Glibc
import Synchronization
import TestSupport
import Testing

@testable import Postgres

/// Servers that take a statement and do not answer it: frozen, cut off, or waiting for a standby.
@Suite(.timeLimit(.minutes(5))) struct AnswerLimitTests {
    private static func configuration(
        _ string: String, limit: Duration = .milliseconds(500), commitsDurably: Bool = false
    ) throws -> PostgresConfiguration {
        try PostgresConfiguration(
            connectionString: string, applicationName: "tests", connectDeadline: .seconds(60), answerLimit: limit,
            commitsDurably: commitsDurably)
    }

    @Test(arguments: ["select 1 as cut_off", "select pg_sleep(0) as cut_off"])
    func `an answer that the network swallows costs the connection, and the next call has a new one`(
        statement: String
    ) async throws {
        let cluster = try await TestCluster.shared
        let relay = try Relay(to: cluster.port)
        let database = Database(try Self.configuration("host=127.0.0.1 port=\(relay.port) user=postgres"))
        try await database.execute("select 1")
        relay.freeze(after: "cut_off")
        let error = await #expect(throws: PostgresError.self) {
            try await database.run { (session) throws(PostgresError) in try session.script(statement) }
        }
        #expect(error?.kind == .connectionLost)
        #expect(error?.isConnectionLoss == true)
        #expect(error?.message == "the server at 127.0.0.1 did not answer in time; the connection is given up")
        relay.thaw()
        #expect(try await database.value("select 2", as: Int.self) == 2)
        await database.close()
        relay.close()
    }

    @Test func `a frozen backend is left, without waiting for it`() async throws {
        let cluster = try await TestCluster.shared
        let database = Database(try Self.configuration(cluster.connectionString(usesTCP: true)))
        let backend = try await database.run { (session) throws(PostgresError) in session.backendPID }
        cluster.signal(backend, SIGSTOP)
        let error = await #expect(throws: PostgresError.self) { try await database.execute("select 1") }
        #expect(error?.kind == .connectionLost)
        let next = try await database.run { (session) throws(PostgresError) in session.backendPID }
        #expect(next != backend)
        cluster.signal(backend, SIGCONT)
        await database.close()
    }

    @Test func `more than the socket holds is not sent for ever`() async throws {
        let cluster = try await TestCluster.shared
        let database = Database(try Self.configuration(cluster.connectionString(usesTCP: true)))
        let backend = try await database.run { (session) throws(PostgresError) in session.backendPID }
        cluster.signal(backend, SIGSTOP)
        let large = String(repeating: "x", count: 64 << 20)
        let error = await #expect(throws: PostgresError.self) { try await database.execute("select length(\(large))") }
        #expect(error?.kind == .connectionLost)
        cluster.signal(backend, SIGCONT)
        await database.close()
    }

    @Test func `a commit that no standby acknowledges is unknown, not done`() async throws {
        let own = try await TestCluster.start()
        try await own.administer { (session) throws(PostgresError) in
            try session.script("create table t (n int)")
            try session.execute("alter system set synchronous_standby_names = 'nobody'")
            try session.execute("select pg_reload_conf()")
        }
        let database = Database(try Self.configuration(own.connectionString(), commitsDurably: true))
        try await database.execute("select pg_sleep(0)")
        let error = await #expect(throws: PostgresError.self) {
            try await database.transaction { (session) throws(PostgresError) in
                try session.execute("insert into t values (1)")
            }
        }
        #expect(error?.kind == .commitUnknown)
        #expect(try await database.value("select count(*) from t", as: Int.self) == 0)
        await database.close()
        try await own.remove()
    }

    @Test func `a statement with a longer limit has its time, and so has every later one`() async throws {
        let cluster = try await TestCluster.shared
        let database = Database(try Self.configuration(cluster.connectionString()))
        let backends = try await database.run { (session) throws(PostgresError) in
            for _ in 1...3 {
                try session.script("select pg_sleep(0.7)", limit: .seconds(60))
                try session.execute("select 1")
            }
            return (session.backendPID, try session.value("select pg_backend_pid()", as: Int.self))
        }
        #expect(backends.0 == backends.1)
        await database.close()
    }

    @Test func `what is due sooner than the statements before is broken in its own time`() async throws {
        let cluster = try await TestCluster.shared
        let database = Database(try Self.configuration(cluster.connectionString(), limit: .seconds(3_600)))
        try await database.execute("select 1")
        let error = await Database.$deadline.withValue(.now + .milliseconds(200)) {
            await #expect(throws: PostgresError.self) { try await database.execute("select pg_sleep(600)") }
        }
        #expect(error?.kind == .connectionLost)
        #expect(try await database.value("select 2", as: Int.self) == 2)
        await database.close()
    }

    @Test func `those who wait while no server is found are told with the one who looked for it`() async throws {
        let silent = try SilentServer()
        let relay = try Relay(to: silent.port)
        let database = Database(
            try PostgresConfiguration(
                connectionString: "host=127.0.0.1 port=\(relay.port) user=u dbname=d", applicationName: "tests",
                connectDeadline: .seconds(2)))
        let first = Task { try await database.execute("select 1") }
        await silent.connected()
        let others = (1...9).map { _ in Task { try await database.execute("select 1") } }
        for task in [first] + others {
            let error = await #expect(throws: PostgresError.self) { try await task.value }
            #expect(error?.kind == .connectionFailed)
        }
        #expect(relay.count <= 2)
        relay.close()
    }

    @Test func `a listener whose server says nothing any more ends its stream`() async throws {
        let cluster = try await TestCluster.shared
        let relay = try Relay(to: cluster.port)
        var configuration = try PostgresConfiguration(
            connectionString: "host=127.0.0.1 port=\(relay.port) user=postgres", applicationName: "tests",
            connectDeadline: .seconds(2))
        configuration.heartbeat = .milliseconds(50)
        let listener = try await Listener.open(configuration, channels: ["quiet"])
        relay.freeze()
        for await _ in listener.notifications { Issue.record("nothing was sent") }
        relay.close()
    }

    @Test func `a listener that is answered goes on`() async throws {
        let cluster = try await TestCluster.shared
        let relay = try Relay(to: cluster.port)
        var configuration = try PostgresConfiguration(
            connectionString: "host=127.0.0.1 port=\(relay.port) user=postgres", applicationName: "tests",
            connectDeadline: .seconds(60))
        configuration.heartbeat = .milliseconds(20)
        let listener = try await Listener.open(configuration, channels: ["beats"])
        // Many heartbeats later it hears what it listens for.
        let signs = relay.answers
        while relay.answers < signs + 20 { try await Task.sleep(for: .milliseconds(5)) }
        try await Database(configuration).execute("notify beats")
        for await arrived in listener.notifications {
            #expect(arrived.map(\.channel) == ["beats"])
            break
        }
        await listener.close()
        relay.close()
    }
}
