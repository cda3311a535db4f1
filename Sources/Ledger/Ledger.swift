package import Postgres
import Reconciliation

/// The store of runs on PostgreSQL: runs, cases, intents, settlements, the rate and the workers.
///
/// All writes repeat their conditions, carry the worker's name (the fence) and are set-based: the number of commits
/// grows with batches, not with accounts. A write that is repeated after a lost connection does nothing twice.
package struct Ledger: Sendable {
    package let database: Database
    /// This process, in every write it makes.
    package let worker: Worker
    /// Tells the machine's boot and the time since.
    let machine: @Sendable () -> MachineTime
    /// The most accounts that a nightly run selects at a time.
    let slice: Int
    /// API calls a second, for the forecast of a run that is opened; nil: none is made.
    let rate: Double?
    /// Whether a request is performed again without the accounts whose rows the database refuses.
    var isSparing = false

    package init(
        database: Database, worker: Worker, slice: Int = RunOptions.slice, rate: Double? = nil,
        machine: @escaping @Sendable () -> MachineTime
    ) {
        self.database = database
        self.worker = worker
        self.slice = slice
        self.rate = rate
        self.machine = machine
    }

    /// The same database, for reading.
    package var reader: LedgerReader { LedgerReader(database: database) }
}

/// The time since a machine's boot: what the database's clock is measured by, as nobody moves it.
package struct MachineTime: Sendable, Equatable {
    /// The boot, as the kernel names it.
    package var boot: String
    package var uptime: Duration

    package init(boot: String, uptime: Duration) {
        self.boot = boot
        self.uptime = uptime
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
