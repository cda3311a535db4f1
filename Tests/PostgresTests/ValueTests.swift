import Postgres
import TestSupport
import Testing

@Suite struct `A value` {
    private let database: Database

    init() async throws {
        database = try await TestCluster.shared.makeDatabase().connect()
    }

    static let texts = [
        "", " ", "é", "'", "\"", "\\", "{", "}", ",", "NULL", "null", "a,b", "{a}", "\t\n\r", "👩‍👩‍👧", "$1", "%s", "\\\"",
        "'; drop table accounts; --", "\u{1}", "\u{7f}",
    ]

    @Test(arguments: texts)
    func `of text comes back as it was sent`(text: String) async throws {
        #expect(try await database.value("select \(text)::text", as: String.self) == text)
    }

    @Test func `is bound, not spliced into the statement`() async throws {
        try await database.execute("create table accounts (id text)")
        try await database.execute("insert into accounts values ('a')")
        let injection = "x' or true; drop table accounts; --"
        #expect(try await database.execute("delete from accounts where id = \(injection)") == 0)
        #expect(try await database.value("select count(*) from accounts", as: Int.self) == 1)
    }

    @Test func `of a name is quoted`() async throws {
        let name = "we\"ird; drop"
        try await database.execute("create table \(identifier: name) (n int)")
        try await database.execute("insert into \(identifier: name) values (1)")
        #expect(try await database.value("select n from \(identifier: name)", as: Int.self) == 1)
    }

    @Test func `in an inserted fragment is numbered anew`() async throws {
        let condition: SQL = "n > \(1) and n < \(4)"
        let sum = try await database.value(
            "select \(10)::int + sum(n) from generate_series(1, 5) n where \(condition) and n <> \(3)", as: Int.self)
        #expect(sum == 12)
    }

    @Test func `in an array comes back as it was sent`() async throws {
        let sent: [String?] = Self.texts + [nil]
        let received = try await database.run { (session) throws(PostgresError) in
            try session.query("select e from unnest(\(sent)) with ordinality as u (e, n) order by n") {
                (row) throws(PostgresError) in try row.optionalString(0)
            }
        }
        #expect(received == sent)
        let array = try await database.run { (session) throws(PostgresError) in
            try session.first("select \(sent)") { (row) throws(PostgresError) in try row.array(0, of: String.self) }
        }
        #expect(array == sent)
    }

    @Test func `in an empty array is none`() async throws {
        #expect(try await database.value("select cardinality(\([String]()))", as: Int.self) == 0)
        let array = try await database.run { (session) throws(PostgresError) in
            try session.first("select \([Int64]())") { (row) throws(PostgresError) in try row.array(0, of: Int64.self) }
        }
        #expect(array == [])
    }

    @Test func `of every type comes back in arrays`() async throws {
        let integers: [Int64?] = [.min, -1, 0, nil, .max]
        let numbers: [Double] = [-0.1, 1e300, .infinity, -.infinity, .leastNonzeroMagnitude]
        let flags = [true, false]
        let received = try await database.run { (session) throws(PostgresError) in
            try session.first("select \(integers), \(numbers), \(flags)") { (row) throws(PostgresError) in
                (try row.array(0, of: Int64.self), try row.array(1, of: Double.self), try row.array(2, of: Bool.self))
            }
        }
        #expect(received?.0 == integers)
        #expect(received?.1 == numbers)
        #expect(received?.2 == flags)
    }

    @Test func `of every type comes back alone, and so does null`() async throws {
        let none: String? = nil
        try await database.run { (session) throws(PostgresError) in
            _ = try session.first(
                """
                select \(Int.max)::bigint, \(Int64.min)::bigint, \(0.1)::float8, \(true)::boolean, \(false)::boolean,
                    \(none)::text, \(Double.nan)::float8
                """
            ) { (row) throws(PostgresError) in
                #expect(row.columnCount == 7)
                #expect(try row.int(0) == .max)
                #expect(try row.int64(1) == .min)
                #expect(try row.double(2) == 0.1)
                #expect(try row.bool(3))
                #expect(try !row.bool(4))
                #expect(try row.optionalString(5) == nil)
                #expect(try row.optionalInt(5) == nil)
                #expect(try row.optionalInt64(5) == nil)
                #expect(try row.optionalDouble(5) == nil)
                #expect(try row.optionalBool(5) == nil)
                #expect(try row.double(6).isNaN)
            }
        }
    }

    @Test func `with a NUL character is refused before it is sent`() async throws {
        for error in [
            await #expect(throws: PostgresError.self) { try await database.execute("select \("a")||\("b\0c")") },
            await #expect(throws: PostgresError.self) { try await database.execute("select \(["b\0c"])") },
        ] {
            #expect(error?.kind == .encoding)
            #expect(error?.description.contains("c") == true)
        }
        let error = await #expect(throws: PostgresError.self) {
            try await database.execute("select \(identifier: "a\0b")")
        }
        #expect(error?.kind == .encoding)
    }

    @Test func `of another type is an error that names the column and not the value`() async throws {
        func message(_ sql: SQL) async -> String? {
            let error = await #expect(throws: PostgresError.self) { try await database.value(sql, as: Int.self) }
            #expect(error?.kind == .decoding)
            return error?.message
        }
        #expect(await message("select 'secret' as pin") == "column 0 (pin) is not an integer")
        #expect(await message("select 9223372036854775808 as big") == "column 0 (big) is not an integer")
        #expect(await message("select 1.5 as half") == "column 0 (half) is not an integer")
    }

    @Test func `that is null or absent is an error where one is required`() async throws {
        func message<Value: Sendable>(
            _ sql: SQL, _ read: @escaping @Sendable (borrowing Row) throws(PostgresError) -> Value
        ) async -> String? {
            let error = await #expect(throws: PostgresError.self) {
                try await database.run { (session) throws(PostgresError) in _ = try session.first(sql, read) }
            }
            #expect(error?.kind == .decoding)
            return error?.message
        }
        let null = await message("select null as gone") { (row) throws(PostgresError) in try row.string(0) }
        #expect(null == "column 0 (gone) is null instead of text")
        let beyond = await message("select 1, 2") { (row) throws(PostgresError) in try row.int(2) }
        #expect(beyond == "column 2 was read of a row of 2 columns")
        let negative = await message("select 1") { (row) throws(PostgresError) in try row.int(-1) }
        #expect(negative == "column -1 was read of a row of 1 columns")
        let nested = await message("select '{{1}}'::int[] as a") { (row) throws(PostgresError) in
            try row.array(0, of: Int.self)
        }
        #expect(nested == "column 0 (a) is not an array of one dimension")
        let element = await message("select array['x'] as a") { (row) throws(PostgresError) in
            try row.array(0, of: Int.self)
        }
        #expect(element == "column 0 (a) holds an element that is not an integer")
        let flag = await message("select 'yes' as b") { (row) throws(PostgresError) in try row.bool(0) }
        #expect(flag == "column 0 (b) is not a boolean")
    }
}
