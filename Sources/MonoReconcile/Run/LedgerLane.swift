import Ledger
import Logging
import Postgres
import Synchronization

/// The ledger behind a database that may go away for a while.
///
/// Every statement of the ledger may be repeated, so a lost connection is answered by a new one: with growing pauses,
/// for at most a minute. The worker's lock goes with the connection and is taken anew first.
final class LedgerLane: Sendable {
    let ledger: Ledger
    private let runID: Int64?
    private let logger: Logger
    private let mustEnlist = Mutex(true)
    /// Whether the outage that lasts was told; many operations meet it at once, and each of them often.
    private let isToldAway = Mutex(false)

    private let patience: Duration

    /// A lane for a worker of a run, which is enlisted first; with `runID` nil, of a worker that has left.
    ///
    /// `patience` is how long the database may be away in mid-run.
    init(_ ledger: Ledger, runID: Int64?, logger: Logger, patience: Duration = .seconds(60)) {
        self.ledger = ledger
        self.runID = runID
        self.logger = logger
        self.patience = patience
    }

    /// Performs one operation of the ledger; `isRepeat` tells it that an earlier try may have been committed.
    func perform<Value: Sendable>(
        _ operation: (Ledger, _ isRepeat: Bool) async throws(PostgresError) -> Value
    ) async throws(Failure) -> Value {
        let deadline = ContinuousClock.now + patience
        var pause = Duration.milliseconds(100)
        var isRepeat = false
        while true {
            do throws(PostgresError) {
                if let runID, mustEnlist.withLock({ $0 }) {
                    try await ledger.enlist(runID: runID)
                    mustEnlist.withLock { $0 = false }
                }
                let value = try await operation(ledger, isRepeat)
                isToldAway.withLock { $0 = false }
                return value
            } catch {
                guard Self.mayPass(error), ContinuousClock.now + pause < deadline else { throw Failure(error) }
                let isNews = isToldAway.withLock { told in
                    defer { told = true }
                    return !told
                }
                logger.log(
                    level: isNews ? .warning : .debug, "the database is away, trying again",
                    metadata: ["error": "\(error)"])
                // A server that only reads was demoted: the address may lead to its successor by now.
                if error.sqlState == .readOnlyTransaction { await ledger.database.reconnect() }
                mustEnlist.withLock { $0 = true }
                isRepeat = true
            }
            do {
                try await Task.sleep(for: pause)
            } catch {
                throw Failure(.unreachable, "interrupted while the database was away")
            }
            pause = min(pause * 2, .seconds(2))
        }
    }

    private static let passing: Set<SQLState> = [
        .deadlockDetected, .serializationFailure, .lockNotAvailable, .queryCanceled, .readOnlyTransaction,
    ]

    /// A lost connection, a lost answer, a deadlock, a time-out, or a server that is just being demoted.
    private static func mayPass(_ error: PostgresError) -> Bool {
        if error.isConnectionLoss || error.kind == .commitUnknown { return true }
        guard let state = error.sqlState else { return false }
        return passing.contains(state)
    }
}
