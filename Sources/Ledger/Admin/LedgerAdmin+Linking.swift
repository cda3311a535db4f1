package import Postgres
package import Reconciliation

extension LedgerAdmin {
    /// Records the account that `exchange` brings, if it brings one.
    ///
    /// A code works only once, so the database shows first that it would take the account: a transaction is open and has
    /// written one, which is taken back, before `exchange` runs.
    ///
    /// - Throws: Why the account is not recorded, or may not be. An error without a call of `exchange` has cost nothing.
    package func link(
        customerRef: String?, exchange: () async -> AccountID?
    ) async throws(PostgresError) {
        let rehearsed = "rehearsal-" + String(UInt64.random(in: .min ... .max), radix: 36)
        try await database.transaction(
            rehearse: { (session) throws(PostgresError) in
                try session.execute("savepoint rehearsal")
                try session.execute("select mono.connect_account(\(rehearsed), \(customerRef))")
                try session.execute("rollback to savepoint rehearsal")
            },
            wait: exchange,
            record: { (session, account) throws(PostgresError) in
                guard let account else { return }
                try session.execute("select mono.connect_account(\(account.rawValue), \(customerRef))")
            })
    }

    /// Records a linked account; recording it again changes nothing.
    package func connect(_ account: AccountID, customerRef: String?) async throws(PostgresError) {
        try await database.execute("select mono.connect_account(\(account.rawValue), \(customerRef))")
    }
}
