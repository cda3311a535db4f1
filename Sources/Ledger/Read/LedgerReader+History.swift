package import Postgres
package import Reconciliation

/// What is known of one account, newest last.
package struct AccountHistory: Equatable, Sendable {
    /// The account's row.
    package struct State: Equatable, Sendable {
        package var account: AccountState
        package var customerRef: String?
        package var institution: String?
        package var connectedAt: Timestamp?
        package var lastUpdatedAt: Timestamp?
        /// No nightly run tries it before.
        package var retryAfter: Timestamp?
        package var consecutiveFailures: Int
    }

    /// One webhook, as it was kept.
    package struct Event: Equatable, Sendable {
        package var receivedAt: Timestamp
        package var name: String?
        package var dataStatus: String?
        package var syncStatus: String?
        package var jobID: String?
        package var jobStatus: String?
        package var effect: String
    }

    /// One case with what is needed of its run.
    package struct CaseInRun: Equatable, Sendable {
        package var kind: RunKind
        package var runStartedAt: Timestamp
        package var record: CaseRecord
    }

    package var accountID: AccountID
    /// Nil: there is no such row, though there may be events and cases.
    package var state: State?
    package var events: [Event]
    package var cases: [CaseInRun]
    /// All events, cases begun, steps (but "settle") and outcomes, those not read included.
    package var entryCount: Int

    /// Whether nothing at all is known.
    package var isEmpty: Bool { state == nil && events.isEmpty && cases.isEmpty }
}

extension LedgerReader {
    /// Reads an account's state and its newest events and cases, at most `limit` of each; writes nothing.
    package func history(of account: AccountID, limit: Int) async throws(PostgresError) -> AccountHistory {
        try await database.transaction { (session) throws(PostgresError) in
            try session.execute("set transaction isolation level repeatable read, read only")
            let id = account
            let entries: Int? = try session.value(
                """
                select (select count(*) from mono.webhook_events e where e.account_id = \(id))
                    + (select count(*) + count(c.outcome) + coalesce(sum((
                            select count(*) from jsonb_array_elements(c.steps) s (entry)
                            where s.entry ->> 1 is distinct from 'settle')), 0)
                        from mono.reconciliation_cases c where c.account_id = \(id))::bigint
                """)
            return AccountHistory(
                accountID: account, state: try Self.state(of: id, session),
                events: try Self.events(of: id, limit, session), cases: try Self.cases(of: id, limit, session),
                entryCount: entries ?? 0)
        }
    }

    private static func state(
        of id: AccountID, _ session: borrowing Session
    ) throws(PostgresError) -> AccountHistory.State? {
        try session.first(
            """
            select \(SQL.accountState), a.customer_ref, a.institution,
                \(SQL.possible("a.connected_at")) as connected_at, \(SQL.possible("a.last_updated_at")) as last_updated_at,
                \(SQL.possible("a.retry_after")) as retry_after, a.consecutive_failures
            from mono.accounts a where a.account_id = \(id)
            """
        ) { (row) throws(PostgresError) in
            guard let account = try row.accountState() else {
                throw PostgresError(.decoding, "an account's row cannot be read")
            }
            return AccountHistory.State(
                account: account, customerRef: try row["customer_ref"], institution: try row["institution"],
                connectedAt: try row["connected_at"], lastUpdatedAt: try row["last_updated_at"],
                retryAfter: try row["retry_after"], consecutiveFailures: try row["consecutive_failures"])
        }
    }

    private static func events(
        of id: AccountID, _ limit: Int, _ session: borrowing Session
    ) throws(PostgresError) -> [AccountHistory.Event] {
        let newestFirst = try session.query(
            """
            select e.received_at, e.event, e.payload #>> '{data,meta,data_status}' as data_status,
                e.payload #>> '{data,meta,sync_status}' as sync_status,
                coalesce(e.payload #>> '{data,meta,job_id}', e.payload #>> '{data,id}') as job_id,
                e.payload #>> '{data,status}' as job_status, e.effect
            from mono.webhook_events e where e.account_id = \(id)
            order by e.received_at desc, e.event_key desc limit \(limit)
            """
        ) { (row) throws(PostgresError) in
            AccountHistory.Event(
                receivedAt: try row["received_at"], name: try row["event"], dataStatus: try row["data_status"],
                syncStatus: try row["sync_status"], jobID: try row["job_id"], jobStatus: try row["job_status"],
                effect: try row["effect"])
        }
        return newestFirst.reversed()
    }

    private static func cases(
        of id: AccountID, _ limit: Int, _ session: borrowing Session
    ) throws(PostgresError) -> [AccountHistory.CaseInRun] {
        let newestFirst = try session.query(
            """
            select r.kind, r.started_at, \(SQL.caseRecord)
            from mono.reconciliation_cases c join mono.reconciliation_runs r on r.run_id = c.run_id
            where c.account_id = \(id) order by c.run_id desc limit \(limit)
            """
        ) { (row) throws(PostgresError) in
            AccountHistory.CaseInRun(
                kind: try row["kind"], runStartedAt: try row["started_at"], record: try row.caseRecord())
        }
        return newestFirst.reversed()
    }
}
