package import Postgres
package import Reconciliation

extension Ledger {
    /// Announces this worker: its advisory lock, which the server frees within milliseconds of a crash, and its lease.
    ///
    /// Called again after the connection was made anew, since a session's locks go with it.
    package func enlist(runID: Int64) async throws(PostgresError) {
        let worker = worker
        try await database.run { (session) throws(PostgresError) in try Self.enlist(worker, runID, session) }
    }

    /// The same within a transaction that makes the run, so that no run is ever seen without its worker.
    static func enlist(_ worker: Worker, _ runID: Int64, _ session: borrowing Session) throws(PostgresError) {
        let isOurs = try session.first("select pg_catalog.pg_try_advisory_lock(\(worker.lockKey)::bigint)") {
            (row) throws(PostgresError) in try row.bool(0)
        }
        guard isOurs == true else {
            // The key is this process's own, so its holder is a lost connection that the server still believes in.
            _ = try session.query(
                """
                select pg_catalog.pg_terminate_backend(l.pid) from pg_catalog.pg_locks l
                where l.locktype = 'advisory' and l.objsubid = 1 and l.pid <> pg_catalog.pg_backend_pid()
                    and (l.classid::bigint << 32) | l.objid::bigint = \(worker.lockKey)::bigint
                """
            ) { (row) throws(PostgresError) in try row.bool(0) }
            throw PostgresError(.connectionLost, "this worker's lock is still held by its lost connection")
        }
        _ = try session.execute(
            """
            insert into mono.workers as w (worker, run_id, lock_key, host, pid, lease_until)
            values (\(worker.name), \(runID)::bigint, \(worker.lockKey)::bigint, \(worker.host), \(worker.pid)::int,
                clock_timestamp() + \(SQL.interval(Worker.lease)))
            on conflict (worker) do update set lease_until = excluded.lease_until
            """)
    }

    /// Leaves: what this worker still held is free for others, and it counts as gone at once.
    package func leave() async throws(PostgresError) {
        let worker = worker
        try await database.transaction { (session) throws(PostgresError) in
            _ = try session.execute(
                """
                update mono.reconciliation_cases set worker = null
                where worker = \(worker.name) and outcome is null
                """)
            _ = try session.execute(
                "update mono.workers set lease_until = clock_timestamp() where worker = \(worker.name)")
            // Those of closed runs were counted.
            _ = try session.execute(
                """
                delete from mono.workers w where w.lease_until < clock_timestamp() - interval '1 day'
                    and not exists (
                        select from mono.reconciliation_runs r where r.run_id = w.run_id and r.finished_at is null)
                """)
        }
    }

    /// Whether another worker of the run is alive.
    package func hasOtherWorkers(runID: Int64) async throws(PostgresError) -> Bool {
        let worker = worker
        return try await database.run { (session) throws(PostgresError) in
            try session.first(
                """
                select exists (
                    select from mono.workers o where o.run_id = \(runID) and o.worker <> \(worker.name)
                        and o.worker in (\(SQL.liveWorkers)))
                """
            ) { (row) throws(PostgresError) in try row.bool(0) } ?? false
        }
    }

    /// The database's clock now.
    package func clock() async throws(PostgresError) -> Timestamp {
        try await database.run { (session) throws(PostgresError) in
            let micros = try session.first(
                "select round(extract(epoch from clock_timestamp()) * 1000000)::bigint"
            ) { (row) throws(PostgresError) in try row.int64(0) }
            return Timestamp(microseconds: micros ?? 0)
        }
    }

    /// Reserves up to `slots` call slots and takes `budget` calls from the run's `--max-calls`.
    ///
    /// The first slot is at least `lead` away, the time that the answer needs.
    package func reserve(
        slots: Int, budget: Int, lead: Duration = .zero, rate: Double, runID: Int64, maxCalls: Int?
    ) async throws(PostgresError) -> SlotGrant {
        try await database.transaction { (session) throws(PostgresError) in
            let grant = try session.first(
                """
                select round(extract(epoch from first_slot_at) * 1000000)::bigint,
                    round(extract(epoch from spacing) * 1000000)::bigint, granted,
                    round(extract(epoch from hold_until) * 1000000)::bigint
                from mono.take_slots(\(slots)::int, \(rate)::double precision, \(SQL.interval(lead)))
                """
            ) { (row) throws(PostgresError) in
                SlotGrant(
                    first: Timestamp(microseconds: try row.int64(0)), spacing: .microseconds(try row.int64(1)),
                    count: try row.int(2), heldUntil: try row.timestamp(3))
            }
            guard var grant else { throw PostgresError(.protocolViolation, "mono.take_slots returned no row") }
            guard let maxCalls else { return grant }
            // The old value is read under the row's lock, so that two workers cannot spend the same call.
            let reserved =
                try session.first(
                    "select calls_reserved from mono.reconciliation_runs where run_id = \(runID) for update"
                ) { (row) throws(PostgresError) in try row.int(0) } ?? maxCalls
            grant.paid = max(0, min(budget, maxCalls - reserved))
            grant.budgetLeft = max(0, maxCalls - reserved - grant.paid)
            _ = try session.execute(
                """
                update mono.reconciliation_runs set calls_reserved = calls_reserved + \(grant.paid)::int
                where run_id = \(runID)
                """)
            return grant
        }
    }

    /// Holds all calls of all workers until a time: Mono's `Retry-After`.
    package func hold(until: Timestamp) async throws(PostgresError) {
        try await database.run { (session) throws(PostgresError) in
            _ = try session.execute(
                "update mono.rate set hold_until = greatest(hold_until, \(SQL.time(until)))")
        }
    }
}
