import Postgres
import Reconciliation

/// A nightly run selects its accounts in slices: the first at its opening, the others as their turn comes.
///
/// A million cases made at once would keep the first call waiting for minutes. The run's row says how many accounts it
/// has selected and whether some that were due at its start may be left; a run that may is not closed.
extension Ledger {
    /// Selects the next slice, unless the selection has ended or another worker is at it; returns whether it did.
    @discardableResult
    func selectSlice(of run: OpenRun, _ session: borrowing Session) throws(PostgresError) -> Bool {
        let before: Int? = try session.value(
            """
            select selected from mono.reconciliation_runs
            where run_id = \(run.runID) and selecting and finished_at is null for update skip locked
            """)
        guard let before else { return false }
        let most = run.options.mostAccounts
        let wanted = min(slice, max(0, (most ?? .max) - before))
        // The plan looks dear by the size of the table, and compiling it would take longer than it runs.
        try session.execute("set local jit = off")
        let (chosen, refused) = try makeCases(wanted, after: before, of: run, session)
        try session.execute(
            "update mono.reconciliation_runs set selected = \(before + chosen - refused)::int where run_id = \(run.runID)"
        )
        // Those whose cases are refused are chosen again and again.
        if chosen < wanted || most.map({ before + chosen >= $0 }) == true || refused == wanted {
            // A run that may take all has left none when there is no other.
            try endSelection(of: run, leaves: most != nil || refused > 0, session)
        }
        return true
    }

    /// Ends the selection, however it stands; what it leaves is counted.
    func endSelection(of run: OpenRun, leaves: Bool = true, _ session: borrowing Session) throws(PostgresError) {
        let rules = run.options.rules
        let isSelecting: Bool? = try session.value(
            "select selecting from mono.reconciliation_runs where run_id = \(run.runID) for update")
        guard isSelecting == true else { return }
        let left: Int? =
            leaves
            ? try session.value(
                "select mono.count_due(\(rules.stuckAfter), \(rules.syncLimit), \(run.runID)::bigint, \(run.options.force))"
            ) : 0
        try session.execute(
            """
            update mono.reconciliation_runs set selecting = false, not_selected = greatest(\(left ?? 0)::int, 0)
            where run_id = \(run.runID)
            """)
    }

    /// Makes the cases of the next accounts; returns how many were chosen, those included that another run took
    /// meanwhile, and how many cases were refused.
    private func makeCases(
        _ wanted: Int, after before: Int, of run: OpenRun, _ session: borrowing Session
    ) throws(PostgresError) -> (chosen: Int, refused: Int) {
        let rules = run.options.rules
        let next: SQL = """
            select * from mono.select_accounts(\(rules.stuckAfter), \(rules.syncLimit),
                \(run.options.mostAccounts)::int, \(run.runID)::bigint, \(wanted)::int, \(run.options.force))
            """
        guard isSparing else { return (try makeCases(of: next, after: before, in: run, session), 0) }
        let places = try session.query("select account_id, reason, stuck_since, \"position\" from (\(next)) n") {
            (row) throws(PostgresError) -> ChosenAccount in
            ChosenAccount(
                account: try row["account_id"], reason: try row["reason"], stuckSince: try row["stuck_since"],
                position: try row["position"])
        }
        let tried = try session.sparing(places) { (part) throws(PostgresError) in
            try makeCases(of: SQL.chosen(part), after: before, in: run, session)
        }
        return (places.count, tried.faulty.count)
    }

    /// Makes the cases of the accounts that a query chooses; returns how many it chooses.
    private func makeCases(
        of query: SQL, after before: Int, in run: OpenRun, _ session: borrowing Session
    ) throws(PostgresError) -> Int {
        try session.value(
            """
            with chosen as materialized (\(query)), made as (
                insert into mono.reconciliation_cases
                    (run_id, account_id, customer_ref, institution, bank_code, data_status_before, reason, stuck_since,
                    position)
                select \(run.runID)::bigint, a.account_id, a.customer_ref, a.institution, a.bank_code, a.data_status,
                    c.reason, c.stuck_since, \(before)::int + c.position
                from chosen c join mono.accounts a on a.account_id = c.account_id
                on conflict do nothing
            )
            select count(*) from chosen
            """) ?? 0
    }
}

/// An account whose turn has come.
private struct ChosenAccount {
    var account: AccountID
    var reason: Reason
    var stuckSince: Timestamp?
    var position: Int
}

extension SQL {
    /// The accounts as `mono.select_accounts` tells them.
    fileprivate static func chosen(_ accounts: [ChosenAccount]) -> SQL {
        let rows = JSONRows(accounts) { one in
            [
                ("account_id", one.account), ("reason", one.reason.rawValue), ("stuck_since", one.stuckSince),
                ("position", one.position),
            ]
        }
        return """
            select * from jsonb_to_recordset(\(rows)) as t (
                account_id text, reason text, stuck_since timestamptz, position int)
            """
    }
}
