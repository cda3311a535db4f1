import Ledger
import Platform
import Postgres

extension Ledger {
    /// The ledger of a new worker of this process.
    static func ofThisProcess(_ database: Database) -> Ledger {
        Ledger(
            database: database, worker: Worker(host: Process.hostName, pid: Process.id),
            machine: { MachineTime(boot: BootClock.id, uptime: BootClock.uptime) })
    }
}
