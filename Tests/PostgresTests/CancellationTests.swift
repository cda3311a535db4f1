import Dispatch
import Glibc
import Postgres
import TestSupport
import Testing

@Suite struct `A cancelled task` {
    private let cluster: TestCluster
    private let test: TestDatabase

    init() async throws {
        cluster = try await TestCluster.shared
        test = try await cluster.makeDatabase()
    }

    /// Waits until the server runs a statement that contains `marker`, in the server's own view.
    private func serverRuns(_ marker: String) async throws {
        let name = test.name
        let observer = test.connect()
        let deadline = ContinuousClock.now + .seconds(120)
        while true {
            try #require(ContinuousClock.now < deadline, "the server never ran \(marker)")
            // Over a connection of its own: the cluster's makes the databases of all tests.
            let count = try await observer.value(
                """
                select count(*) from pg_stat_activity where datname = \(name) and state = 'active'
                    and pid <> pg_backend_pid() and query like '%' || \(marker) || '%'
                """, as: Int.self)
            if count == 1 { return await observer.close() }
            // Leaves the processor to the statement that is waited for.
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    @Test func `ends its statement quickly, and the connection goes on`() async throws {
        let database = test.connect()
        let first = try await database.run { (session) throws(PostgresError) in session.backendPID }
        let task = Task { try await database.execute("select pg_sleep(600) /* to be cancelled */") }
        try await serverRuns("to be cancelled")
        let cancelled = ContinuousClock.now
        task.cancel()
        let error = await #expect(throws: PostgresError.self) { try await task.value }
        #expect(error?.kind == .cancelled)
        #expect(ContinuousClock.now - cancelled < .seconds(10))
        let second = try await database.run { (session) throws(PostgresError) in session.backendPID }
        #expect(second == first)
    }

    @Test func `never hits another task's statement`() async throws {
        let database = test.connect()
        // The cancellation meets the statement's beginning, middle and end: a request on its way to the server takes
        // about as long as the shortest of them.
        for round in 1...60 {
            let pause = Double(round % 6) * 0.000_5
            let (started, continuation) = AsyncStream<Void>.makeStream()
            let victim = Task {
                try await database.run { (session) throws(PostgresError) in
                    continuation.yield()
                    try session.execute("select pg_sleep(\(pause))")
                }
            }
            for await _ in started { break }
            let next = Task { try await database.value("select \(round)::int from pg_sleep(0.01)", as: Int.self) }
            await Task.yield()
            victim.cancel()
            #expect(try await next.value == round)
            // Whether the victim was cancelled in time depends on the scheduler; both ends are right.
            _ = await victim.result
        }
    }

    @Test func `does not begin work that waits for the connection`() async throws {
        let database = test.connect()
        try await database.execute("create table t (n int)")
        let (started, continuation) = AsyncStream<Void>.makeStream()
        let mayEnd = DispatchSemaphore(value: 0)
        let holder = Task {
            try await database.run { (_) throws(PostgresError) in
                continuation.yield()
                mayEnd.wait()
            }
        }
        for await _ in started { break }
        let waiting = Task { try await database.execute("insert into t values (1)") }
        waiting.cancel()
        mayEnd.signal()
        let error = await #expect(throws: PostgresError.self) { try await waiting.value }
        #expect(error?.kind == .cancelled)
        try await holder.value
        #expect(try await database.value("select count(*) from t", as: Int.self) == 0)
    }

    @Test func `sends no further statement of its closure`() async throws {
        let database = test.connect()
        try await database.execute("create table t (n int)")
        let (started, continuation) = AsyncStream<Void>.makeStream()
        let mayGoOn = DispatchSemaphore(value: 0)
        let task = Task {
            try await database.run { (session) throws(PostgresError) in
                try session.execute("insert into t values (1)")
                continuation.yield()
                mayGoOn.wait()
                try session.execute("insert into t values (2)")
            }
        }
        for await _ in started { break }
        task.cancel()
        mayGoOn.signal()
        let error = await #expect(throws: PostgresError.self) { try await task.value }
        #expect(error?.kind == .cancelled)
        #expect(try await database.value("select max(n) from t", as: Int.self) == 1)
    }

    @Test func `does not wait for a server that does not answer`() async throws {
        let silent = try SilentServer()
        let configuration = try PostgresConfiguration(
            connectionString: "host=127.0.0.1 port=\(silent.port) user=u dbname=d", applicationName: "tests",
            connectTimeout: .seconds(30))
        let database = Database(configuration)
        let task = Task { try await database.execute("select 1") }
        await silent.connected()
        let cancelled = ContinuousClock.now
        task.cancel()
        let error = await #expect(throws: PostgresError.self) { try await task.value }
        #expect(error?.kind == .cancelled)
        #expect(ContinuousClock.now - cancelled < .seconds(10))
    }

    @Test func `leaves a backend that cannot be cancelled after the grace`() async throws {
        let own = try await TestCluster.start()
        let database = Database(
            try PostgresConfiguration(connectionString: own.connectionString(usesTCP: true), applicationName: "tests"))
        let pid = try await database.run { (session) throws(PostgresError) in session.backendPID }
        let task = Task { try await database.execute("select pg_sleep(600)") }
        // A stopped process takes no signals, like a host that is gone.
        let deadline = ContinuousClock.now + .seconds(120)
        while try await own.administer({ (session) throws(PostgresError) in
            try session.value(
                "select count(*) from pg_stat_activity where pid = \(pid) and state = 'active'", as: Int.self)
        }) != 1 {
            try #require(ContinuousClock.now < deadline, "the statement never ran")
            try await Task.sleep(for: .milliseconds(5))
        }
        own.signal(pid, SIGSTOP)
        let cancelled = ContinuousClock.now
        task.cancel()
        let error = await #expect(throws: PostgresError.self) { try await task.value }
        #expect(error?.kind == .cancelled)
        #expect(ContinuousClock.now - cancelled < .seconds(15))
        #expect(try await database.value("select 1", as: Int.self) == 1)
        own.signal(pid, SIGCONT)
        try await own.remove()
    }
}
