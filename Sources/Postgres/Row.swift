import CLibPQ

/// One row of a result, valid inside the closure it is lent to.
///
/// Columns are named, or counted from 0. An error names the column and the type asked for, never the value.
@safe
package struct Row: ~Copyable {
    private let result: OpaquePointer
    private let columns: ColumnNames
    private let index: Int32

    /// Not inlined: the optimizer of Swift 6.3 fails on a noncopyable value whose reference it has borrowed.
    @inline(never)
    init(result: OpaquePointer, columns: ColumnNames, index: Int32) {
        unsafe self.result = unsafe result
        self.columns = columns
        self.index = index
    }

    /// The column of a name; null is an error unless the type is an optional one.
    package subscript<Value: PostgresDecodable>(_ name: String) -> Value {
        get throws(PostgresError) {
            let column = try column(name)
            guard let text = try text(column) else {
                guard let null = Value.postgresNull else {
                    throw failure(column, "is null instead of \(Value.postgresTypeName)")
                }
                return null
            }
            guard let value = Value(postgresText: text) else {
                throw failure(column, "is not \(Value.postgresTypeName)")
            }
            return value
        }
    }

    /// A one-dimensional array column of a name that must not be null, with elements that may be.
    package func array<Value: PostgresDecodable>(
        _ name: String, of type: Value.Type = Value.self
    ) throws(PostgresError) -> [Value?] {
        try array(try column(name), of: type)
    }

    private func column(_ name: String) throws(PostgresError) -> Int {
        guard let column = columns[name] else {
            throw PostgresError(.decoding, "the row has no column \(name)")
        }
        return column
    }

    /// How many columns the row has.
    package var columnCount: Int { unsafe Int(PQnfields(result)) }

    /// A column that must not be null.
    package func value<Value: PostgresDecodable>(
        _ column: Int, as type: Value.Type = Value.self
    ) throws(PostgresError) -> Value {
        guard let value = try optional(column, as: type) else {
            throw failure(column, "is null instead of \(Value.postgresTypeName)")
        }
        return value
    }

    /// A column that may be null.
    package func optional<Value: PostgresDecodable>(
        _ column: Int, as type: Value.Type = Value.self
    ) throws(PostgresError) -> Value? {
        guard let text = try text(column) else { return nil }
        guard let value = Value(postgresText: text) else {
            throw failure(column, "is not \(Value.postgresTypeName)")
        }
        return value
    }

    /// A one-dimensional array column that must not be null, with elements that may be.
    package func array<Value: PostgresDecodable>(
        _ column: Int, of type: Value.Type = Value.self
    ) throws(PostgresError) -> [Value?] {
        guard let elements = ArrayLiteral.elements(try value(column, as: String.self)) else {
            throw failure(column, "is not an array of one dimension")
        }
        var values: [Value?] = []
        values.reserveCapacity(elements.count)
        for element in elements {
            let value = element.flatMap { Value(postgresText: $0) }
            guard (value == nil) == (element == nil) else {
                throw failure(column, "holds an element that is not \(Value.postgresTypeName)")
            }
            values.append(value)
        }
        return values
    }

    private func text(_ column: Int) throws(PostgresError) -> String? {
        guard column >= 0, column < columnCount else {
            throw PostgresError(.decoding, "column \(column) was read of a row of \(columnCount) columns")
        }
        let column = Int32(column)
        guard unsafe PQgetisnull(result, index, column) == 0 else { return nil }
        let length = unsafe Int(PQgetlength(result, index, column))
        guard let start = unsafe PQgetvalue(result, index, column) else { return nil }
        return unsafe String(decoding: UnsafeRawBufferPointer(start: start, count: length), as: UTF8.self)
    }

    private func failure(_ column: Int, _ problem: String) -> PostgresError {
        let name = unsafe PQfname(result, Int32(column)).map { unsafe String(cString: $0) } ?? "?"
        return PostgresError(.decoding, "column \(column) (\(name)) \(problem)")
    }
}

extension Row {
    /// A text column that must not be null; any type's text form can be read so.
    package func string(_ column: Int) throws(PostgresError) -> String { try value(column) }
    /// A text column that may be null.
    package func optionalString(_ column: Int) throws(PostgresError) -> String? { try optional(column) }
    /// An integer column that must not be null.
    package func int(_ column: Int) throws(PostgresError) -> Int { try value(column) }
    /// An integer column that may be null.
    package func optionalInt(_ column: Int) throws(PostgresError) -> Int? { try optional(column) }
    /// A 64-bit integer column that must not be null.
    package func int64(_ column: Int) throws(PostgresError) -> Int64 { try value(column) }
    /// A 64-bit integer column that may be null.
    package func optionalInt64(_ column: Int) throws(PostgresError) -> Int64? { try optional(column) }
    /// A floating point column that must not be null.
    package func double(_ column: Int) throws(PostgresError) -> Double { try value(column) }
    /// A floating point column that may be null.
    package func optionalDouble(_ column: Int) throws(PostgresError) -> Double? { try optional(column) }
    /// A boolean column that must not be null.
    package func bool(_ column: Int) throws(PostgresError) -> Bool { try value(column) }
    /// A boolean column that may be null.
    package func optionalBool(_ column: Int) throws(PostgresError) -> Bool? { try optional(column) }
}
