import Postgres
import Reconciliation

extension Ledger {
    /// Reserves call slots, and takes calls from the run's `--max-calls`.
    func reserve(
        _ request: SlotRequest, of run: OpenRun, _ session: borrowing Session
    ) throws(PostgresError) -> SlotGrant {
        // Behind a clock that went ahead, the slots of others would look as if they had passed.
        try heedClock(session)
        let grant = try session.first(
            """
            select first_slot_at, spacing, granted, hold_until, pulled_back
            from mono.take_slots(\(request.slots)::int, \(request.rate)::double precision, \(request.lead),
                -- The hold may be another run's, with a longer window.
                greatest(\(run.options.rules.window), (
                    select max((r.options ->> 'window_us')::bigint) * interval '1 microsecond'
                    from mono.reconciliation_runs r where r.finished_at is null)))
            """
        ) { (row) throws(PostgresError) in
            SlotGrant(
                first: try row["first_slot_at"], spacing: try row["spacing"], count: try row["granted"],
                heldUntil: try row["hold_until"], pulledBack: try row["pulled_back"])
        }
        guard var grant else { throw PostgresError(.protocolViolation, "mono.take_slots returned no row") }
        guard let maxCalls = run.options.maxCalls else { return grant }
        // The old value is read under the row's lock, so that two workers cannot spend the same call.
        let reserved: Int =
            try session.value(
                "select calls_reserved from mono.reconciliation_runs where run_id = \(run.runID) for update")
            ?? maxCalls
        grant.paid = max(0, min(request.budget, maxCalls - reserved))
        grant.budgetLeft = max(0, maxCalls - reserved - grant.paid)
        try session.execute(
            """
            update mono.reconciliation_runs set calls_reserved = calls_reserved + \(grant.paid)::int
            where run_id = \(run.runID)
            """)
        return grant
    }

    /// Gives calls of the budget back that were reserved and will not be made.
    func giveBack(_ unspent: Int, of run: OpenRun, _ session: borrowing Session) throws(PostgresError) {
        guard unspent > 0 else { return }
        try session.execute(
            """
            update mono.reconciliation_runs set calls_reserved = calls_reserved - \(unspent)::int
            where run_id = \(run.runID)
            """)
    }
}
