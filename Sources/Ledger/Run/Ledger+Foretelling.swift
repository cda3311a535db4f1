import Postgres
import Reconciliation

/// What a nightly run is expected to take, for `status` to hold against what it took.
extension Ledger {
    /// Foretells the nightly run that a request is about to open; nil where one is open.
    ///
    /// In a transaction of its own: a run needs no forecast, so whatever keeps it from being made is no failure.
    func foretell(_ request: StoreRequest) async -> NightForecast? {
        guard case .openNightly(let options) = request, let rate else { return nil }
        do throws(PostgresError) {
            return try await database.transaction { (session) throws(PostgresError) -> NightForecast? in
                guard try session.openRuns("r.kind = 'nightly'").isEmpty else { return nil }
                return NightForecast(
                    try session.dueGroups(options), options: options, budget: options.maxCalls,
                    memory: try session.knownBanks(), rate: rate)
            }
        } catch {
            return nil
        }
    }
}

extension Session {
    /// The accounts that a nightly run would select now, counted by what their calls depend on.
    ///
    /// Without a limit they are not put into their order: that would look each one up.
    func dueGroups(_ options: RunOptions) throws(PostgresError) -> [NightForecast.Group: Int] {
        let rules = options.rules
        let due: SQL =
            if let most = options.mostAccounts {
                """
                select a.* from mono.select_accounts(\(rules.stuckAfter), \(rules.syncLimit), \(most)::int,
                    force => \(options.force)) s join mono.accounts a on a.account_id = s.account_id
                """
            } else {
                """
                select * from mono.due_accounts(\(rules.stuckAfter), \(rules.syncLimit), null, \(options.force), false)
                union all
                select * from mono.due_accounts(\(rules.stuckAfter), \(rules.syncLimit), null, \(options.force), true)
                """
            }
        // The plan looks dear by the size of the table, and compiling it would take longer than it runs.
        try execute("set local jit = off")
        let groups = try query(
            """
            select coalesce(a.institution, '') as bank, a.data_available as had_data,
                a.reauthorisation_required_since is not null as is_flagged, a.last_tried_at is null as is_first_night,
                count(*) as accounts
            from (\(due)) a group by 1, 2, 3, 4
            """
        ) { (row) throws(PostgresError) -> (NightForecast.Group, Int) in
            let (hadData, isFlagged): (Bool, Bool) = (try row["had_data"], try row["is_flagged"])
            let group = NightForecast.Group(
                bank: try row["bank"], start: hadData || isFlagged ? .sync : .inspection, hadData: hadData,
                isFlagged: isFlagged, isFirstNight: try row["is_first_night"])
            return (group, try row["accounts"])
        }
        return Dictionary(groups, uniquingKeysWith: +)
    }

    /// What earlier nights have shown of the banks.
    func knownBanks() throws(PostgresError) -> LookMemory {
        let history = try lookHistories("select nights, \(SQL.lookColumns) from mono.bank_laws")
        let now: Timestamp? = try value("select now()")
        let troubles = try troubles(of: nil).filter { trouble in
            now.map { $0.since(trouble.lastFailureAt) < BankTrouble.memory } ?? false
        }
        return LookMemory(history: history.mapValues(\.tally), troubles: troubles)
    }
}

extension NightForecast {
    /// What the run's row keeps of it among the options; ``SQL/forecastColumns`` read it.
    var stored: SQL {
        """
        jsonb_build_object('forecast', jsonb_build_object('calls', \(calls.expected)::bigint,
            'calls_low', \(calls.low)::bigint, 'calls_high', \(calls.high)::bigint,
            'seconds', \(seconds.expected)::bigint))
        """
    }
}

extension SQL {
    /// What `Row.forecast` reads of a run `r`.
    static let forecastColumns: SQL = """
        (r.options #>> '{forecast,calls}')::bigint as forecast_calls,
        (r.options #>> '{forecast,calls_low}')::bigint as forecast_low,
        (r.options #>> '{forecast,calls_high}')::bigint as forecast_high,
        (r.options #>> '{forecast,seconds}')::bigint as forecast_seconds
        """
}

extension Row {
    /// What was foretold of a run; nil where nothing was.
    func forecast() throws(PostgresError) -> LedgerStatus.Foretold? {
        let calls: Int? = try self["forecast_calls"]
        let (low, high): (Int?, Int?) = (try self["forecast_low"], try self["forecast_high"])
        guard let calls, let low, let high, let seconds: Int = try self["forecast_seconds"] else { return nil }
        return LedgerStatus.Foretold(
            calls: Estimate(expected: calls, low: low, high: high), duration: .seconds(seconds))
    }
}
