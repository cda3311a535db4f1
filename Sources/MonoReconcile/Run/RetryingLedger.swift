import Ledger
import Logging
import Postgres
import Reconciliation
import Synchronization

/// A worker's ledger behind a database that may go away for a while.
///
/// Every request of a run may be repeated, so a lost connection is answered by a new one: with growing pauses, for at
/// most a minute. The worker's lock goes with the connection and is taken anew before anything else.
final class RetryingLedger: Sendable {
    let ledger: Ledger
    private let logger: Logger
    private let patience: Duration
    /// Whether the lock is to be taken before the next request.
    private let mustEnlist = Mutex(true)
    /// Whether the outage that lasts was told: many requests meet it at once, and each of them often.
    private let isToldAway = Mutex(false)

    /// A ledger whose worker has no lock yet.
    ///
    /// `patience` is how long the database may be away in mid-run.
    init(_ ledger: Ledger, logger: Logger, patience: Duration = .seconds(60)) {
        self.ledger = ledger
        self.logger = logger
        self.patience = patience
    }

    /// Performs a request of a run.
    func perform(
        _ request: StoreRequest, _ persistence: RunLifecycle.Persistence
    ) async throws(Failure) -> StoreAnswer {
        try await perform(persistence) { (ledger, isRepeat) throws(PostgresError) in
            try await ledger.perform(request, isRepeat: isRepeat)
        }
    }

    /// Performs any operation of the ledger; `isRepeat` tells whether an earlier try may have been committed.
    func perform<Value: Sendable>(
        _ persistence: RunLifecycle.Persistence,
        _ operation: (Ledger, _ isRepeat: Bool) async throws(PostgresError) -> Value
    ) async throws(Failure) -> Value {
        let deadline = ContinuousClock.now + (persistence == .once ? .zero : patience)
        // A server that answers nothing is not waited for any longer than one that is gone.
        let lastAnswer = persistence == .once ? nil : deadline
        var pause = Duration.milliseconds(100)
        var isRepeat = false
        while true {
            do throws(PostgresError) {
                let repeated = isRepeat
                let value = try await Database.$deadline.withValue(lastAnswer) {
                    await result { () throws(PostgresError) in
                        try await enlist(persistence)
                        return try await operation(ledger, repeated)
                    }
                }.get()
                isToldAway.withLock { $0 = false }
                return value
            } catch {
                guard Self.mayPass(error), ContinuousClock.now + pause < deadline else { throw Failure(error) }
                tellAway(error)
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

    /// A task-local value's scope would forget the type of the error.
    private func result<Value>(
        _ body: () async throws(PostgresError) -> Value
    ) async -> Result<Value, PostgresError> {
        do throws(PostgresError) {
            return .success(try await body())
        } catch {
            return .failure(error)
        }
    }

    private func enlist(_ persistence: RunLifecycle.Persistence) async throws(PostgresError) {
        guard case .enlisted(let runID) = persistence, mustEnlist.withLock({ $0 }) else { return }
        _ = try await ledger.perform(.enlist(run: runID), isRepeat: false)
        mustEnlist.withLock { $0 = false }
    }

    private func tellAway(_ error: PostgresError) {
        let isNews = isToldAway.withLock { told in
            defer { told = true }
            return !told
        }
        logger.log(
            level: isNews ? .warning : .debug, "the database is away, trying again", metadata: ["error": "\(error)"])
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
