package import Postgres
package import Reconciliation

/// What is known of one account, newest last.
package struct AccountStory: Equatable, Sendable {
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
    package struct Chapter: Equatable, Sendable {
        package var kind: RunKind
        package var runStartedAt: Timestamp
        package var record: CaseRecord
    }

    package var accountID: AccountID
    /// Nil: there is no such row, though there may be events and cases.
    package var state: State?
    package var events: [Event]
    package var chapters: [Chapter]
    /// All events, cases begun, steps (but "settle") and outcomes, those not read included.
    package var entryCount: Int

    /// Whether nothing at all is known.
    package var isEmpty: Bool { state == nil && events.isEmpty && chapters.isEmpty }
}

extension Ledger {
    /// Reads an account's state and its newest events and cases, at most `limit` of each; writes nothing.
    package func story(of account: AccountID, limit: Int) async throws(PostgresError) -> AccountStory {
        try await database.transaction { (session) throws(PostgresError) in
            try session.execute("set transaction isolation level repeatable read, read only")
            let id = account.rawValue
            let entries: Int? = try session.value(
                """
                select (select count(*) from mono.webhook_events e where e.account_id = \(id))
                    + (select count(*) + count(c.outcome) + coalesce(sum((
                            select count(*) from jsonb_array_elements(c.steps) s (entry)
                            where s.entry ->> 1 is distinct from 'settle')), 0)
                        from mono.reconciliation_cases c where c.account_id = \(id))::bigint
                """)
            return AccountStory(
                accountID: account, state: try Self.state(of: id, session),
                events: try Self.events(of: id, limit, session), chapters: try Self.chapters(of: id, limit, session),
                entryCount: entries ?? 0)
        }
    }

    private static func state(
        of id: String, _ session: borrowing Session
    ) throws(PostgresError) -> AccountStory.State? {
        try session.first(
            """
            select \(SQL.accountState), a.customer_ref, a.institution,
                round(extract(epoch from a.connected_at) * 1000000)::bigint,
                round(extract(epoch from a.last_updated_at) * 1000000)::bigint,
                round(extract(epoch from a.retry_after) * 1000000)::bigint, a.consecutive_failures
            from mono.accounts a where a.account_id = \(id)
            """
        ) { (row) throws(PostgresError) in
            let next = Row.accountStateWidth
            guard let account = try row.accountState(from: 0) else {
                throw PostgresError(.decoding, "an account's row cannot be read")
            }
            return AccountStory.State(
                account: account, customerRef: try row.optionalString(next),
                institution: try row.optionalString(next + 1), connectedAt: try row.timestamp(next + 2),
                lastUpdatedAt: try row.timestamp(next + 3), retryAfter: try row.timestamp(next + 4),
                consecutiveFailures: try row.int(next + 5))
        }
    }

    private static func events(
        of id: String, _ limit: Int, _ session: borrowing Session
    ) throws(PostgresError) -> [AccountStory.Event] {
        let newestFirst = try session.query(
            """
            select round(extract(epoch from e.received_at) * 1000000)::bigint, e.event,
                e.payload #>> '{data,meta,data_status}', e.payload #>> '{data,meta,sync_status}',
                coalesce(e.payload #>> '{data,meta,job_id}', e.payload #>> '{data,id}'),
                e.payload #>> '{data,status}', e.effect
            from mono.webhook_events e where e.account_id = \(id)
            order by e.received_at desc, e.event_key desc limit \(limit)
            """
        ) { (row) throws(PostgresError) in
            AccountStory.Event(
                receivedAt: Timestamp(microseconds: try row.int64(0)), name: try row.optionalString(1),
                dataStatus: try row.optionalString(2), syncStatus: try row.optionalString(3),
                jobID: try row.optionalString(4), jobStatus: try row.optionalString(5), effect: try row.string(6))
        }
        return newestFirst.reversed()
    }

    private static func chapters(
        of id: String, _ limit: Int, _ session: borrowing Session
    ) throws(PostgresError) -> [AccountStory.Chapter] {
        let newestFirst = try session.query(
            """
            select c.run_id, r.kind, round(extract(epoch from r.started_at) * 1000000)::bigint, c.reason,
                round(extract(epoch from c.stuck_since) * 1000000)::bigint,
                round(extract(epoch from c.sync_intended_at) * 1000000)::bigint, c.outcome, c.detail, c.institution,
                c.api_calls, c.nights_in_a_row, c.data_request_id,
                round(extract(epoch from c.next_attempt_at) * 1000000)::bigint,
                round(extract(epoch from c.settled_at) * 1000000)::bigint, \(SQL.stepArrays)
            from mono.reconciliation_cases c join mono.reconciliation_runs r on r.run_id = c.run_id
            where c.account_id = \(id) order by c.run_id desc limit \(limit)
            """
        ) { (row) throws(PostgresError) in try row.chapter(of: id) }
        return newestFirst.reversed()
    }
}

extension Row {
    fileprivate func chapter(of id: String) throws(PostgresError) -> AccountStory.Chapter {
        guard let kind = RunKind(rawValue: try string(1)), let startedAt = try timestamp(2),
            let reason = Reason(rawValue: try string(3))
        else { throw PostgresError(.decoding, "a case or its run cannot be read") }
        var record = CaseRecord(runID: try int64(0), accountID: id, reason: reason)
        record.stuckSince = try timestamp(4)
        record.syncIntendedAt = try timestamp(5)
        record.outcome = try optionalString(6).flatMap { Outcome(rawValue: $0) }
        record.detail = try optionalString(7)
        record.institution = try optionalString(8)
        record.apiCalls = try int(9)
        record.nightsInARow = try int(10)
        record.dataRequestID = try optionalString(11)
        record.nextAttemptAt = try timestamp(12)
        record.settledAt = try timestamp(13)
        record.steps = try steps(from: 14)
        return AccountStory.Chapter(kind: kind, runStartedAt: startedAt, record: record)
    }
}
