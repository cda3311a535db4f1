import Postgres
import Reconciliation

extension Ledger {
    /// The most cases that one query reads: their steps need memory.
    private static let pastSlice = 2_000

    /// Fills `mono.bank_laws` from the steps of past cases, the newest ones first, and returns what it holds then.
    ///
    /// A database without closed runs pays one query. Two that fill at once make the same rows: the first stay.
    func fillFromPast(
        _ api: APIGeneration, _ session: borrowing Session
    ) throws(PostgresError) -> [LookKey: LookHistory] {
        var past = PastLooks(api: api)
        var (count, run, account) = (0, Int64.max, "")
        while count < PastLooks.mostCases {
            let cases = try pastCases(api, before: run, account, session)
            for one in cases {
                past.add(
                    one.steps, bank: one.bank, run: one.run, one.kind, isRequested: one.reason == .requested,
                    isFirstNight: one.isFirstNight)
            }
            count += cases.count
            guard cases.count == Self.pastSlice, let last = cases.last else { break }
            (run, account) = (last.run, last.account)
        }
        let histories = past.histories
        guard !histories.isEmpty else { return [:] }
        try session.execute(
            """
            insert into mono.bank_laws (nights, \(SQL.lookColumns)) select nights, \(SQL.lookColumns)
            from (\(SQL.looks(histories))) t order by api, kind, institution on conflict do nothing
            """)
        return try session.lookHistories(
            "select nights, \(SQL.lookColumns) from mono.bank_laws where api = \(api.rawValue)")
    }

    private struct PastCase {
        var run: Int64
        var kind: RunKind
        var account: String
        var reason: Reason
        var bank: String?
        var isFirstNight: Bool
        var steps: [Step]
    }

    private func pastCases(
        _ api: APIGeneration, before run: Int64, _ account: String, _ session: borrowing Session
    ) throws(PostgresError) -> [PastCase] {
        try session.query(
            """
            select c.run_id, r.kind, c.account_id, c.reason, c.institution, \(SQL.steps), not exists (
                    select from mono.reconciliation_cases p
                    where p.account_id = c.account_id and p.run_id < c.run_id and p.api_calls > 0) as is_first
            from mono.reconciliation_runs r join mono.reconciliation_cases c on c.run_id = r.run_id
            where r.finished_at > now() - \(PastLooks.age) and r.options ->> 'api' = \(api.rawValue)
                and (c.run_id, c.account_id) < (\(run), \(account)) and c.api_calls > 0
            order by c.run_id desc, c.account_id desc limit \(Self.pastSlice)::int
            """
        ) { (row) throws(PostgresError) in
            PastCase(
                run: try row["run_id"], kind: try row["kind"], account: try row["account_id"],
                reason: try row["reason"], bank: try row["institution"], isFirstNight: try row["is_first"],
                steps: try row.steps())
        }
    }
}
