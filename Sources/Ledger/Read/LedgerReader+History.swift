package import Postgres
package import Reconciliation

/// What is known of one account, newest last.
package struct AccountHistory: Equatable, Sendable {
    /// The account's row.
    package struct State: Equatable, Sendable {
        package var account: AccountState
        package var customerRef: String?
        package var institution: String?
        package var bankCode: String?
        package var connectedAt: Timestamp?
        package var lastUpdatedAt: Timestamp?
        /// No nightly run tries it before.
        package var retryAfter: Timestamp?
        package var consecutiveFailures: Int
        /// What is known of it; nil: it is healthy, or nothing was found out yet.
        package var standing: Standing?
    }

    /// What the accounts of one bank have shown of it, in any run.
    package struct BankHealth: Equatable, Sendable {
        package var bank: String
        package var lastDeliveryAt: Timestamp?
        /// The first failure after the last delivery.
        package var failingSince: Timestamp?
        /// Failures since the last delivery.
        package var failures: Int

        package init(bank: String, lastDeliveryAt: Timestamp?, failingSince: Timestamp?, failures: Int) {
            self.bank = bank
            self.lastDeliveryAt = lastDeliveryAt
            self.failingSince = failingSince
            self.failures = failures
        }
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
    /// The database's clock.
    package var now: Timestamp
    /// Nil: there is no such row, though there may be events and cases.
    package var state: State?
    package var events: [Event]
    package var cases: [CaseInRun]
    /// All events, cases begun, steps (but "settle") and outcomes, those not read included.
    package var entryCount: Int
    /// Nil: nothing is known of its bank.
    package var bank: BankHealth?
    /// How long its bank's syncs take; nil: it is not known which bank it is.
    package var law: BankLaw?

    /// Whether nothing at all is known.
    package var isEmpty: Bool { state == nil && events.isEmpty && cases.isEmpty }
}

extension LedgerReader {
    /// Reads an account's state and its newest events and cases, at most `limit` of each; writes nothing.
    package func history(of account: AccountID, limit: Int) async throws(PostgresError) -> AccountHistory {
        try await database.transaction { (session) throws(PostgresError) in
            try session.execute("set transaction isolation level repeatable read, read only")
            let id = account
            let state = try Self.state(of: id, session)
            let counted = try session.first(
                """
                select now() as now, (select count(*) from mono.webhook_events e where e.account_id = \(id))
                    + (select count(*) + count(c.outcome) + coalesce(sum((
                            select count(*) from jsonb_array_elements(c.steps) s (entry)
                            where s.entry ->> 1 is distinct from 'settle')), 0)
                        from mono.reconciliation_cases c where c.account_id = \(id))::bigint as entries
                """
            ) { (row) throws(PostgresError) in (now: try row["now"] as Timestamp, entries: try row["entries"] as Int) }
            guard let counted else {
                throw PostgresError(.protocolViolation, "a query without a table returned no row")
            }
            return AccountHistory(
                accountID: account, now: counted.now, state: state, events: try Self.events(of: id, limit, session),
                cases: try Self.cases(of: id, limit, session), entryCount: counted.entries,
                bank: try Self.health(of: state?.institution, session),
                law: try Self.law(ofBank: state?.institution, session))
        }
    }

    private static func state(
        of id: AccountID, _ session: borrowing Session
    ) throws(PostgresError) -> AccountHistory.State? {
        try session.first("select \(SQL.historyState) from mono.accounts a where a.account_id = \(id)") {
            (row) throws(PostgresError) in try row.historyState()
        }
    }

    private static func health(
        of bank: String?, _ session: borrowing Session
    ) throws(PostgresError) -> AccountHistory.BankHealth? {
        try session.first(
            "select bank, last_delivery_at, failing_since, failures from mono.bank_health where bank = \(bank)::text"
        ) { (row) throws(PostgresError) in
            AccountHistory.BankHealth(
                bank: try row["bank"], lastDeliveryAt: try row["last_delivery_at"],
                failingSince: try row["failing_since"],
                failures: try row["failures"])
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

extension SQL {
    /// An account `a` as `Row.historyState` reads it.
    static let historyState: SQL = """
        a.account_id, \(accountState), a.customer_ref, a.institution, a.bank_code,
        \(possible("a.connected_at")) as connected_at, \(possible("a.last_updated_at")) as last_updated_at,
        \(possible("a.retry_after")) as retry_after, a.consecutive_failures,
        a.standing_outcome, a.standing_cause, \(possible("a.standing_since")) as standing_since
        """
}

extension Row {
    /// What `SQL.historyState` selects.
    func historyState() throws(PostgresError) -> AccountHistory.State {
        guard let account = try accountState() else {
            throw PostgresError(.decoding, "an account's row cannot be read")
        }
        var state = AccountHistory.State(
            account: account, customerRef: try self["customer_ref"], institution: try self["institution"],
            bankCode: try self["bank_code"], connectedAt: try self["connected_at"],
            lastUpdatedAt: try self["last_updated_at"], retryAfter: try self["retry_after"],
            consecutiveFailures: try self["consecutive_failures"])
        if let outcome: Outcome = try word("standing_outcome"), let since: Timestamp = try self["standing_since"] {
            state.standing = Standing(outcome: outcome, cause: try word("standing_cause"), since: since)
        }
        return state
    }
}
