import Postgres
import TestSupport
import Testing

@Suite struct `A transaction that waits for something else` {
    private let cluster: TestCluster
    private let name: String
    private let database: Database

    init() async throws {
        cluster = try await TestCluster.shared
        let test = try await cluster.makeDatabase()
        name = test.name
        database = test.connect()
        try await database.execute("create table t (n int primary key deferrable initially deferred)")
    }

    private func numbers() async throws -> [Int] {
        try await database.run { (session) throws(PostgresError) in
            try session.column("select n from t order by n", as: Int.self)
        }
    }

    private func insert(_ first: Int, wait: () async -> Int) async throws -> Int {
        try await database.transaction(
            rehearse: { (session) throws(PostgresError) in try session.execute("insert into t values (\(first))") },
            wait: wait,
            record: { (session, number) throws(PostgresError) in
                try session.execute("insert into t values (\(number))")
                return session.backendPID
            })
    }

    @Test func `is one transaction, and leaves the database to others meanwhile`() async throws {
        let numbers = { try? await self.numbers() }
        var meanwhile: [Int]?
        let backend = try await insert(1) {
            meanwhile = await numbers()
            return 2
        }
        #expect(meanwhile == [])
        #expect(try await self.numbers() == [1, 2])
        let other = try await database.run { (session) throws(PostgresError) in session.backendPID }
        #expect(backend != other)
    }

    @Test func `does not wait when the rehearsal fails`() async throws {
        var hasWaited = false
        let error = await #expect(throws: PostgresError.self) {
            try await database.transaction(
                rehearse: { (session) throws(PostgresError) in try session.execute("insert into missing values (1)") },
                wait: { hasWaited = true },
                record: { (_, _) throws(PostgresError) in })
        }
        #expect(error?.sqlState == .undefinedTable)
        #expect(!hasWaited)
    }

    @Test func `is rolled back when the record or the commit fails`() async throws {
        for number in [1, 7] {
            try await database.execute("delete from t")
            let error = await #expect(throws: PostgresError.self) {
                try await database.transaction(
                    rehearse: { (session) throws(PostgresError) in try session.execute("insert into t values (1)") },
                    wait: { number },
                    record: { (session, number) throws(PostgresError) in
                        try session.execute("insert into t values (\(number))")
                        if number == 7 { try session.execute("insert into missing values (1)") }
                    })
            }
            #expect(error?.sqlState?.rawValue == (number == 7 ? "42P01" : "23505"))
            #expect(try await numbers() == [])
        }
    }

    @Test func `fails when its connection is lost meanwhile, and is never half done`() async throws {
        let (cluster, name) = (cluster, name)
        let pid = try await database.value("select 1", as: Int.self)
        #expect(pid == 1)
        let error = await #expect(throws: PostgresError.self) {
            _ = try await insert(1) {
                let ended = try? await cluster.administer { (session) throws(PostgresError) in
                    try session.value(
                        """
                        select count(pg_terminate_backend(pid, 10000)) from pg_stat_activity
                        where datname = \(name) and state = 'idle in transaction'
                        """, as: Int.self)
                }
                #expect(ended == 1)
                return 2
            }
        }
        #expect(error?.kind == .connectionLost)
        #expect(try await numbers() == [])
    }
}
