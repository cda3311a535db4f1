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
}

extension Pooling {
    /// Finds out by two connections of its own; a pooler's admin console is not needed.
    ///
    /// A pooler invents the process number that libpq is told, so a direct connection is known at once. Otherwise the
    /// second connection keeps a transaction open: a server connection that serves both of ours, or a first connection
    /// that has become another server process meanwhile, shows that connections are handed around.
    package static func find(_ configuration: PostgresConfiguration) async throws(PostgresError) -> Pooling {
        let first = Database(configuration)
        let second = Database(configuration)
        let result = await Result { () async throws(PostgresError) in try await find(first, second) }
        await first.close()
        await second.close()
        return try result.get()
    }

    private static func find(_ first: Database, _ second: Database) async throws(PostgresError) -> Pooling {
        let (said, own) = try await first.run { (session) throws(PostgresError) in
            (session.backendPID, try serverProcess(session))
        }
        if said == own { return .none }
        for _ in 1...3 {
            let held = Mutex<Int?>(nil)
            let answer = Mutex<Int?>(nil)
            let attempt = Task { () -> Result<Void, PostgresError> in
                await Result { () async throws(PostgresError) in
                    try await second.transaction(
                        rehearse: { (session) throws(PostgresError) in
                            let process = try serverProcess(session)
                            held.withLock { $0 = process }
                        },
                        wait: {
                            // With the one server connection taken, the first would wait for it in vain.
                            guard held.withLock({ $0 }) != own else { return }
                            let process = try? await first.run { (session) throws(PostgresError) in
                                try serverProcess(session)
                            }
                            answer.withLock { $0 = process }
                        },
                        record: { (_, _) throws(PostgresError) in })
                }
            }
            let alarm = Task {
                // Cancelled when the attempt ends in time.
                guard (try? await Task.sleep(for: .seconds(3))) != nil else { return }
                attempt.cancel()
            }
            let result = await attempt.value
            alarm.cancel()
            if held.withLock({ $0 }) == own { return .transaction }
            if let process = answer.withLock({ $0 }), process != own { return .transaction }
            if case .failure(let error) = result {
                // Pooling by statement refuses transactions altogether.
                return error.kind == .server ? .transaction : .unknown
            }
        }
        return .session
    }

    private static func serverProcess(_ session: borrowing Session) throws(PostgresError) -> Int {
        try session.value("select pg_catalog.pg_backend_pid()", as: Int.self) ?? 0
    }
}

extension Result {
    /// An asynchronous body's result.
    fileprivate init(_ body: () async throws(Failure) -> Success) async {
        do throws(Failure) {
            self = .success(try await body())
        } catch {
            self = .failure(error)
        }
    }
}
