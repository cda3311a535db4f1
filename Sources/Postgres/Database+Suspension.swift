extension Database {
    /// Runs two closures in one transaction, which stays open while something else than the database is waited for.
    ///
    /// For deeds that cannot be taken back and must be recorded: `rehearse` shows beforehand that the database would take
    /// the record. The transaction has a connection of its own, so no other task's statements come in between.
    ///
    /// - Parameters:
    ///   - rehearse: Runs after `begin`.
    ///   - wait: Runs once `rehearse` has returned, and at most once.
    ///   - record: Gets what `wait` returned; the commit follows.
    /// - Returns: What `record` returns, once the commit is acknowledged.
    /// - Throws: The first failure, with the transaction rolled back. `commitUnknown` as in `transaction`.
    package nonisolated func transaction<Answer: Sendable, Value: Sendable>(
        rehearse: @Sendable (borrowing Session) throws(PostgresError) -> Void,
        wait: () async -> Answer,
        record: @Sendable (borrowing Session, Answer) throws(PostgresError) -> Value
    ) async throws(PostgresError) -> Value {
        let own = Database(keepingTransactionsOf: self)
        let result: Result<Value, PostgresError>
        do throws(PostgresError) {
            try await own.run { (session) throws(PostgresError) in
                try session.execute("begin")
                try rehearse(session)
            }
            let answer = await wait()
            let value = try await own.run { (session) throws(PostgresError) in
                let value = try record(session, answer)
                try session.commit()
                return value
            }
            result = .success(value)
        } catch {
            result = .failure(error)
        }
        // What is still open is rolled back by the server.
        await own.close()
        return try result.get()
    }
}
