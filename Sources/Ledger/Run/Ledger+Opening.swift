import Postgres
import Reconciliation

extension Ledger {
    /// Opens the nightly run and selects its cases, or finds the open one: the unique index decides.
    func openNightly(
        _ options: RunOptions, _ forecast: NightForecast?, isRepeat: Bool, _ session: borrowing Session
    ) throws(PostgresError) -> OpenRun {
        if isRepeat, let own = try ownRun(session) { return own }
        // The open run may be closed between the two statements: then a new one can be opened.
        for _ in 0..<3 {
            if let run = try insertRun(.nightly, options, forecast, session) {
                try enlist(run.runID, session)
                try selectSlice(of: run, session)
                return run
            }
            if let run = try session.openRuns("r.kind = 'nightly'").first { return run }
        }
        throw PostgresError(.protocolViolation, "the nightly run is neither open nor can it be opened")
    }

    /// Opens a one-off run for the accounts named; those that another run holds open have no case in it.
    func openOneOff(
        _ accounts: [AccountID], _ options: RunOptions, isRepeat: Bool, _ session: borrowing Session
    ) throws(PostgresError) -> OpenRun {
        if isRepeat, let own = try ownRun(session) { return own }
        guard let run = try insertRun(.oneOff, options, nil, session) else {
            throw PostgresError(.protocolViolation, "a one-off run was refused")
        }
        try enlist(run.runID, session)
        try session.execute(
            """
            insert into mono.reconciliation_cases
                (run_id, account_id, customer_ref, institution, bank_code, data_status_before, position, reason,
                stuck_since)
            select \(run.runID)::bigint, a.account_id, a.customer_ref, a.institution, a.bank_code, a.data_status,
                n.position, \(SQL.reason(stuckAfter: options.rules.stuckAfter)), \(SQL.stuckSince)
            from unnest(\(accounts)) with ordinality as n (account_id, position)
            join mono.accounts a on a.account_id = n.account_id
            on conflict do nothing
            """)
        return run
    }

    /// The open run that an earlier try of this worker has opened, whose answer was lost.
    private func ownRun(_ session: borrowing Session) throws(PostgresError) -> OpenRun? {
        let runs = try session.openRuns(
            "exists (select from mono.workers w where w.run_id = r.run_id and w.worker = \(worker.name))")
        guard var run = runs.first else { return nil }
        try enlist(run.runID, session)
        run.isNew = true
        return run
    }

    private func insertRun(
        _ kind: RunKind, _ options: RunOptions, _ forecast: NightForecast?, _ session: borrowing Session
    ) throws(PostgresError) -> OpenRun? {
        let stored = options.stored
        let foretold: SQL = forecast?.stored ?? "'{}'::jsonb"
        return try session.first(
            """
            insert into mono.reconciliation_runs (kind, selecting, options)
            values (\(kind.rawValue), \(kind == .nightly),
                jsonb_strip_nulls(jsonb_object(\(stored.map(\.name)), \(stored.map(\.value))))
                    || \(foretold))
            on conflict (kind) where finished_at is null and kind = 'nightly' do nothing
            returning run_id, started_at
            """
        ) { (row) throws(PostgresError) in
            OpenRun(
                runID: try row["run_id"], kind: kind, startedAt: try row["started_at"], options: options, age: .zero,
                isNew: true, budgetLeft: options.maxCalls)
        }
    }

    /// One-off runs that were left open by processes that are gone.
    func findStranded(_ session: borrowing Session) throws(PostgresError) -> [OpenRun] {
        try session.openRuns("r.kind = 'one_off' and not \(SQL.isWorkedOn("r.run_id"))")
    }

    /// Of these accounts, those that have no case in the run because another run held them, with that run.
    func findElsewhere(
        _ accounts: [AccountID], than runID: Int64, _ session: borrowing Session
    ) throws(PostgresError) -> [AccountElsewhere] {
        try session.query(
            """
            select n.account_id, other.run_id
            from unnest(\(accounts)) with ordinality as n (account_id, position)
            cross join lateral (
                select c.run_id from mono.reconciliation_cases c
                where c.account_id = n.account_id and c.run_id <> \(runID)
                order by c.outcome is null desc, c.run_id desc limit 1
            ) other
            where not exists (
                select from mono.reconciliation_cases c
                where c.run_id = \(runID) and c.account_id = n.account_id)
            order by n.position
            """
        ) { (row) throws(PostgresError) in
            AccountElsewhere(account: try row["account_id"], runID: try row["run_id"])
        }
    }
}

extension SQL {
    /// Why an account `a` is in a run.
    static func reason(stuckAfter: Duration) -> SQL {
        """
        mono.selection_reason(a.reauthorisation_required_since, a.awaiting_update_since, \(stuckAfter))
        """
    }

    /// The date of an account `a` that a case keeps: the flag's or the debt's.
    static let stuckSince = possible("coalesce(a.reauthorisation_required_since, a.awaiting_update_since)")
}

extension Session {
    /// The open runs `r` that fit a condition, oldest first.
    func openRuns(_ condition: SQL) throws(PostgresError) -> [OpenRun] {
        try query(
            """
            select r.run_id, r.kind, r.started_at, now() - r.started_at as age, r.calls_reserved,
                array(select o.key from jsonb_each_text(r.options) o order by o.key) as option_names,
                array(select o.value from jsonb_each_text(r.options) o order by o.key) as option_values
            from mono.reconciliation_runs r where r.finished_at is null and \(condition) order by r.run_id
            """
        ) { (row) throws(PostgresError) in
            let names: [String?] = try row.array("option_names")
            let values: [String?] = try row.array("option_values")
            let pairs = zip(names, values).compactMap { name, value in name.flatMap { key in value.map { (key, $0) } } }
            // A run of another version: nobody speaks to its address, so it is ended without a call.
            let options =
                RunOptions(stored: Dictionary(pairs) { first, _ in first })
                ?? RunOptions(rules: Rules(api: .realtime), baseURL: "an address that its row does not tell")
            let reserved: Int = try row["calls_reserved"]
            return OpenRun(
                runID: try row["run_id"], kind: try row["kind"], startedAt: try row["started_at"], options: options,
                age: try row["age"], isNew: false, budgetLeft: options.maxCalls.map { max(0, $0 - reserved) })
        }
    }

    /// Those of the accounts that `mono.accounts` does not have, in the order asked.
    func unknown(among accounts: [AccountID]) throws(PostgresError) -> [AccountID] {
        try column(
            """
            select n.account_id from unnest(\(accounts)) with ordinality as n (account_id, position)
            where not exists (select from mono.accounts a where a.account_id = n.account_id)
            order by n.position
            """)
    }
}
