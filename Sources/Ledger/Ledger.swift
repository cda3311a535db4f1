package import Postgres

/// The store of runs on PostgreSQL: runs, cases, intents, settlements, the rate and the workers.
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

    /// The same database, for reading.
    package var reader: LedgerReader { LedgerReader(database: database) }
}

/// One process taking part in runs.
package struct Worker: Sendable, Equatable {
    /// Unique per process.
    package let name: String
    /// The key of its session advisory lock.
    package let lockKey: Int64
    package let host: String
    package let pid: Int

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
