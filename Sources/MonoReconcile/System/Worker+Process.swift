import Ledger
import Platform

extension Worker {
    /// A new one, of this process.
    static func ofThisProcess() -> Worker { Worker(host: Process.hostName, pid: Process.id) }
}
