import Postgres
import Reconciliation

extension Ledger {
    /// Announces this worker: its advisory lock, which the server frees within milliseconds of the worker's crash, and
    /// its lease.
    ///
    /// Asked for again after the connection was made anew, since a session's locks go with it; and within the
    /// transaction that makes a run, so that no run is ever seen without its worker.
    func enlist(_ runID: Int64, _ session: borrowing Session) throws(PostgresError) {
        let isOurs: Bool? = try session.value("select pg_catalog.pg_try_advisory_lock(\(worker.lockKey)::bigint)")
        guard isOurs == true else {
            // The key is this process's own, so its holder is a lost connection that the server still believes in.
            try session.execute(
                """
                select pg_catalog.pg_terminate_backend(l.pid) from pg_catalog.pg_locks l
                where l.locktype = 'advisory' and l.objsubid = 1 and l.pid <> pg_catalog.pg_backend_pid()
                    and (l.classid::bigint << 32) | l.objid::bigint = \(worker.lockKey)::bigint
                """)
            throw PostgresError(.connectionLost, "this worker's lock is still held by its lost connection")
        }
        try heedClock(session)
        // A crash of the server has taken the mark away; whoever comes first makes the next one.
        try session.execute("insert into mono.server_marks default values on conflict do nothing")
        try session.execute(
            """
            insert into mono.workers as w (worker, run_id, lock_key, server_life, host, pid, lease_until)
            values (\(worker.name), \(runID)::bigint, \(worker.lockKey)::bigint, mono.server_life(), \(worker.host),
                \(worker.pid)::int, clock_timestamp() + \(WorkerLimits.lease))
            on conflict (worker) do update set lease_until = excluded.lease_until, server_life = excluded.server_life
            """)
    }

    /// Has the database find out whether its clock was moved, before anything is counted by it.
    func heedClock(_ session: borrowing Session) throws(PostgresError) {
        let machine = machine()
        try session.execute("select mono.heed_clock(\(machine.boot), \(machine.uptime))")
    }

    /// Frees what this worker still holds; it counts as gone from now on.
    func leave(_ session: borrowing Session) throws(PostgresError) {
        try session.execute(
            "update mono.reconciliation_cases set worker = null where worker = \(worker.name) and outcome is null")
        try session.execute(
            "update mono.workers set lease_until = clock_timestamp() where worker = \(worker.name)")
        // Those of closed runs were counted.
        try session.execute(
            """
            delete from mono.workers w where w.lease_until < clock_timestamp() - interval '1 day'
                and not exists (
                    select from mono.reconciliation_runs r where r.run_id = w.run_id and r.finished_at is null)
            """)
    }

    /// Whether another worker of the run is alive.
    func hasOthers(_ runID: Int64, _ session: borrowing Session) throws(PostgresError) -> Bool {
        try session.value("select \(SQL.isWorkedOn("\(runID)::bigint", otherThan: worker))") ?? false
    }

    /// Notes this worker's calls: its totals, so that noting them twice, or late, changes nothing.
    func noteCalls(_ calls: CallCounts, _ session: borrowing Session) throws(PostgresError) {
        try session.execute(
            """
            update mono.workers set calls_details = greatest(calls_details, \(calls.details)::int),
                calls_trigger = greatest(calls_trigger, \(calls.trigger)::int),
                calls_job = greatest(calls_job, \(calls.job)::int),
                calls_reauth = greatest(calls_reauth, \(calls.reauth)::int)
            where worker = \(worker.name)
            """)
    }
}
