import Postgres
import TestSupport
import Testing

@Suite struct `A database` {
    private let cluster: TestCluster
    private let test: TestDatabase

    init() async throws {
        cluster = try await TestCluster.shared
        test = try await cluster.makeDatabase()
    }

    @Test func `hands back what the closure returns`() async throws {
        let sum = try await test.connect().value("select 40 + \(2)::int", as: Int.self)
        #expect(sum == 42)
    }

    @Test func `gives every connection the limits and formats of its configuration`() async throws {
        let configuration = try PostgresConfiguration(
            connectionString: test.connectionString, applicationName: "it's me",
            statementTimeout: .milliseconds(1_500), lockTimeout: .microseconds(10))
        let settings = try await Database(configuration).run { (session) throws(PostgresError) in
            try session.column(
                """
                select current_setting(name) from unnest(\([
                    "statement_timeout", "lock_timeout", "TimeZone", "client_encoding", "application_name",
                    "idle_in_transaction_session_timeout",
                ])) with ordinality as n (name, place) order by place
                """, as: String.self)
        }
        #expect(settings == ["1500ms", "1ms", "UTC", "UTF8", "it's me", "1min"])
    }

    @Test(arguments: [
        ("off", true, "on"), ("off", false, "off"), ("on", true, "on"), ("local", true, "local"),
        ("remote_write", true, "remote_write"), ("remote_apply", true, "remote_apply"),
    ])
    func `commits durably where that is asked for`(given: String, isAsked: Bool, has: String) async throws {
        let other = try PostgresConfiguration(
            connectionString: test.connectionString, overrides: ["options": "-c synchronous_commit=\(given)"],
            applicationName: "tests", commitsDurably: isAsked)
        let database = Database(other)
        for _ in 0..<2 {
            #expect(try await database.value("show synchronous_commit", as: String.self) == has)
            await database.reconnect()
        }
        await database.close()
    }

    @Test func `counts the rows a statement changed`() async throws {
        let database = test.connect()
        #expect(try await database.execute("create table t (n int)") == 0)
        #expect(try await database.execute("insert into t select generate_series(1, 7)") == 7)
        #expect(try await database.execute("update t set n = n + 1 where n > \(5)") == 2)
        #expect(try await database.execute("delete from t where n > \(100)") == 0)
    }

    @Test func `reads 100,000 rows`() async throws {
        let rows = try await test.connect().run { (session) throws(PostgresError) in
            try session.query("select n, 'row ' || n from generate_series(1, 100000) n") {
                (row) throws(PostgresError) in (try row.int(0), try row.string(1))
            }
        }
        #expect(rows.count == 100_000)
        #expect(rows.last?.0 == 100_000)
        #expect(rows.last?.1 == "row 100000")
    }

    @Test func `lets no other task's statement into a closure`() async throws {
        let database = test.connect()
        try await database.execute("create table steps (id bigint generated always as identity, task int)")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 1...8 {
                group.addTask {
                    try await database.run { (session) throws(PostgresError) in
                        for _ in 1...25 { try session.execute("insert into steps (task) values (\(task))") }
                    }
                }
            }
            try await group.waitForAll()
        }
        let switches = try await database.value(
            """
            select count(*) from (select task, lag(task) over (order by id) as previous from steps) s
            where task is distinct from previous
            """, as: Int.self)
        #expect(switches == 8)
        #expect(try await database.value("select count(*) from steps", as: Int.self) == 200)
    }

    @Test func `closes twice and then refuses work`() async throws {
        let database = test.connect()
        try await database.execute("select 1")
        await database.close()
        await database.close()
        let error = await #expect(throws: PostgresError.self) { try await database.execute("select 1") }
        #expect(error?.kind == .closed)
        #expect(error?.isConnectionLoss == false)
    }

    @Test func `closes without ever having connected`() async throws {
        let database = test.connect()
        await database.close()
        let error = await #expect(throws: PostgresError.self) { try await database.execute("select 1") }
        #expect(error?.kind == .closed)
    }

    @Test func `passes notices to its handler`() async throws {
        let (notices, continuation) = AsyncStream<String>.makeStream()
        let database = test.connect { continuation.yield($0) }
        try await database.run { (session) throws(PostgresError) in
            try session.script("do $$ begin raise notice 'first'; raise warning 'é %', 2; end $$")
        }
        continuation.finish()
        var received: [String] = []
        for await notice in notices { received.append(notice) }
        #expect(received == ["NOTICE: first", "WARNING: é 2"])
    }

    @Test func `runs a script of several statements, all or nothing`() async throws {
        let database = test.connect()
        try await database.run { (session) throws(PostgresError) in
            try session.script("create table a (n int); insert into a values (1); insert into a values (2)")
        }
        let error = await #expect(throws: PostgresError.self) {
            try await database.run { (session) throws(PostgresError) in
                try session.script("insert into a values (3); insert into b values (4)")
            }
        }
        #expect(error?.sqlState == .undefinedTable)
        #expect(try await database.value("select count(*) from a", as: Int.self) == 2)
    }
}
