import Postgres
import Reconciliation

extension Failure {
    /// Performs an operation of the database; its error is told as what it means for the process.
    static func mapping<Value>(
        _ operation: () async throws(PostgresError) -> Value
    ) async throws(Failure) -> Value {
        do throws(PostgresError) {
            return try await operation()
        } catch {
            throw Failure(error)
        }
    }

    /// Why a process took no part in a run.
    init(_ refusal: RunRefusal) {
        switch refusal {
        case .unknownAccounts(let accounts):
            let names = accounts.map(\.rawValue).joined(separator: ", ")
            self.init(
                .badInput, "--account: not in mono.accounts: \(names); nothing was done",
                remedy: "check the IDs")
        case .otherSettings(let run):
            self.init(
                .configuration,
                "run \(run.runID) is open with --api \(run.options.rules.api.rawValue) at \(run.options.baseURL)",
                remedy: "use the same, or wait until it is closed")
        case .heldByAbandonedRun(let held):
            self.init(
                .unsettled,
                "\(held.account) is in run \(held.runID), which no process works on: mono-reconcile run takes that run "
                    + "up")
        case .caseIsGone(let held):
            self.init(.internalError, "the case of \(held.account) in run \(held.runID) is gone")
        case .interrupted(let held, let signal):
            self.init(code: 128 + Int(signal), "interrupted while run \(held.runID) held \(held.account)")
        }
    }
}
