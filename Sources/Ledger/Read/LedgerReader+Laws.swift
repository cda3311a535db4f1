import Postgres
import Reconciliation

extension LedgerReader {
    /// How long a bank's syncs take, and when the newest nightly run would look at them; nil for no bank, and where that
    /// run followed a schedule.
    static func law(ofBank bank: String?, _ session: borrowing Session) throws(PostgresError) -> BankLaw? {
        guard let bank else { return nil }
        let newest = try session.first(
            """
            select options ->> 'api' as api, (options ->> 'window_us')::bigint as window_us,
                (options ->> 'patience_us')::bigint as patience_us
            from mono.reconciliation_runs where kind = 'nightly' order by run_id desc limit 1
            """
        ) { (row) throws(PostgresError) -> (api: APIGeneration?, window: Int64?, patience: Int64?) in
            (try row.word("api"), try row["window_us"], try row["patience_us"])
        }
        if let newest, newest.patience == nil { return nil }
        let api = newest?.api ?? .realtime
        let known = try session.lookHistories(
            """
            select nights, \(SQL.lookColumns) from mono.bank_laws
            where api = \(api.rawValue) and institution = \(bank)
            """)
        return BankLaw(
            ofBank: bank, known: known, api: api,
            window: newest?.window.map { .microseconds($0) } ?? Rules(api: api).window,
            patience: newest?.patience.map { .microseconds($0) } ?? Rules.nightlyPatience)
    }
}
