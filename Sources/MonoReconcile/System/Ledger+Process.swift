import Ledger
import Platform
import Postgres

extension Ledger {
    /// The ledger of a new worker of this process, which makes so many API calls a second.
    static func ofThisProcess(_ database: Database, rate: Double) -> Ledger {
        Ledger(
            database: database, worker: Worker(host: Process.hostName, pid: Process.id), rate: rate,
            machine: { MachineTime(boot: BootClock.id, uptime: BootClock.uptime) })
    }
}
