import Synchronization

/// One connection to PostgreSQL, made on first use and made anew after a loss.
///
/// Work is a synchronous closure with the connection in hand, run on the connection's own queue, where libpq may block:
/// no other task's statements come in between, and nothing in a closure can wait for anything but the database.
///
///     let names = try await database.run { (session) throws(PostgresError) in
///         try session.query("select name from people where age > \(age)") { (row) throws(PostgresError) in
///             try row.string(0)
///         }
///     }
///
/// A call whose task is cancelled ends with `cancelled`: its statement is cancelled on the server, and if no answer
/// comes within 2 s the connection is broken. Session state (advisory locks, temporary tables) is lost with the
/// connection; `Session.backendPID` tells.
///
/// Every statement has an end on this side too: a server that does not answer within the configuration's limit, or by
/// the ``deadline``, loses its connection, and the call ends with `connectionLost`.
package actor Database {
    /// When the servers must have answered all that the task asks of them; nil: each statement has its own limit only.
    @TaskLocal package static var deadline: ContinuousClock.Instant?

    private let executor = QueueExecutor(label: "postgres.session")
    private let configuration: PostgresConfiguration
    private let notices: NoticeHandler?
    private let keepsTransactions: Bool
    private var connection: Connection? {
        didSet { backend.withLock { $0 = connection?.backendPID } }
    }
    private let backend = Mutex<Int?>(nil)
    private var isClosed = false
    /// The end of the last attempt to connect that failed.
    private var failure: (at: ContinuousClock.Instant, error: PostgresError)?

    package nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    /// The server's process for the connection; nil where none is open.
    ///
    /// Never a former one's: the number may be another session's by now. A pooler invents it.
    nonisolated var backendPID: Int? { backend.withLock { $0 } }

    /// Prepares a database; nothing is connected yet.
    ///
    /// - Parameters:
    ///   - configuration: How to connect.
    ///   - notices: Gets the server's notices, one line each, on the connection's queue; nil drops them.
    package init(_ configuration: PostgresConfiguration, notices: (@Sendable (String) -> Void)? = nil) {
        self.configuration = configuration
        self.notices = notices
        keepsTransactions = false
    }

    /// A connection of one owner, whose transaction stays open between two closures.
    init(keepingTransactionsOf other: Database) {
        configuration = other.configuration
        notices = other.notices
        keepsTransactions = true
    }

    /// Runs a closure with the connection.
    ///
    /// Each statement is its own transaction unless the closure opens one; one left open is rolled back.
    ///
    /// - Parameter body: Called at most once.
    /// - Returns: What the closure returns.
    /// - Throws: What the closure throws, or why there is no connection.
    @discardableResult
    package nonisolated func run<Value: Sendable>(
        _ body: @Sendable (borrowing Session) throws(PostgresError) -> Value
    ) async throws(PostgresError) -> Value {
        let interruption = Interruption(deadline: Self.deadline)
        let result = await withTaskCancellationHandler {
            await perform(interruption, body)
        } onCancel: {
            interruption.cancel()
        }
        return try result.get()
    }

    /// Runs a closure between `begin` and `commit`; when it throws, the transaction is rolled back.
    ///
    /// - Parameter body: Called at most once.
    /// - Returns: What the closure returns, once the commit is acknowledged.
    /// - Throws: The first failure. `commitUnknown` if the connection was lost while the commit was under way; SQLSTATE
    ///   25P02 if the closure returned although a statement of it had failed.
    @discardableResult
    package nonisolated func transaction<Value: Sendable>(
        _ body: @Sendable (borrowing Session) throws(PostgresError) -> Value
    ) async throws(PostgresError) -> Value {
        try await run { (session) throws(PostgresError) in
            try session.execute("begin")
            // A failure leaves the transaction open, and `perform` rolls back what is left open.
            let value = try body(session)
            try session.commit()
            return value
        }
    }

    /// Closes the connection after the work under way.
    ///
    /// Every later `run` throws `closed`. May be called repeatedly.
    package func close() {
        isClosed = true
        connection = nil
    }

    /// Drops the connection after the work under way; the next `run` makes a new one.
    ///
    /// For a server that answers and is not the right one any more, such as a primary that became a standby.
    package func reconnect() {
        connection = nil
    }

    private func perform<Value: Sendable>(
        _ interruption: Interruption, _ body: @Sendable (borrowing Session) throws(PostgresError) -> Value
    ) -> Result<Value, PostgresError> {
        Result { () throws(PostgresError) in
            let connection = try connected(interruption)
            let session = Session(connection: connection, interruption: interruption)
            defer { settle(session) }
            return try body(session)
        }
    }

    private func connected(_ interruption: Interruption) throws(PostgresError) -> Connection {
        guard !isClosed else { throw PostgresError(.closed, "the database was closed by its owner") }
        guard !interruption.isCancelled else { throw Interruption.cancelled }
        if let connection { return connection }
        // Whoever waited while others found no server need not find none once more.
        if let failure, interruption.began < failure.at { throw failure.error }
        do throws(PostgresError) {
            let opened = try Connection.open(configuration, notices: notices, interruption: interruption)
            connection = opened
            return opened
        } catch {
            if error.kind != .cancelled { failure = (.now, error) }
            throw error
        }
    }

    /// Leaves the connection idle for the next run, or drops it.
    private func settle(_ session: borrowing Session) {
        if keepsTransactions { return }
        if !session.connection.isBroken, !session.connection.isIdle {
            // The caller has its first failure already; a connection that cannot even roll back is of no use.
            _ = try? session.finalResult(of: "rollback", isProtected: true)
        }
        if session.connection.isBroken || !session.connection.isIdle { connection = nil }
    }
}

extension Database {
    /// Runs one statement by itself and returns how many rows it changed or returned.
    @discardableResult
    package nonisolated func execute(_ sql: SQL) async throws(PostgresError) -> Int {
        try await run { (session) throws(PostgresError) in try session.execute(sql) }
    }

    /// Runs one statement by itself and reads the first column of its first row; nil when there is none, or null.
    package nonisolated func value<Value: PostgresDecodable & Sendable>(
        _ sql: SQL, as type: Value.Type = Value.self
    ) async throws(PostgresError) -> Value? {
        try await run { (session) throws(PostgresError) in try session.value(sql, as: type) }
    }
}

extension Session {
    /// Commits; the one statement whose loss leaves the outcome unknown.
    func commit() throws(PostgresError) {
        guard !isCancelled else { throw Interruption.cancelled }
        let tag: String
        do throws(PostgresError) {
            tag = try finalResult(of: "commit", isProtected: true).commandTag
        } catch {
            throw error.isConnectionLoss || error.kind == .cancelled ? error.renamed(.commitUnknown) : error
        }
        // The server answers a commit of a failed transaction with ROLLBACK, and calls it a success.
        guard tag == "COMMIT" else {
            throw PostgresError(
                .server, "an earlier statement of the transaction failed, so it was rolled back",
                sqlState: .failedTransaction)
        }
    }
}
