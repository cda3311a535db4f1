import Postgres
import Reconciliation

extension Ledger {
    /// The most accounts that are drawn where no account had data.
    private static let drawn = 20
    /// How many of those that had data are considered: the newest may be in the run themselves.
    private static let considered = 100

    /// Accounts that should be known to Mono if anything is; nil: another living worker asks them.
    func findWitness(
        besides doubtful: [AccountID], of run: OpenRun, _ session: borrowing Session
    ) throws(PostgresError) -> [AccountID]? {
        let isOurs: Bool? = try session.value(
            """
            update mono.reconciliation_runs set witness_worker = \(worker.name)
            where run_id = \(run.runID) and (witness_worker is null or witness_worker = \(worker.name)
                or witness_worker not in (\(SQL.liveWorkers)))
            returning true
            """)
        guard isOurs == true else { return nil }
        let newest: [AccountID] = try session.column(
            """
            select n.account_id from (
                select a.account_id, a.last_updated_at from mono.accounts a
                where a.data_available and a.unlinked_at is null
                order by a.last_updated_at desc nulls last, a.account_id limit \(Self.considered)::int
            ) n
            where n.account_id <> all(\(doubtful)) and not exists (
                select from mono.reconciliation_cases c
                where c.run_id = \(run.runID) and c.account_id = n.account_id and c.outcome is null)
            order by n.last_updated_at desc nulls last, n.account_id limit 1
            """)
        guard newest.isEmpty else { return newest }
        return try session.column(
            """
            select c.account_id from mono.reconciliation_cases c
            where c.run_id = \(run.runID) and c.outcome is null and c.account_id <> all(\(doubtful))
            order by md5(c.account_id) limit \(Self.drawn)::int
            """)
    }
}
