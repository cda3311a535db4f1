import Postgres
import Reconciliation

extension Ledger {
    /// Notes what this worker's looks have shown tonight, as totals, and reads what is known of the banks.
    ///
    /// The first worker of a run asks before its first case: where nothing was ever learned, past cases tell.
    func learn(
        _ tallies: [LookKey: LookTally], of run: OpenRun, _ session: borrowing Session
    ) throws(PostgresError) -> LookMemory {
        var memory = LookMemory(troubles: try session.troubles(of: run.runID))
        guard run.options.rules.patience != nil else { return memory }
        try note(tallies, of: run, session)
        let api = run.options.rules.api
        var known = try histories(api, session)
        if known.isEmpty, run.isNew, run.kind == .nightly, tallies.isEmpty {
            known = try fillFromPast(api, session)
        }
        memory.history = known.mapValues(\.tally)
        memory.tonight = try session.lookTotals("l.run_id = \(run.runID) and l.worker <> \(worker.name)")
        return memory
    }

    /// Writes this worker's totals over those that it told before; a key that is as it was is not written.
    ///
    /// A key may go: its only sync was under way and showed nothing in the end. No key at all says nothing.
    private func note(
        _ tallies: [LookKey: LookTally], of run: OpenRun, _ session: borrowing Session
    ) throws(PostgresError) {
        let told = tallies.filter { !$0.value.isEmpty }
        guard !told.isEmpty else { return }
        try session.execute(
            """
            with told as materialized (\(SQL.looks(told.mapValues { LookHistory(tally: $0) }))), gone as (
                delete from mono.look_tallies l
                where l.run_id = \(run.runID) and l.worker = \(worker.name) and not exists (
                    select from told t where (t.api, t.kind, t.institution) = (l.api, l.kind, l.institution))
            )
            insert into mono.look_tallies as l (run_id, worker, \(SQL.lookColumns))
            select \(run.runID)::bigint, \(worker.name), \(SQL.lookColumns) from told t
            where exists (
                    select from mono.reconciliation_runs r where r.run_id = \(run.runID) and r.finished_at is null)
                and not exists (
                    select from mono.look_tallies s
                    where s.run_id = \(run.runID) and s.worker = \(worker.name)
                        and (s.api, s.kind, s.institution) = (t.api, t.kind, t.institution)
                        and (s.from_edge, s.to_edge, s.cases, s.told, s.untold, s.first_hits, s.first_misses,
                            s.later_hits, s.later_misses, s.looks, s.plain_looks)
                        is not distinct from (t.from_edge, t.to_edge, t.cases::real[], t.told, t.untold, t.first_hits,
                            t.first_misses, t.later_hits, t.later_misses, t.looks, t.plain_looks))
            on conflict (run_id, worker, api, kind, institution) do update set
                from_edge = excluded.from_edge, to_edge = excluded.to_edge, cases = excluded.cases,
                told = excluded.told, untold = excluded.untold, first_hits = excluded.first_hits,
                first_misses = excluded.first_misses, later_hits = excluded.later_hits,
                later_misses = excluded.later_misses, looks = excluded.looks, plain_looks = excluded.plain_looks
            """)
    }

    private func histories(
        _ api: APIGeneration, _ session: borrowing Session
    ) throws(PostgresError) -> [LookKey: LookHistory] {
        try session.lookHistories(
            "select nights, \(SQL.lookColumns) from mono.bank_laws where api = \(api.rawValue)")
    }

    // MARK: Banks in trouble

    /// Whether this worker may try one account of a paused bank, of which so many tries of the run are known.
    ///
    /// A repeat is refused if its first try was granted: nobody can be sure of a lost answer, and the next try follows.
    func mayProbe(
        _ bank: String, after probes: Int, of run: OpenRun, _ session: borrowing Session
    ) throws(PostgresError) -> Bool {
        try session.value(
            """
            update mono.bank_health h set probe_run_id = \(run.runID), probes = \(probes)::int + 1,
                probed_at = clock_timestamp()
            where h.bank = \(bank) and \(SQL.isInTrouble)
                and case when h.probe_run_id = \(run.runID) then h.probes else 0 end = \(probes)::int
            returning true
            """) ?? false
    }

    // MARK: The close

    /// Folds what the run's workers have seen into what is kept of the banks, and notes what of it is reported.
    ///
    /// Two runs may close at once: rows are made and locked in the order of their keys.
    func foldLooks(of run: OpenRun, _ session: borrowing Session) throws(PostgresError) {
        let tonight = try session.lookTotals("l.run_id = \(run.runID)")
        guard !tonight.isEmpty else { return }
        let keys = tonight.mapValues { _ in LookHistory() }
        try session.execute(
            """
            insert into mono.bank_laws (nights, \(SQL.lookColumns)) select nights, \(SQL.lookColumns)
            from (\(SQL.looks(keys))) t order by api, kind, institution on conflict do nothing
            """)
        let before = try session.lookHistories(
            """
            select nights, \(SQL.lookColumns) from mono.bank_laws
            where (api, kind, institution) in (select api, kind, institution from (\(SQL.looks(keys))) t)
            order by api, kind, institution for update
            """)
        let looks = ClosingLooks(of: run, tonight: tonight, before: before)
        try session.execute(
            """
            update mono.bank_laws l set learned_at = clock_timestamp(), nights = t.nights, from_edge = t.from_edge,
                to_edge = t.to_edge, cases = t.cases, told = t.told, untold = t.untold, first_hits = t.first_hits,
                first_misses = t.first_misses, later_hits = t.later_hits, later_misses = t.later_misses,
                looks = t.looks, plain_looks = t.plain_looks
            from (\(SQL.looks(looks.histories))) t
            where (l.api, l.kind, l.institution) = (t.api, t.kind, t.institution)
            """)
        try session.execute(
            """
            update mono.reconciliation_runs set closing = closing || jsonb_build_object(
                'calls_saved', \(looks.callsSaved)::bigint, 'laws', \(JSONRows(looks.laws) { $0.fields }))
            where run_id = \(run.runID)
            """)
    }
}

extension Session {
    /// Banks whose last accounts have failed, with what a run has tried of them.
    func troubles(of runID: Int64?) throws(PostgresError) -> [BankTrouble] {
        try query(
            """
            select h.bank, h.failures, h.failing_since, h.last_failure_at, h.last_delivery_at,
                case when h.probe_run_id = \(runID) then h.probes else 0 end as probes,
                case when h.probe_run_id = \(runID) then h.probed_at end as probed_at
            from mono.bank_health h
            where \(SQL.isInTrouble) and h.failing_since is not null and h.last_failure_at is not null
            order by h.bank collate "C"
            """
        ) { (row) throws(PostgresError) in
            BankTrouble(
                bank: try row["bank"], failures: try row["failures"], failingSince: try row["failing_since"],
                lastFailureAt: try row["last_failure_at"], lastDeliveryAt: try row["last_delivery_at"],
                probes: try row["probes"], probedAt: try row["probed_at"])
        }
    }
}

extension SQL {
    /// Whether so many accounts of a bank `h` have failed in a row that the workers are told.
    static let isInTrouble: SQL = "h.failures >= \(BankTrouble.notable)"
}
