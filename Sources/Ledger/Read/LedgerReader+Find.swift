package import Postgres
package import Reconciliation

/// Accounts that answer to a text, best match first.
package struct FoundAccounts: Equatable, Sendable {
    /// One of them, with what is known of it.
    package struct Account: Equatable, Sendable {
        package var accountID: AccountID
        package var state: AccountHistory.State
        /// Its case in the newest run that has one.
        package var newest: AccountHistory.CaseInRun?
    }

    /// The database's clock.
    package var now: Timestamp
    package var accounts: [Account] = []
    /// How many more there are.
    package var more = 0
}

extension LedgerReader {
    /// Accounts by id, customer reference or bank: whole ones first, then beginnings, then parts, then the bank's.
    ///
    /// Case, accents and the form of Unicode make no difference, and no character stands for others. Reads the whole
    /// table once.
    package func find(_ text: String, limit: Int) async throws(PostgresError) -> FoundAccounts {
        try await database.transaction { (session) throws(PostgresError) in
            try session.execute("set transaction isolation level repeatable read, read only")
            guard let now = try session.value("select now()", as: Timestamp.self) else {
                throw PostgresError(.protocolViolation, "a query without a table returned no row")
            }
            var found = FoundAccounts(now: now)
            var total = 0
            found.accounts = try session.query(
                """
                with wanted as materialized (select \(SQL.folded("w.text")) as text from (select \(text)::text as text) w),
                matched as (
                    select a.account_id, m.place, a.standing_outcome is null as is_at_rest, count(*) over () as total
                    from mono.accounts a cross join wanted w
                    -- "offset 0" keeps each text from being folded again for each comparison.
                    cross join lateral (
                        select lower(a.account_id) as id, \(SQL.folded("a.customer_ref")) as reference,
                            \(SQL.folded("a.institution")) as bank, lower(a.bank_code) as code offset 0) f
                    cross join lateral (
                        select case
                            when f.id = w.text or f.reference = w.text then 1
                            when starts_with(f.id, w.text) or starts_with(f.reference, w.text) then 2
                            when strpos(f.id, w.text) > 0 or strpos(f.reference, w.text) > 0 then 3
                            when f.bank = w.text or f.code = w.text then 4
                            when strpos(f.bank, w.text) > 0 then 5
                        end as place offset 0) m
                    where m.place is not null
                    order by m.place, is_at_rest, a.account_id
                    limit \(limit)
                )
                select matched.total, \(SQL.historyState)
                from matched join mono.accounts a on a.account_id = matched.account_id
                order by matched.place, matched.is_at_rest, a.account_id
                """
            ) { (row) throws(PostgresError) in
                total = try row["total"]
                return FoundAccounts.Account(accountID: try row["account_id"], state: try row.historyState())
            }
            found.more = max(0, total - found.accounts.count)
            let newest = try Self.newestCases(of: found.accounts.map(\.accountID), session)
            for index in found.accounts.indices {
                found.accounts[index].newest = newest[found.accounts[index].accountID.rawValue]
            }
            return found
        }
    }

    /// Each account's case in the newest run that has one.
    private static func newestCases(
        of accounts: [AccountID], _ session: borrowing Session
    ) throws(PostgresError) -> [String: AccountHistory.CaseInRun] {
        let cases = try session.query(
            """
            select r.kind, r.started_at, \(SQL.caseRecord)
            from unnest(\(accounts)) n (account_id)
            cross join lateral (
                select * from mono.reconciliation_cases o
                where o.account_id = n.account_id order by o.run_id desc limit 1) c
            join mono.reconciliation_runs r on r.run_id = c.run_id
            """
        ) { (row) throws(PostgresError) in
            AccountHistory.CaseInRun(
                kind: try row["kind"], runStartedAt: try row["started_at"], record: try row.caseRecord())
        }
        return Dictionary(cases.map { ($0.record.accountID, $0) }) { first, _ in first }
    }

    /// For each name the accounts that it means: the one whose Account ID it is, else all with that customer
    /// reference, of which at most 20 are read.
    package func accounts(named names: [String]) async throws(PostgresError) -> [[AccountID]] {
        try await database.run { (session) throws(PostgresError) in
            let ids = try session.query(
                "select a.account_id from mono.accounts a where a.account_id = any(\(names))"
            ) { (row) throws(PostgresError) in try row["account_id"] as AccountID }
            var meant = Dictionary(ids.map { ($0.rawValue, [$0]) }) { first, _ in first }
            let references = names.filter { meant[$0] == nil }
            guard !references.isEmpty else { return names.map { meant[$0] ?? [] } }
            let owners = try session.query(
                """
                select o.customer_ref, o.account_id from (
                    select a.customer_ref, a.account_id,
                        row_number() over (partition by a.customer_ref order by a.account_id) as place
                    from mono.accounts a where a.customer_ref = any(\(references))) o
                where o.place <= 20 order by o.customer_ref, o.place
                """
            ) { (row) throws(PostgresError) in
                (reference: try row["customer_ref"] as String, account: try row["account_id"] as AccountID)
            }
            for owner in owners { meant[owner.reference, default: []].append(owner.account) }
            return names.map { meant[$0] ?? [] }
        }
    }
}

extension SQL {
    /// A text without case, accents and the differences between forms of Unicode.
    ///
    /// Hausa's hooked letters, which Unicode does not take apart, become their plain ones. Most texts are ASCII, and
    /// their way is the short one.
    fileprivate static func folded(_ text: SQL) -> SQL {
        """
        case when octet_length(\(text)) = char_length(\(text)) then lower(\(text))
            else lower(translate(
                regexp_replace(normalize(\(text), nfkd), '[\\u0300-\\u036f]', '', 'g'), 'ƁƊƘƳɓɗƙƴ', 'BDKYbdky'))
        end
        """
    }
}
