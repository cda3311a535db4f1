import Postgres
import Reconciliation

extension Ledger {
    /// Notes what this worker's looks have shown tonight, as totals, and reads what is known of the banks.
    func learn(
        _ tallies: [LookKey: LookTally], of run: OpenRun, _ session: borrowing Session
    ) throws(PostgresError) -> LookMemory {
        LookMemory()
    }

    /// Whether this worker may try one account of a paused bank.
    func mayProbe(
        _ bank: String, after probes: Int, of run: OpenRun, _ session: borrowing Session
    ) throws(PostgresError) -> Bool {
        false
    }
}
