package import Postgres
import Reconciliation

/// Every SQL statement of the run: runs, cases, intents, settlements, the rate and the workers.
///
/// All writes repeat their conditions, carry the worker's name (the fence) and are set-based: the number of commits
/// grows with batches, not with accounts. A write that is repeated after a lost connection does nothing twice.
package struct Ledger: Sendable {
    package let database: Database
    /// This process, in every write it makes.
    package let worker: Worker

    package init(database: Database, worker: Worker) {
        self.database = database
        self.worker = worker
    }
}

/// One process taking part in runs.
package struct Worker: Sendable, Equatable {
    /// Unique per process.
    package let name: String
    /// The key of its session advisory lock.
    package let lockKey: Int64
    package let host: String
    package let pid: Int

    /// How long a worker that says nothing counts as alive.
    package static let lease = Duration.seconds(15)

    /// A worker of this process on a host.
    package init(host: String, pid: Int) {
        self.host = host
        self.pid = pid
        let random = UInt64.random(in: .min ... .max)
        lockKey = Int64(bitPattern: random)
        name = "\(host)-\(pid)-\(String(random, radix: 36))"
    }
}

extension Duration {
    /// Whole microseconds, cut off.
    var microseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000_000 + attoseconds / 1_000_000_000_000
    }
}

extension SQL {
    /// A point in time as a parameter.
    static func time(_ timestamp: Timestamp?) -> SQL {
        "(timestamptz 'epoch' + \(timestamp?.microseconds)::bigint * interval '1 microsecond')"
    }

    /// A duration as a parameter.
    static func interval(_ duration: Duration) -> SQL {
        "(\(duration.microseconds)::bigint * interval '1 microsecond')"
    }

    /// Workers that hold their lock and their lease.
    static let liveWorkers: SQL = """
        select w.worker from mono.workers w
        where w.lease_until > clock_timestamp() and exists (
            select from pg_catalog.pg_locks l
            where l.locktype = 'advisory' and l.objsubid = 1 and l.granted
                and l.database = (select d.oid from pg_catalog.pg_database d where d.datname = current_database())
                and (l.classid::bigint << 32) | l.objid::bigint = w.lock_key)
        """

    /// The columns of an account's state, in the order in which `Row.accountState(from:)` reads them.
    static let accountState: SQL = """
        a.account_id is not null, coalesce(a.data_available, false), a.data_status,
        round(extract(epoch from a.awaiting_update_since) * 1000000)::bigint,
        round(extract(epoch from a.reauthorisation_required_since) * 1000000)::bigint,
        round(extract(epoch from a.unlinked_at) * 1000000)::bigint,
        round(extract(epoch from a.last_sync_requested_at) * 1000000)::bigint,
        a.last_sync_job_id
        """
}

extension Row {
    /// The number of columns that `SQL.accountState` selects.
    static let accountStateWidth = 8

    /// A point in time that was selected as microseconds since the epoch.
    func timestamp(_ column: Int) throws(PostgresError) -> Timestamp? {
        try optionalInt64(column).map { Timestamp(microseconds: $0) }
    }

    /// An account's state; nil where an outer join found no row.
    func accountState(from column: Int) throws(PostgresError) -> AccountState? {
        guard try bool(column) else { return nil }
        return AccountState(
            dataAvailable: try bool(column + 1), dataStatus: try optionalString(column + 2),
            awaitingSince: try timestamp(column + 3), flaggedSince: try timestamp(column + 4),
            unlinkedAt: try timestamp(column + 5), lastSyncRequestedAt: try timestamp(column + 6),
            lastSyncJobID: try optionalString(column + 7))
    }

    /// Calls by kind, in four columns: details, trigger, job, reauth.
    func callCounts(from column: Int) throws(PostgresError) -> CallCounts {
        var calls = CallCounts()
        calls.details = try int(column)
        calls.trigger = try int(column + 1)
        calls.job = try int(column + 2)
        calls.reauth = try int(column + 3)
        return calls
    }

    /// A well-formed Account ID.
    func accountID(_ column: Int) throws(PostgresError) -> AccountID {
        guard let id = AccountID(try string(column)) else {
            throw PostgresError(.decoding, "column \(column) is not an Account ID")
        }
        return id
    }
}
