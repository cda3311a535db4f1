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
        /// Whether its sync was asked for already, so that a run only looks for the result.
        package var isTriggered: Bool
        /// The run that has an open case of it.
        package var openIn: Int64?
    }

    /// What a new run would select.
    package var items: [Item]
    /// Due accounts that the limit leaves out.
    package var notSelected: Int
    /// The nightly run that is open now; nil for accounts named, which get a run of their own.
    package var openRun: OpenRun?
    /// Whether a process works on the open run.
    package var isWorkedOn = false
    /// The accounts that are still open in the open run, or in a run that was left by its process.
    package var unsettled: [Item] = []
}

extension Ledger {
    /// The accounts that a run would take up now; reads only.
    package func forecast(
        _ rules: Rules, limit: Int?, accounts: [AccountID]
    ) async throws(PostgresError) -> Forecast {
        try await database.run { (session) throws(PostgresError) in
            guard accounts.isEmpty else {
                return Forecast(items: try Self.named(accounts, rules, session), notSelected: 0)
            }
            var total = 0
            let items = try session.query(
                """
                select s.account_id, s.reason, round(extract(epoch from s.stuck_since) * 1000000)::bigint,
                    a.institution, s.reason = 'missing_update' and not a.data_available, false, null::bigint, s.total
                from mono.select_accounts(
                    \(SQL.interval(rules.stuckAfter)), \(SQL.interval(rules.syncLimit)), \(limit)::int) s
                join mono.accounts a on a.account_id = s.account_id
                order by s.position
                """
            ) { (row) throws(PostgresError) in
                total = try row.int(7)
                return try row.forecastItem()
            }
            var forecast = Forecast(items: items, notSelected: max(0, total - items.count))
            forecast.openRun = try Self.openNightly(session)
            if let openRun = forecast.openRun {
                forecast.isWorkedOn =
                    try session.first(
                        """
                        select exists (
                            select from mono.workers o where o.run_id = \(openRun.runID)
                                and o.worker in (\(SQL.liveWorkers)))
                        """
                    ) { (row) throws(PostgresError) in try row.bool(0) } ?? false
            }
            forecast.unsettled = try Self.unsettled(session)
            return forecast
        }
    }

    private static func unsettled(_ session: borrowing Session) throws(PostgresError) -> [Forecast.Item] {
        try session.query(
            """
            select c.account_id, c.reason, round(extract(epoch from c.stuck_since) * 1000000)::bigint,
                c.institution, c.reason = 'missing_update' and not coalesce(a.data_available, false),
                c.sync_intended_at is not null, c.run_id
            from mono.reconciliation_runs r
            join mono.reconciliation_cases c on c.run_id = r.run_id
            left join mono.accounts a on a.account_id = c.account_id
            where r.finished_at is null and c.outcome is null
                and (r.kind = 'nightly' or not exists (
                    select from mono.workers o where o.run_id = r.run_id and o.worker in (\(SQL.liveWorkers))))
            order by c.run_id, c.position
            """
        ) { (row) throws(PostgresError) in try row.forecastItem() }
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
                    and (not a.data_available or a.awaiting_update_since is null),
                false,
                (select c.run_id from mono.reconciliation_cases c
                    where c.account_id = a.account_id and c.outcome is null limit 1)
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
            institution: try optionalString(3), isInspected: try bool(4), isTriggered: try bool(5),
            openIn: try optionalInt64(6))
    }
}
