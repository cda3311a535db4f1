package import Postgres
package import Reconciliation

/// What a run would take up now.
package struct Forecast: Equatable, Sendable {
    package struct Item: Equatable, Sendable {
        package var accountID: String
        package var reason: Reason
        package var stuckSince: Timestamp?
        package var institution: String?
        /// Whether its details are asked for before a sync.
        package var isInspected: Bool
    }

    package var items: [Item]
    /// Due accounts that the limit leaves out.
    package var notSelected: Int
    /// The run that is open now, which `run` would join.
    package var openRun: Int64?
}

extension Ledger {
    /// The accounts that a run would select now; reads only.
    package func forecast(
        _ rules: Rules, limit: Int?, accounts: [AccountID]
    ) async throws(PostgresError) -> Forecast {
        try await database.run { (session) throws(PostgresError) in
            let openRun = try session.first(
                "select run_id from mono.reconciliation_runs where kind = 'nightly' and finished_at is null"
            ) { (row) throws(PostgresError) in try row.int64(0) }
            guard accounts.isEmpty else {
                return Forecast(items: try Self.named(accounts, rules, session), notSelected: 0, openRun: openRun)
            }
            var total = 0
            let items = try session.query(
                """
                select s.account_id, s.reason, round(extract(epoch from s.stuck_since) * 1000000)::bigint,
                    a.institution, s.reason = 'missing_update' and not a.data_available, s.total
                from mono.select_accounts(
                    \(SQL.interval(rules.stuckAfter)), \(SQL.interval(rules.syncLimit)), \(limit)::int) s
                join mono.accounts a on a.account_id = s.account_id
                order by s.position
                """
            ) { (row) throws(PostgresError) in
                total = try row.int(5)
                return try row.forecastItem()
            }
            return Forecast(items: items, notSelected: max(0, total - items.count), openRun: openRun)
        }
    }

    private static func named(
        _ accounts: [AccountID], _ rules: Rules, _ session: borrowing Session
    ) throws(PostgresError) -> [Forecast.Item] {
        try session.query(
            """
            select a.account_id,
                case
                    when a.reauthorisation_required_since is not null then 'reauthorisation_required'
                    when a.awaiting_update_since <= now() - \(SQL.interval(rules.stuckAfter)) then 'missing_update'
                    else 'requested'
                end,
                round(extract(epoch from
                    coalesce(a.reauthorisation_required_since, a.awaiting_update_since)) * 1000000)::bigint,
                a.institution, a.reauthorisation_required_since is null
                    and (not a.data_available or a.awaiting_update_since is null)
            from unnest(\(accounts.map(\.rawValue))) with ordinality as n (account_id, position)
            join mono.accounts a on a.account_id = n.account_id
            order by n.position
            """
        ) { (row) throws(PostgresError) in try row.forecastItem() }
    }

    /// The newest finished nightly run; nil when there is none.
    package func newestFinishedNightly() async throws(PostgresError) -> Int64? {
        try await database.run { (session) throws(PostgresError) in
            try session.first(
                """
                select run_id from mono.reconciliation_runs
                where kind = 'nightly' and finished_at is not null order by run_id desc limit 1
                """
            ) { (row) throws(PostgresError) in try row.int64(0) }
        }
    }
}

extension Row {
    fileprivate func forecastItem() throws(PostgresError) -> Forecast.Item {
        guard let reason = Reason(rawValue: try string(1)) else {
            throw PostgresError(.decoding, "a selected account has an unknown reason")
        }
        return Forecast.Item(
            accountID: try string(0), reason: reason, stuckSince: try timestamp(2),
            institution: try optionalString(3), isInspected: try bool(4))
    }
}
