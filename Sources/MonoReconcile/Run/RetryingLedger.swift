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
    /// How long another session may be in the way of a database that is there.
    private var patienceWithOthers: Duration { patience * 5 }
    /// Whether the lock is to be taken before the next request.
    private let mustEnlist = Mutex(true)
    /// What was last told of the trouble that lasts: many requests meet it at once, and each of them often.
    private let told = Mutex<String?>(nil)

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
        let begin = ContinuousClock.now
        // When the database last said anything.
        var answered = begin
        var pause = Duration.milliseconds(100)
        var isRepeat = false
        while true {
            do throws(PostgresError) {
                let repeated = isRepeat
                // A server that answers nothing is not waited for any longer than one that is gone.
                let lastAnswer = persistence == .once ? nil : answered + patience
                let value = try await Database.$deadline.withValue(lastAnswer) {
                    await result { () throws(PostgresError) in
                        try await enlist(persistence)
                        return try await operation(ledger, repeated)
                    }
                }.get()
                told.withLock { $0 = nil }
                return value
            } catch {
                if error.mayPass { answered = .now }
                let end = error.mayPass ? begin + patienceWithOthers : answered + patience(with: error, persistence)
                guard ContinuousClock.now + pause < end else { throw Failure(error) }
                await tell(error)
                if !error.mayPass {
                    // A server that only reads was demoted: the address may lead to its successor by now.
                    if error.sqlState == .readOnlyTransaction { await ledger.database.reconnect() }
                    mustEnlist.withLock { $0 = true }
                    isRepeat = true
                }
            }
            do {
                try await Task.sleep(for: pause)
            } catch {
                throw Failure(.unreachable, "interrupted while the database did not answer as it should")
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

    private func tell(_ error: PostgresError) async {
        var message = "the database is away, trying again"
        if error.mayPass { message = "the database gave a statement up, trying again" }
        if error.sqlState == .lockNotAvailable {
            // Only ever part of a message: who holds the lock may have let go of it by now.
            let holders = (try? await ledger.lockHolders()) ?? []
            let names = holders.map { String($0) }.joined(separator: ", ")
            message = "waits for a lock held by \(holders.isEmpty ? "another session" : "pid \(names)")"
        }
        let isNews = told.withLock { told in
            defer { told = message }
            return told != message
        }
        logger.log(level: isNews ? .warning : .debug, "\(message)", metadata: ["error": "\(error)"])
    }

    /// How long a request is tried again after the database went away with this error.
    private func patience(with error: PostgresError, _ persistence: RunLifecycle.Persistence) -> Duration {
        let mayComeBack =
            error.isConnectionLoss || error.kind == .commitUnknown || error.sqlState == .readOnlyTransaction
        return mayComeBack && persistence != .once ? patience : .zero
    }
}
