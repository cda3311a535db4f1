package import Postgres
package import Reconciliation

/// How many accounts there are at all.
package struct KnownAccounts: Equatable, Sendable {
    /// Counted up to here; beyond, the planner's estimate is told.
    static let limit = 100_000

    package var number: Int
    package var isExact: Bool
}

/// What waits for a run, and the longest wait of all.
package struct Backlog: Equatable, Sendable {
    package var known: KnownAccounts
    /// Accounts that a nightly run without a limit would take up now.
    package var due: Int
    /// Accounts of which something is known that are left alone until their cool-down ends.
    package var coolingDown = 0
    package var now: Timestamp
    package var oldest: OldestStuck?
}

/// The account that has been stuck or flagged for longest.
package struct OldestStuck: Equatable, Sendable {
    package var accountID: AccountID
    package var customerRef: String?
    package var since: Timestamp
}

extension LedgerReader {
    /// Reads what waits; writes nothing.
    package func backlog(_ rules: Rules) async throws(PostgresError) -> Backlog {
        try await database.run { (session) throws(PostgresError) in try Self.backlog(rules, session) }
    }

    static func backlog(
        _ rules: Rules, force: Bool = false, _ session: borrowing Session
    ) throws(PostgresError) -> Backlog {
        let backlog = try session.first(
            """
            select now() as now, mono.count_due(\(rules.stuckAfter), \(rules.syncLimit), force => \(force)) as due,
                \(SQL.coolingDown) as cooling_down,
                \(SQL.knownAccountColumns), \(SQL.oldestStuckColumns)
            from \(SQL.oldestStuck(for: rules.stuckAfter))
            """
        ) { (row) throws(PostgresError) in
            Backlog(
                known: try row.knownAccounts(), due: try row["due"],
                coolingDown: try row["cooling_down"], now: try row["now"],
                oldest: try row.oldestStuck())
        }
        guard let backlog else { throw PostgresError(.protocolViolation, "a query without a table returned no row") }
        return backlog
    }
}

extension SQL {
    /// What `Row.knownAccounts` reads.
    static let knownAccountColumns: SQL = """
        (select count(*) from (select from mono.accounts limit \(KnownAccounts.limit + 1)::int) k) as known_counted,
        (select c.reltuples::bigint from pg_catalog.pg_class c where c.oid = 'mono.accounts'::regclass)
            as known_estimate
        """

    /// How many accounts are in their cool-down.
    fileprivate static let coolingDown: SQL = """
        (select count(*) from mono.accounts a
        where a.retry_after > now() and a.standing_outcome is not null and a.unlinked_at is null
            and (a.awaiting_update_since is not null or a.reauthorisation_required_since is not null))
        """

    /// What `Row.oldestStuck` reads of ``oldestStuck(for:)``.
    static let oldestStuckColumns: SQL = """
        o.account_id as oldest_account, o.customer_ref as oldest_reference, o.since as oldest_since
        """

    /// One row `o`: the longest stuck or flagged account, or nulls; found by the first rows of two indexes.
    static func oldestStuck(for stuckAfter: Duration) -> SQL {
        """
        (select) one left join lateral (
            select e.* from (
                (select a.account_id, a.customer_ref, a.awaiting_update_since as since from mono.accounts a
                where a.awaiting_update_since is not null and a.unlinked_at is null
                    and a.awaiting_update_since <= now() - \(stuckAfter) and \(isPossible("a.awaiting_update_since"))
                order by a.awaiting_update_since limit 1)
                union all
                (select a.account_id, a.customer_ref, a.reauthorisation_required_since from mono.accounts a
                where a.reauthorisation_required_since is not null and a.unlinked_at is null
                    and \(isPossible("a.reauthorisation_required_since"))
                order by a.reauthorisation_required_since limit 1)
            ) e order by e.since limit 1
        ) o on true
        """
    }
}

extension Row {
    /// What `SQL.knownAccountColumns` selects.
    func knownAccounts() throws(PostgresError) -> KnownAccounts {
        let counted: Int = try self["known_counted"]
        guard counted > KnownAccounts.limit else { return KnownAccounts(number: counted, isExact: true) }
        return KnownAccounts(number: max(counted, try self["known_estimate"]), isExact: false)
    }

    /// What `SQL.oldestStuckColumns` selects.
    func oldestStuck() throws(PostgresError) -> OldestStuck? {
        guard let account: AccountID = try self["oldest_account"], let since: Timestamp = try self["oldest_since"]
        else { return nil }
        return OldestStuck(accountID: account, customerRef: try self["oldest_reference"], since: since)
    }
}
