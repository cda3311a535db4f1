import Dispatch
import Postgres
import TestSupport
import Testing

@Suite struct `A transaction` {
    private let cluster: TestCluster
    private let database: Database

    init() async throws {
        cluster = try await TestCluster.shared
        database = try await cluster.makeDatabase().connect()
        try await database.execute("create table t (n int primary key deferrable initially deferred)")
    }

    private func count() async throws -> Int? {
        try await database.value("select count(*) from t", as: Int.self)
    }

    @Test func `is committed when the closure returns`() async throws {
        let returned = try await database.transaction { (session) throws(PostgresError) in
            try session.execute("insert into t values (1)")
            return "done"
        }
        #expect(returned == "done")
        #expect(try await count() == 1)
    }

    @Test func `is rolled back when the closure throws, and the first failure wins`() async throws {
        let error = await #expect(throws: PostgresError.self) {
            try await database.transaction { (session) throws(PostgresError) in
                try session.execute("insert into t values (1)")
                try session.execute("insert into missing values (1)")
            }
        }
        #expect(error?.sqlState == .undefinedTable)
        #expect(try await count() == 0)
    }

    @Test func `reports a failure that only the commit finds`() async throws {
        let error = await #expect(throws: PostgresError.self) {
            try await database.transaction { (session) throws(PostgresError) in
                try session.execute("insert into t values (1), (1)")
            }
        }
        #expect(error?.kind == .server)
        #expect(error?.sqlState?.rawValue == "23505")
        #expect(error?.constraint == "t_pkey")
        #expect(try await count() == 0)
    }

    @Test func `is not taken for committed when the closure hides a failed statement`() async throws {
        let error = await #expect(throws: PostgresError.self) {
            try await database.transaction { (session) throws(PostgresError) in
                try session.execute("insert into t values (1)")
                _ = try? session.execute("select 1 / 0")
            }
        }
        #expect(error?.sqlState == .failedTransaction)
        #expect(try await count() == 0)
    }

    @Test func `left open by a closure is rolled back`() async throws {
        try await database.run { (session) throws(PostgresError) in
            try session.execute("begin")
            try session.execute("insert into t values (1)")
        }
        #expect(try await count() == 0)
    }

    @Test func `of a cancelled task is not committed`() async throws {
        let (started, continuation) = AsyncStream<Void>.makeStream()
        let mayCommit = DispatchSemaphore(value: 0)
        let task = Task { [database] in
            try await database.transaction { (session) throws(PostgresError) in
                try session.execute("insert into t values (1)")
                continuation.yield()
                mayCommit.wait()
            }
        }
        for await _ in started { break }
        task.cancel()
        mayCommit.signal()
        let error = await #expect(throws: PostgresError.self) { try await task.value }
        #expect(error?.kind == .cancelled)
        #expect(try await count() == 0)
    }

    @Test func `whose commit loses its answer is neither committed nor failed`() async throws {
        // A deferred trigger kills the backend in the middle of the commit.
        try await database.run { (session) throws(PostgresError) in
            try session.script(
                """
                create function die() returns trigger language plpgsql as
                    'begin perform pg_terminate_backend(pg_backend_pid()); return null; end';
                create constraint trigger die after insert on t deferrable initially deferred
                    for each row execute function die()
                """)
        }
        let error = await #expect(throws: PostgresError.self) {
            try await database.transaction { (session) throws(PostgresError) in
                try session.execute("insert into t values (1)")
            }
        }
        #expect(error?.kind == .commitUnknown)
        #expect(error?.isConnectionLoss == false)
        #expect(try await count() == 0)
    }
}
