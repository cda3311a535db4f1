import Postgres
import TestSupport
import Testing

@Suite struct `COPY` {
    private let database: Database

    init() async throws {
        database = try await TestCluster.shared.makeDatabase().connect()
        try await database.execute("create table t (n int primary key, value text)")
    }

    @Test func `loads every character and null`() async throws {
        let values: [String?] = [
            "é", "tab\there", "line\nfeed", "carriage\rreturn", "\\", "\\N", "\\.", nil, "", "NULL", "👩‍👩‍👧", "\u{8}",
        ]
        let loaded = try await database.run { (session) throws(PostgresError) in
            let rows = values.enumerated().map { [String($0.offset), $0.element] }
            let count = try session.copyIn("copy t (n, value) from stdin", rows: rows)
            let back = try session.query("select value from t order by n") { (row) throws(PostgresError) in
                try row.optionalString(0)
            }
            return (count, back)
        }
        #expect(loaded.0 == values.count)
        #expect(loaded.1 == values)
    }

    @Test func `loads more than one chunk, row by row`() async throws {
        let text = String(repeating: "é", count: 100)
        let count = try await database.run { (session) throws(PostgresError) in
            try session.copyIn("copy t from stdin", rows: (1...20_000).lazy.map { [String($0), text] })
        }
        #expect(count == 20_000)
        #expect(try await database.value("select sum(octet_length(value)) from t", as: Int.self) == 4_000_000)
    }

    @Test func `of nothing loads nothing`() async throws {
        let count = try await database.run { (session) throws(PostgresError) in
            try session.copyIn("copy t from stdin", rows: [])
        }
        #expect(count == 0)
    }

    @Test(arguments: [
        ([["1", "a"], ["1", "b"]], PostgresError.Kind.server), ([["1"]], .server), ([["x", "a"]], .server),
        ([["1", "a"], ["2", "\0"]], .encoding),
    ])
    func `that fails loads nothing and leaves the connection usable`(
        rows: [[String?]], kind: PostgresError.Kind
    ) async throws {
        let first = try await database.run { (session) throws(PostgresError) in session.backendPID }
        let error = await #expect(throws: PostgresError.self) {
            try await database.run { (session) throws(PostgresError) in
                try session.copyIn("copy t from stdin", rows: rows)
            }
        }
        #expect(error?.kind == kind)
        #expect(try await database.value("select count(*) from t", as: Int.self) == 0)
        let second = try await database.run { (session) throws(PostgresError) in session.backendPID }
        #expect(second == first)
    }

    @Test func `run as another kind of statement is an error, and the connection goes on`() async throws {
        for sql: SQL in ["copy t to stdout", "copy t from stdin"] {
            let error = await #expect(throws: PostgresError.self) { try await database.execute(sql) }
            #expect(error?.kind == .protocolViolation)
        }
        for sql: SQL in ["select 1", "copy t to stdout", "copy missing from stdin"] {
            let error = await #expect(throws: PostgresError.self) {
                try await database.run { (session) throws(PostgresError) in try session.copyIn(sql, rows: [["1"]]) }
            }
            #expect(error?.kind == .protocolViolation || error?.sqlState == .undefinedTable)
        }
        let error = await #expect(throws: PostgresError.self) {
            try await database.run { (session) throws(PostgresError) in
                try session.copyIn("copy t from stdin where n = \(1)", rows: [["1"]])
            }
        }
        #expect(error?.kind == .encoding)
        #expect(try await database.value("select 1", as: Int.self) == 1)
    }
}
