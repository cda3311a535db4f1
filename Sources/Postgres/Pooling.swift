import Synchronization

/// What lies between this process and the server.
package enum Pooling: Equatable, Sendable {
    /// Nothing: the connection is the server's own.
    case none
    /// A pooler that keeps one server connection for each of ours, so that session locks work.
    case session
    /// A pooler that hands each transaction to whatever server connection is free: session locks belong to anybody.
    case transaction
    /// A pooler that did not give two connections at a time, so that its mode is not known.
    case unknown

    private static let patience = Duration.seconds(5)

    /// Finds out by two connections of its own, within some 7 s; a pooler's admin console is not needed.
    ///
    /// A pooler invents the process number that libpq is told, so a direct connection is known at once. Otherwise the
    /// second connection keeps a transaction open: a server connection that serves both of ours, or a first connection
    /// that has become another server process meanwhile, shows that connections are handed around.
    package static func find(_ configuration: PostgresConfiguration) async throws(PostgresError) -> Self {
        let first = Database(configuration)
        let second = Database(configuration)
        let work = Task { () -> Result<Self, PostgresError> in
            do throws(PostgresError) {
                return .success(try await find(first, second))
            } catch {
                return .failure(error)
            }
        }
        let alarm = Task {
            // Cancelled when the work ends in time.
            guard (try? await Task.sleep(for: patience)) != nil else { return }
            work.cancel()
        }
        let result = await work.value
        alarm.cancel()
        await first.close()
        await second.close()
        if case .failure(let error) = result, error.kind == .cancelled { return .unknown }
        return try result.get()
    }

    /// Whether a database's connection is the server's own; a pooler invents the process number that libpq is told.
    package static func isDirect(_ database: Database) async throws(PostgresError) -> Bool {
        try await database.run { (session) throws(PostgresError) in
            try serverProcess(session) == session.backendPID
        }
    }

    private static func find(_ first: Database, _ second: Database) async throws(PostgresError) -> Self {
        let (said, own) = try await first.run { (session) throws(PostgresError) in
            (session.backendPID, try serverProcess(session))
        }
        if said == own { return .none }
        for _ in 1...3 {
            let held = Mutex<Int?>(nil)
            let answered = Mutex<Int?>(nil)
            do throws(PostgresError) {
                try await second.transaction(
                    rehearse: { (session) throws(PostgresError) in
                        let process = try serverProcess(session)
                        held.withLock { $0 = process }
                    },
                    wait: {
                        // With the one server connection taken, the first would wait for it in vain.
                        guard held.withLock({ $0 }) != own else { return }
                        // Without an answer the transaction's own end tells.
                        let process = try? await first.run { (session) throws(PostgresError) in
                            try serverProcess(session)
                        }
                        answered.withLock { $0 = process }
                    },
                    record: { (_, _) throws(PostgresError) in })
            } catch {
                // Pooling by statement breaks transactions off.
                guard error.kind != .cancelled, error.kind != .connectionFailed else { throw error }
                return .transaction
            }
            if held.withLock({ $0 }) == own { return .transaction }
            if let process = answered.withLock({ $0 }), process != own { return .transaction }
        }
        return .session
    }

    private static func serverProcess(_ session: borrowing Session) throws(PostgresError) -> Int {
        try session.value("select pg_catalog.pg_backend_pid()", as: Int.self) ?? 0
    }
}
