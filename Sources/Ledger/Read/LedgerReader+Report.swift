package import Postgres
package import Reconciliation

extension LedgerReader {
    /// A run with its cases, as reports read it; nil when there is no such run.
    ///
    /// Both are of one instant, also while the run is open.
    package func record(of runID: Int64) async throws(PostgresError) -> RunRecord? {
        try await database.transaction { (session) throws(PostgresError) in
            try session.execute("set transaction isolation level repeatable read, read only")
            let header = try session.first(
                """
                select run_id, kind, started_at, finished_at, not_selected,
                    options ->> 'limit' is not null or options ->> 'max_calls' is not null as is_limited, selected,
                    options ->> 'time_zone' as time_zone, options ->> 'prices' as prices,
                    options ->> 'currency' as currency, calls_details, calls_trigger, calls_job, calls_reauth, workers, last_event_at, coalesce(exit_code, 0) as exit_code,
                    options ->> 'api' as api, stop_detail, \(SQL.closingColumns)
                from mono.reconciliation_runs where run_id = \(runID)
                """
            ) { (row) throws(PostgresError) in try row.runRecord() }
            guard var record = header else { return nil }
            record.cases = try Self.cases(of: runID, session)
            record.closing?.laws = try session.laws(notedBy: runID)
            if record.kind == .oneOff { record.selected = record.cases.count }
            return record
        }
    }

    /// The most cases that one query reads: a million at once would need their memory twice, and too long.
    private static let slice = 5_000

    /// All cases of a run by account id.
    private static func cases(of runID: Int64, _ session: borrowing Session) throws(PostgresError) -> [CaseRecord] {
        var cases: [CaseRecord] = []
        var after = ""
        while true {
            let next = try session.query(
                """
                select \(SQL.caseRecord) from mono.reconciliation_cases c
                where c.run_id = \(runID) and c.account_id > \(after) order by c.account_id limit \(slice)
                """
            ) { (row) throws(PostgresError) in try row.caseRecord() }
            cases += next
            guard next.count == slice, let last = next.last else { return cases }
            after = last.accountID
        }
    }

    /// One case; nil when there is none.
    package func record(
        of account: AccountID, in runID: Int64
    ) async throws(PostgresError) -> CaseRecord? {
        try await database.run { (session) throws(PostgresError) in try session.caseRecord(of: account, in: runID) }
    }
}

extension Session {
    /// One case; nil when there is none.
    func caseRecord(of account: AccountID, in runID: Int64) throws(PostgresError) -> CaseRecord? {
        try first(
            """
            select \(SQL.caseRecord) from mono.reconciliation_cases c
            where c.run_id = \(runID) and c.account_id = \(account)
            """
        ) { (row) throws(PostgresError) in try row.caseRecord() }
    }
}

extension SQL {
    /// A case `c` as `Row.caseRecord` reads it.
    static let caseRecord: SQL = """
        c.run_id, c.account_id, c.customer_ref, c.institution, c.bank_code, c.reason,
        \(possible("c.stuck_since")) as stuck_since, c.worker,
        c.sync_intended_at, c.had_data, c.sync_job_id, c.sync_answer, c.polls, c.api_calls, c.outcome, c.cause,
        c.detail, c.data_status_before, c.data_status_after, c.data_request_id, c.reauth_link, c.nights_in_a_row,
        c.outcome_before, c.tried, c.standing_outcome, c.standing_cause,
        \(possible("c.standing_since")) as standing_since, \(possible("c.next_attempt_at")) as next_attempt_at, c.settled_at, \(SQL.steps)
        """
}

extension Row {
    fileprivate func runRecord() throws(PostgresError) -> RunRecord {
        var record = RunRecord(runID: try self["run_id"], kind: try self["kind"], startedAt: try self["started_at"])
        record.finishedAt = try self["finished_at"]
        record.notSelected = try self["not_selected"]
        record.isLimited = try self["is_limited"]
        record.selected = try self["selected"]
        if let zone: String = try self["time_zone"] {
            // Whoever shows times knows the place's clock by its name.
            record.zone.name = zone
        }
        record.calls = try callCounts()
        record.workers = try self["workers"]
        record.lastEventAt = try self["last_event_at"]
        record.exitCode = try self["exit_code"]
        record.api = try word("api")
        record.stopDetail = try self["stop_detail"]
        record.closing = try closing()
        record.prices = try prices()
        return record
    }

    /// What `SQL.caseRecord` selects.
    func caseRecord() throws(PostgresError) -> CaseRecord {
        var record = CaseRecord(
            runID: try self["run_id"], accountID: try self["account_id"], reason: try self["reason"])
        record.customerRef = try self["customer_ref"]
        record.institution = try self["institution"]
        record.bankCode = try self["bank_code"]
        record.stuckSince = try self["stuck_since"]
        record.worker = try self["worker"]
        record.syncIntendedAt = try self["sync_intended_at"]
        record.hadData = try self["had_data"]
        record.syncJobID = try self["sync_job_id"]
        record.syncAnswer = try self["sync_answer"]
        record.polls = try self["polls"]
        record.apiCalls = try self["api_calls"]
        record.outcome = try word("outcome")
        record.cause = try word("cause")
        record.detail = try self["detail"]
        record.dataStatusBefore = try self["data_status_before"]
        record.dataStatusAfter = try self["data_status_after"]
        record.dataRequestID = try self["data_request_id"]
        record.reauthLink = try self["reauth_link"]
        record.nightsInARow = try self["nights_in_a_row"]
        record.outcomeBefore = try word("outcome_before")
        record.isTried = try self["tried"]
        if let outcome: Outcome = try word("standing_outcome"), let since: Timestamp = try self["standing_since"] {
            record.standing = Standing(outcome: outcome, cause: try word("standing_cause"), since: since)
        }
        record.nextAttemptAt = try self["next_attempt_at"]
        record.settledAt = try self["settled_at"]
        record.steps = try steps()
        return record
    }
}
