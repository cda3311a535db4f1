import Postgres
import Reconciliation

extension SQL {
    /// Workers that hold their lease, and their lock unless the server has lost all locks since they took it.
    ///
    /// A server that restarts takes every worker's lock at once. That says nothing of the workers, so each has its
    /// lease to come back.
    static let liveWorkers: SQL = """
        select w.worker from mono.workers w
        where w.lease_until > clock_timestamp()
            and (\(holdsLock) or w.server_life is distinct from (select mono.server_life()))
        """

    /// Whether a worker `w` holds its session's lock.
    static let holdsLock: SQL = """
        exists (
            select from pg_catalog.pg_locks l
            where l.locktype = 'advisory' and l.objsubid = 1 and l.granted
                and l.database = (select d.oid from pg_catalog.pg_database d where d.datname = current_database())
                and (l.classid::bigint << 32) | l.objid::bigint = w.lock_key)
        """

    /// Whether a living worker, other than the one given, belongs to the run whose number is the expression `run`.
    static func isWorkedOn(_ run: SQL, otherThan worker: Worker? = nil) -> SQL {
        """
        exists (
            select from mono.workers o where o.run_id = \(run) and o.worker is distinct from \(worker?.name)
                and o.worker in (\(liveWorkers)))
        """
    }

    /// The outcomes of accounts whose data is there.
    static let resolved: SQL = "\(Outcome.allCases.filter { !$0.isUnresolved })"

    /// The outcomes that find something out of an account.
    static let evident: SQL = "\(Outcome.allCases.filter(\.restsOnEvidence))"

    /// An account `a` as `Row.accountState` reads it; `a` may come from an outer join.
    static let accountState: SQL = """
        a.account_id is not null as has_account, coalesce(a.data_available, false) as data_available, a.data_status,
        \(possible("a.awaiting_update_since")) as awaiting_update_since,
        \(possible("a.reauthorisation_required_since")) as reauthorisation_required_since,
        \(possible("a.unlinked_at")) as unlinked_at,
        \(possible("a.last_sync_requested_at")) as last_sync_requested_at, a.last_sync_job_id,
        coalesce(least(a.awaiting_update_since, a.reauthorisation_required_since, a.unlinked_at,
                a.last_sync_requested_at) < \(earliest)
            or greatest(a.awaiting_update_since, a.reauthorisation_required_since, a.unlinked_at,
                a.last_sync_requested_at) > \(latest), false) as has_impossible_time
        """

    private static let earliest: SQL = "'1970-01-01 00:00:00Z'"
    private static let latest: SQL = "'9999-12-31 23:59:59.999999Z'"

    /// A time of an account's row, or null where it is one that the table's checks refuse: a row that was there before
    /// the checks may have it.
    static func possible(_ time: SQL) -> SQL {
        "case when \(isPossible(time)) then \(time) end"
    }

    /// Whether a time of an account's row is one that the table's checks take.
    static func isPossible(_ time: SQL) -> SQL { "\(time) between \(earliest) and \(latest)" }

    /// The steps of a case `c` as `Row.steps` reads them.
    static let steps: SQL = """
        array(select s.entry ->> 0 from jsonb_array_elements(c.steps) with ordinality s (entry, n) order by s.n)
            as step_seconds,
        array(select s.entry ->> 1 from jsonb_array_elements(c.steps) with ordinality s (entry, n) order by s.n)
            as step_names,
        array(select s.entry ->> 2 from jsonb_array_elements(c.steps) with ordinality s (entry, n) order by s.n)
            as step_words
        """
}

extension Row {
    /// What `SQL.accountState` selects; nil where an outer join found no row.
    func accountState() throws(PostgresError) -> AccountState? {
        guard try self["has_account"] else { return nil }
        var state = AccountState(
            dataAvailable: try self["data_available"], dataStatus: try self["data_status"],
            awaitingSince: try self["awaiting_update_since"], flaggedSince: try self["reauthorisation_required_since"],
            unlinkedAt: try self["unlinked_at"], lastSyncRequestedAt: try self["last_sync_requested_at"],
            lastSyncJobID: try self["last_sync_job_id"])
        state.hasImpossibleTime = try self["has_impossible_time"]
        return state
    }

    /// What `SQL.steps` selects.
    func steps() throws(PostgresError) -> [Step] {
        let seconds: [String?] = try array("step_seconds")
        let names: [String?] = try array("step_names")
        let words: [String?] = try array("step_words")
        return zip(seconds, zip(names, words)).map { time, rest in
            Step(seconds: time.flatMap { Double($0) } ?? 0, name: StepName(rest.0 ?? ""), said: rest.1 ?? "")
        }
    }

    /// Calls by kind, from columns of these names.
    func callCounts() throws(PostgresError) -> CallCounts {
        var calls = CallCounts()
        calls.details = try self["calls_details"]
        calls.trigger = try self["calls_trigger"]
        calls.job = try self["calls_job"]
        calls.reauth = try self["calls_reauth"]
        return calls
    }
}
