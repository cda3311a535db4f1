import CLibPQ

/// A connection lent to a closure of `Database.run`; it cannot leave the closure.
///
/// Every call blocks the connection's own queue until the server has answered. A cancelled task ends the call under way
/// with the error `cancelled`, and every later one before it is sent.
package struct Session: ~Copyable {
    let connection: Connection
    private let interruption: Interruption

    init(connection: Connection, interruption: Interruption) {
        self.connection = connection
        self.interruption = interruption
    }

    /// The server's process for this connection; another number means that the connection was made anew.
    package var backendPID: Int { connection.backendPID }

    /// Who is at the other end.
    package var peer: Peer { connection.peer }

    /// Whether the task that runs this closure was cancelled.
    package var isCancelled: Bool { interruption.isCancelled }

    /// Runs a statement and returns how many rows it changed or returned.
    @discardableResult
    package func execute(_ sql: SQL) throws(PostgresError) -> Int {
        try finalResult(of: sql).affectedRows
    }

    /// Runs a statement and reads every row; the whole result is in memory.
    package func query<Value>(
        _ sql: SQL, _ row: (borrowing Row) throws(PostgresError) -> Value
    ) throws(PostgresError) -> [Value] {
        let result = try finalResult(of: sql)
        var values: [Value] = []
        let count = result.rowCount
        values.reserveCapacity(count)
        for index in 0..<count {
            values.append(try result.withRow(index, row))
        }
        return values
    }

    /// Runs a statement and reads its first row; nil when there is none.
    ///
    /// Further rows are not looked at.
    package func first<Value>(
        _ sql: SQL, _ row: (borrowing Row) throws(PostgresError) -> Value
    ) throws(PostgresError) -> Value? {
        let result = try finalResult(of: sql)
        return result.rowCount == 0 ? nil : try result.withRow(0, row)
    }

    /// Runs a statement and reads the first column of every row.
    package func column<Value: PostgresDecodable>(
        _ sql: SQL, as type: Value.Type = Value.self
    ) throws(PostgresError) -> [Value] {
        try query(sql) { (row) throws(PostgresError) in try row.value(0) }
    }

    /// Runs a statement and reads the first column of its first row; nil when there is none, or when it is null.
    package func value<Value: PostgresDecodable>(
        _ sql: SQL, as type: Value.Type = Value.self
    ) throws(PostgresError) -> Value? {
        guard let value = try first(sql, { (row) throws(PostgresError) in try row.optional(0, as: type) }) else {
            return nil
        }
        return value
    }

    /// Runs a text of any number of statements, which the server takes as one transaction unless it has its own.
    ///
    /// For migrations only: the text is run as it is, without parameters, and results are dropped.
    ///
    /// - Parameters:
    ///   - text: The statements.
    ///   - limit: How long the server may take for all of them; nil: as long as for any statement.
    /// - Throws: The server's refusal, or a lost connection.
    package func script(_ text: String, limit: Duration? = nil) throws(PostgresError) {
        try perform(limit: limit) { (connection) throws(PostgresError) in
            try connection.sendScript(text)
            _ = try Self.drain(connection)
        }
    }

    /// Runs one statement, and reads all it has to say.
    func finalResult(of sql: SQL, isProtected: Bool = false) throws(PostgresError) -> QueryResult {
        let (text, parameters) = sql.rendered()
        return try perform(isProtected: isProtected) { (connection) throws(PostgresError) in
            try connection.send(text, parameters: parameters)
            guard let result = try Self.drain(connection) else { throw connection.failure() }
            return result
        }
    }

    /// Runs `body` as the connection's current statement, within reach of the task's cancellation and the limit.
    func perform<Value: ~Copyable>(
        isProtected: Bool = false, limit: Duration? = nil, _ body: (Connection) throws(PostgresError) -> Value
    ) throws(PostgresError) -> Value {
        try interruption.begin(connection.control, isProtected: isProtected)
        connection.control.expectAnswer(by: .now + interruption.cut(limit ?? connection.answerLimit))
        let value: Value
        do throws(PostgresError) {
            value = try body(connection)
        } catch {
            connection.control.endAnswer()
            if !interruption.end() { connection.abandon() }
            throw named(error)
        }
        connection.control.endAnswer()
        // A cancel request that hangs may hit any later statement: the connection is given up.
        if !interruption.end() { connection.abandon() }
        return value
    }

    /// Reads results until the statement is done; the last one, or the first failure.
    static func drain(_ connection: Connection) throws(PostgresError) -> QueryResult? {
        var last: QueryResult?
        var failure: PostgresError?
        while let result = connection.nextResult() {
            switch result.status {
            case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY:
                last = consume result
            case PGRES_COPY_IN, PGRES_COPY_BOTH:
                failure = failure ?? copyRefused
                try connection.endCopy(failure: "not expected")
            case PGRES_COPY_OUT:
                failure = failure ?? copyRefused
                connection.dropCopyOut()
            default:
                failure = failure ?? result.error
            }
        }
        if let failure { throw failure }
        return last
    }

    private static var copyRefused: PostgresError {
        PostgresError(.protocolViolation, "a COPY was run as an ordinary statement")
    }

    /// Says what the failure is to the caller: a cancellation, a lost connection or the server's refusal.
    private func named(_ error: PostgresError) -> PostgresError {
        // After a failed write libpq can report an error of its own while it still calls the connection good.
        let isOwnError = error.kind == .server && error.sqlState == nil
        if isOwnError { connection.abandon() }
        let isLoss = isOwnError || connection.isBroken || error.isConnectionLoss
        if interruption.isCancelled, isLoss || error.sqlState == .queryCanceled {
            return error.renamed(.cancelled)
        }
        if connection.control.isLate {
            return PostgresError(
                .connectionLost, "the server at \(connection.peer) did not answer in time; the connection is given up")
        }
        return isLoss ? error.renamed(.connectionLost) : error
    }
}
