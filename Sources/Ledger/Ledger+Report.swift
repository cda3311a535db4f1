package import Postgres
package import Reconciliation

extension Ledger {
    /// A run with its cases, as reports read it; nil when there is no such run.
    ///
    /// Both are of one instant, also while the run is open.
    package func record(of runID: Int64) async throws(PostgresError) -> RunRecord? {
        try await database.transaction { (session) throws(PostgresError) in
            try session.execute("set transaction isolation level repeatable read, read only")
            let header = try session.first(
                """
                select run_id, kind, round(extract(epoch from started_at) * 1000000)::bigint,
                    round(extract(epoch from finished_at) * 1000000)::bigint, not_selected, calls_details,
                    calls_trigger, calls_job, calls_reauth, workers,
                    round(extract(epoch from last_event_at) * 1000000)::bigint, coalesce(exit_code, 0),
                    options ->> 'api', stop_detail, \(SQL.closingColumns)
                from mono.reconciliation_runs where run_id = \(runID)
                """
            ) { (row) throws(PostgresError) in try row.runRecord() }
            guard var record = header else { return nil }
            record.cases = try session.query(
                """
                select \(SQL.caseRecord) from mono.reconciliation_cases c
                where c.run_id = \(runID) order by c.account_id
                """
            ) { (row) throws(PostgresError) in try row.caseRecord() }
            return record
        }
    }
}

extension Ledger {
    /// Of these accounts, those that have no case in the run because another run held them, with that run.
    package func heldElsewhere(
        _ accounts: [AccountID], than runID: Int64
    ) async throws(PostgresError) -> [(account: AccountID, runID: Int64)] {
        let held = try await database.run { (session) throws(PostgresError) in
            try session.query(
                """
                select n.account_id, other.run_id
                from unnest(\(accounts.map(\.rawValue))) with ordinality as n (account_id, position)
                cross join lateral (
                    select c.run_id from mono.reconciliation_cases c
                    where c.account_id = n.account_id and c.run_id <> \(runID)
                    order by c.outcome is null desc, c.run_id desc limit 1
                ) other
                where not exists (
                    select from mono.reconciliation_cases c
                    where c.run_id = \(runID) and c.account_id = n.account_id)
                order by n.position
                """
            ) { (row) throws(PostgresError) in Held(account: try row.accountID(0), runID: try row.int64(1)) }
        }
        return held.map { ($0.account, $0.runID) }
    }

    private struct Held: Sendable {
        var account: AccountID
        var runID: Int64
    }

    /// One case; nil when there is none.
    package func record(
        of account: AccountID, in runID: Int64
    ) async throws(PostgresError) -> CaseRecord? {
        try await database.run { (session) throws(PostgresError) in
            try session.first(
                """
                select \(SQL.caseRecord) from mono.reconciliation_cases c
                where c.run_id = \(runID) and c.account_id = \(account.rawValue)
                """
            ) { (row) throws(PostgresError) in try row.caseRecord() }
        }
    }
}

extension SQL {
    /// The columns that `Row.caseRecord` reads.
    fileprivate static let caseRecord: SQL = """
        c.run_id, c.account_id, c.customer_ref, c.institution, c.bank_code, c.reason,
        round(extract(epoch from c.stuck_since) * 1000000)::bigint, c.worker,
        round(extract(epoch from c.sync_intended_at) * 1000000)::bigint, c.had_data, c.sync_job_id,
        c.sync_answer, c.polls, c.api_calls, c.outcome, c.detail, c.data_status_before, c.data_status_after,
        c.data_request_id, c.reauth_link, c.nights_in_a_row,
        round(extract(epoch from c.next_attempt_at) * 1000000)::bigint,
        round(extract(epoch from c.settled_at) * 1000000)::bigint, \(SQL.stepArrays), c.outcome_before
        """
}

extension Row {
    fileprivate func runRecord() throws(PostgresError) -> RunRecord {
        guard let kind = RunKind(rawValue: try string(1)), let startedAt = try timestamp(2) else {
            throw PostgresError(.decoding, "a run's row cannot be read")
        }
        var record = RunRecord(runID: try int64(0), kind: kind, startedAt: startedAt)
        record.finishedAt = try timestamp(3)
        record.notSelected = try int(4)
        record.calls = try callCounts(from: 5)
        record.workers = try int(9)
        record.lastEventAt = try timestamp(10)
        record.exitCode = try int(11)
        record.api = try optionalString(12).flatMap { APIGeneration(rawValue: $0) }
        record.stopDetail = try optionalString(13)
        record.closing = try closing(from: 14)
        return record
    }

    /// What `SQL.closingColumns` selects; nil for a run that kept nothing.
    private func closing(from column: Int) throws(PostgresError) -> ClosingFacts? {
        guard let brought = try optionalInt(column), let followed = try optionalInt(column + 1) else { return nil }
        var facts = ClosingFacts()
        facts.syncsThatBroughtData = brought
        facts.syncsFollowedByEvent = followed
        guard let runID = try optionalInt(column + 2), let startedAt = try timestamp(column + 3) else { return facts }
        var previous = PreviousNight(runID: Int64(runID), startedAt: startedAt)
        previous.cases = try optionalInt(column + 4) ?? 0
        previous.unresolved = try optionalInt(column + 5) ?? 0
        previous.calls = try optionalInt(column + 6) ?? 0
        previous.backSince = try optionalInt(column + 7) ?? 0
        previous.unlinkedSince = try optionalInt(column + 8) ?? 0
        previous.absent = (try optionalInt(column + 9) ?? 0) - previous.backSince - previous.unlinkedSince
        previous.stuckAfter = .microseconds(try optionalInt64(column + 10) ?? 0)
        facts.previous = previous
        return facts
    }

    fileprivate func caseRecord() throws(PostgresError) -> CaseRecord {
        guard let reason = Reason(rawValue: try string(5)) else {
            throw PostgresError(.decoding, "a case has an unknown reason")
        }
        var record = CaseRecord(runID: try int64(0), accountID: try string(1), reason: reason)
        record.customerRef = try optionalString(2)
        record.institution = try optionalString(3)
        record.bankCode = try optionalString(4)
        record.stuckSince = try timestamp(6)
        record.worker = try optionalString(7)
        record.syncIntendedAt = try timestamp(8)
        record.hadData = try optionalBool(9)
        record.syncJobID = try optionalString(10)
        record.syncAnswer = try optionalString(11)
        record.polls = try int(12)
        record.apiCalls = try int(13)
        record.outcome = try optionalString(14).flatMap { Outcome(rawValue: $0) }
        record.detail = try optionalString(15)
        record.dataStatusBefore = try optionalString(16)
        record.dataStatusAfter = try optionalString(17)
        record.dataRequestID = try optionalString(18)
        record.reauthLink = try optionalString(19)
        record.nightsInARow = try int(20)
        record.nextAttemptAt = try timestamp(21)
        record.settledAt = try timestamp(22)
        record.steps = try steps(from: 23)
        record.outcomeBefore = try optionalString(26).flatMap { Outcome(rawValue: $0) }
        return record
    }
}
