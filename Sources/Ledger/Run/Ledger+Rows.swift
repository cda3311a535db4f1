package import Postgres
import Reconciliation

/// One account whose row cannot be written costs the others nothing: who is locked is left out beforehand, and who is
/// refused is found out by halves.
extension Ledger {
    /// How long a write waits for a lock, in milliseconds: rows that are locked it does not even ask for, so these are
    /// other things, which triggers of the business's want.
    private static let lockWait = "1000"

    /// Locks the accounts' rows for this transaction, without waiting.
    ///
    /// - Returns: The accounts whose rows another session has locked.
    func lockAccounts(
        _ accounts: [AccountID], _ session: borrowing Session
    ) throws(PostgresError) -> [AccountID: RowFault] {
        guard !accounts.isEmpty else { return [:] }
        let locked = try session.first(
            """
            with held as materialized (
                select a.account_id from mono.accounts a where a.account_id = any(\(accounts))
                order by a.account_id for update skip locked
            )
            select array(
                select a.account_id from mono.accounts a
                where a.account_id = any(\(accounts)) and a.account_id not in (select h.account_id from held h)
            ) as locked, set_config('lock_timeout', \(Self.lockWait), true)
            """
        ) { (row) throws(PostgresError) -> [String?] in try row.array("locked") }
        let names = (locked ?? []).compactMap { $0.flatMap { AccountID($0) } }
        guard !names.isEmpty else { return [:] }
        // Several holders at once have no transaction of their own in the row.
        let holders = try session.query(
            """
            select a.account_id, l.pid from mono.accounts a left join pg_catalog.pg_locks l
                on l.locktype = 'transactionid' and l.granted and l.transactionid = a.xmax
            where a.account_id = any(\(names))
            """
        ) { (row) throws(PostgresError) -> (AccountID, RowFault) in
            let pid: Int? = try row["pid"]
            return (try row["account_id"], RowFault(.locked, "held by \(pid.map { "pid \($0)" } ?? "another session")"))
        }
        return Dictionary(holders) { first, _ in first }
    }
}

extension Ledger {
    /// The server's processes that have locked one of our tables against writes.
    package func lockHolders() async throws(PostgresError) -> [Int] {
        try await database.run { (session) throws(PostgresError) in
            try session.column(
                """
                select distinct l.pid from pg_catalog.pg_locks l
                join pg_catalog.pg_class c on c.oid = l.relation
                join pg_catalog.pg_namespace n on n.oid = c.relnamespace
                where n.nspname = 'mono' and l.granted and l.pid <> pg_catalog.pg_backend_pid()
                    and l.database = (select d.oid from pg_catalog.pg_database d where d.datname = current_database())
                    and l.mode in ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
                order by l.pid
                """)
        }
    }
}

extension Session {
    /// Writes a batch; where the database refuses it because of single elements, all the others.
    ///
    /// - Returns: What each part that was written came to, and what was left out.
    @discardableResult
    func sparing<Element, Value>(
        _ batch: [Element], _ body: ([Element]) throws(PostgresError) -> Value
    ) throws(PostgresError) -> (written: [Value], faulty: [(element: Element, fault: RowFault)]) {
        var halving = Halving(batch)
        var written: [Value] = []
        while let part = halving.next() {
            try execute("savepoint part")
            do throws(PostgresError) {
                let value = try body(part)
                // What would only be looked at with the commit is to be blamed on its own part.
                try execute("set constraints all immediate")
                try execute("release savepoint part")
                written.append(value)
            } catch {
                guard let fault = RowFault(error) else { throw error }
                try execute("rollback to savepoint part")
                halving.failed(part, fault)
            }
        }
        return (written, halving.faulty)
    }
}

extension RowFault {
    /// The trouble of one row that may be behind a failed statement over many; nil: it is not the rows' trouble.
    init?(_ error: PostgresError) {
        if error.isOfLongWait {
            self.init(.locked, "that was not given in time: \(error.words)")
        } else if error.mayBeOfOneRow {
            self.init(.refused, error.words)
        } else {
            return nil
        }
    }
}
