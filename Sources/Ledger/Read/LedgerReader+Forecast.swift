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
        /// Whether data was there before.
        package var hadData: Bool
        /// Whether an earlier run made a call for it.
        package var wasTried: Bool
        /// The run that has an open case of it.
        package var openIn: Int64?
        /// Whether its data is there and nothing is owed, so that a look is all that is needed.
        package var isHealthy: Bool
        /// Until when Mono takes no second request for it; nil: it does now.
        package var limitedUntil: Timestamp?

        /// Whether a run may ask for a sync of it: it is not healthy, and Mono takes a request.
        package var mayBeSynced: Bool { !isHealthy && limitedUntil == nil }

        /// The accounts that take as many calls.
        package var group: NightForecast.Group {
            NightForecast.Group(
                bank: institution ?? "",
                start: isTriggered ? .result : !mayBeSynced ? .look : isInspected ? .inspection : .sync,
                hadData: hadData, isFlagged: reason == .reauthorisationRequired, isFirstNight: !wasTried)
        }
    }

    /// What a new run would select.
    package var items: [Item]
    /// Due accounts that the limit leaves out.
    package var notSelected: Int
    /// Stuck or flagged accounts that a nightly run leaves alone until their cool-down ends; nil for accounts named.
    package var coolingDown: Int?
    /// The nightly run that is open now; nil for accounts named, which get a run of their own.
    package var openRun: OpenRun?
    /// Whether a process works on the open run.
    package var isWorkedOn = false
    /// The accounts that are still open in the open run, or in a run that was left by its process.
    package var unsettled: [Item] = []
    /// What waits, and the longest wait of all; nil for accounts named.
    package var backlog: Backlog?
    /// What is known of the banks.
    package var memory = LookMemory()
    /// How long recent syncs took from request to result, for accounts named: the median.
    package var usualSettle: UsualSettle?

    /// The median of recent syncs.
    package struct UsualSettle: Equatable, Sendable {
        package var median: Duration
        package var syncs: Int
        /// Nil: those of all banks.
        package var bank: String?
    }
}

extension LedgerReader {
    /// The accounts that a run would take up now; reads only.
    package func forecast(
        _ rules: Rules, limit: Int?, force: Bool = false, accounts: [AccountID]
    ) async throws(PostgresError) -> Forecast {
        try await database.run { (session) throws(PostgresError) in
            guard accounts.isEmpty else {
                var forecast = Forecast(items: try Self.named(accounts, rules, session), notSelected: 0)
                forecast.memory = try session.knownBanks()
                let banks = Set(forecast.items.map(\.institution))
                let bank = banks.count == 1 ? banks.first ?? nil : nil
                forecast.usualSettle = try Self.usualSettle(at: bank, session)
                if forecast.usualSettle == nil { forecast.usualSettle = try Self.usualSettle(at: nil, session) }
                return forecast
            }
            let items = try session.query(
                """
                select s.account_id, s.reason, s.stuck_since, a.institution, \(SQL.accountState),
                    false as is_triggered, a.last_tried_at is not null as was_tried, null::bigint as open_in,
                    null::timestamptz as limited_until
                from mono.select_accounts(\(rules.stuckAfter), \(rules.syncLimit), \(limit)::int,
                    force => \(force)) s
                join mono.accounts a on a.account_id = s.account_id
                order by s.position
                """
            ) { (row) throws(PostgresError) in try row.forecastItem() }
            let backlog = try Self.backlog(rules, force: force, session)
            var forecast = Forecast(items: items, notSelected: max(0, backlog.due - items.count))
            forecast.backlog = backlog
            forecast.coolingDown = force ? 0 : backlog.coolingDown
            forecast.openRun = try session.openRuns("r.kind = 'nightly'").first
            if let openRun = forecast.openRun {
                forecast.isWorkedOn =
                    try session.value("select \(SQL.isWorkedOn("\(openRun.runID)::bigint"))") ?? false
            }
            forecast.unsettled = try Self.unsettled(session)
            forecast.memory = try session.knownBanks()
            return forecast
        }
    }

    private static func unsettled(_ session: borrowing Session) throws(PostgresError) -> [Forecast.Item] {
        try session.query(
            """
            select c.account_id, c.reason, \(SQL.possible("c.stuck_since")) as stuck_since, c.institution, \(SQL.accountState),
                c.sync_intended_at is not null as is_triggered, a.last_tried_at is not null as was_tried,
                c.run_id as open_in, null::timestamptz as limited_until
            from mono.reconciliation_runs r
            join mono.reconciliation_cases c on c.run_id = r.run_id
            left join mono.accounts a on a.account_id = c.account_id
            where r.finished_at is null and c.outcome is null
                and (r.kind = 'nightly' or not \(SQL.isWorkedOn("r.run_id")))
            order by c.run_id, c.position
            """
        ) { (row) throws(PostgresError) in try row.forecastItem() }
    }

    /// The newest runs whose syncs say how long one takes now.
    private static let recentRuns = 14

    private static func usualSettle(
        at bank: String?, _ session: borrowing Session
    ) throws(PostgresError) -> Forecast.UsualSettle? {
        let settled = try session.first(
            """
            select count(*) as syncs, percentile_cont(0.5) within group (order by s.seconds) as median from (
                select extract(epoch from c.settled_at - c.sync_intended_at)::double precision as seconds
                from mono.reconciliation_cases c
                where c.run_id = any(array(
                        select r.run_id from mono.reconciliation_runs r order by r.run_id desc limit \(recentRuns)::int))
                    and c.settled_at >= c.sync_intended_at and (\(bank)::text is null or c.institution = \(bank))
                limit 1000) s
            """
        ) { (row) throws(PostgresError) in (syncs: try row["syncs"] as Int, median: try row["median"] as Double?) }
        guard let settled, let median = settled.median else { return nil }
        return Forecast.UsualSettle(
            median: .milliseconds(Int64(median * 1_000)), syncs: settled.syncs, bank: bank)
    }

    private static func named(
        _ accounts: [AccountID], _ rules: Rules, _ session: borrowing Session
    ) throws(PostgresError) -> [Forecast.Item] {
        try session.query(
            """
            select a.account_id, \(SQL.reason(stuckAfter: rules.stuckAfter)) as reason, \(SQL.stuckSince) as stuck_since,
                a.institution, \(SQL.accountState), false as is_triggered, a.last_tried_at is not null as was_tried,
                (select c.run_id from mono.reconciliation_cases c
                    where c.account_id = a.account_id and c.outcome is null limit 1) as open_in,
                case when a.last_sync_requested_at > now() - \(rules.syncLimit)
                        and \(SQL.isPossible("a.last_sync_requested_at"))
                    then a.last_sync_requested_at + \(rules.syncLimit) end as limited_until
            from unnest(\(accounts)) with ordinality as n (account_id, position)
            join mono.accounts a on a.account_id = n.account_id
            order by n.position
            """
        ) { (row) throws(PostgresError) in try row.forecastItem() }
    }
}

extension Row {
    fileprivate func forecastItem() throws(PostgresError) -> Forecast.Item {
        let reason: Reason = try self["reason"]
        let state = try accountState()
        return Forecast.Item(
            accountID: try self["account_id"], reason: reason, stuckSince: try self["stuck_since"],
            institution: try self["institution"],
            isInspected: state?.needsInspection(for: reason) ?? false,
            isTriggered: try self["is_triggered"], hadData: state?.dataAvailable ?? false,
            wasTried: try self["was_tried"], openIn: try self["open_in"],
            isHealthy: reason == .requested && (state?.isHealthy ?? false),
            limitedUntil: try self["limited_until"])
    }
}
