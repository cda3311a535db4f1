import Ledger
import Logging
import Postgres
import Synchronization
import Webhooks

/// The listener's way into the database.
///
/// A connection that is of no use any more costs no event: what failed for its sake is tried once more on a fresh one.
final class EventRecorder: Sendable {
    let admin: LedgerAdmin
    /// The connection of the probes, which must not wait behind a commit.
    let probe: LedgerAdmin
    let logger: Logger
    /// Why no event could be recorded, as it was last told; nil: one could.
    private let obstacle = Mutex<String?>(nil)

    init(admin: LedgerAdmin, probe: LedgerAdmin, logger: Logger) {
        (self.admin, self.probe, self.logger) = (admin, probe, logger)
    }

    /// Records payloads in one transaction.
    ///
    /// If its connection was lost, and with it perhaps the commit, the payloads are found to be duplicates.
    func record(_ payloads: [String]) async throws(RecorderError) -> [String] {
        do throws(PostgresError) {
            return try await Self.twice(admin) { (admin) throws(PostgresError) in
                try await admin.record(payloads: payloads)
            }
        } catch {
            throw error.concernsPayload ? .refused(error.description) : .unavailable(error.description)
        }
    }

    /// Whether an event could be recorded now; what is in the way is told when it changes.
    func isReady() async -> Bool {
        var why: String?
        do throws(PostgresError) {
            try await Self.twice(probe) { (probe) throws(PostgresError) in try await probe.rehearseRecording() }
            if Task.isCancelled {
                why = "a commit is not acknowledged; a synchronous standby is missing, or the disk hangs"
            }
        } catch {
            why = error.kind == .cancelled ? "the server does not answer" : error.description
        }
        let isNews = obstacle.withLock { obstacle in
            defer { obstacle = why }
            return obstacle != why
        }
        if isNews {
            logger.notice("\(why.map { "not ready, an event could not be recorded now: \($0)" } ?? "ready again")")
        }
        return why == nil
    }

    /// Tries once more on a fresh connection if the one at hand is of no use: it may have been lost long ago, or lead to
    /// a server that is only read from since a failover.
    private static func twice<Value>(
        _ admin: LedgerAdmin, _ attempt: (LedgerAdmin) async throws(PostgresError) -> Value
    ) async throws(PostgresError) -> Value {
        do throws(PostgresError) {
            return try await attempt(admin)
        } catch {
            guard error.isOfTheConnection, !Task.isCancelled else { throw error }
        }
        await admin.database.reconnect()
        do throws(PostgresError) {
            return try await attempt(admin)
        } catch {
            if error.isOfTheConnection { await admin.database.reconnect() }
            throw error
        }
    }
}

extension PostgresError {
    /// Whether the same may succeed over another connection.
    fileprivate var isOfTheConnection: Bool { isConnectionLoss || sqlState == .readOnlyTransaction }

    /// Whether one of the payloads is to blame, so that the others can be recorded without it.
    ///
    /// A row of its account that another transaction keeps locked, or a trigger of the business's own on
    /// `mono.accounts`: neither must hold up the events of other accounts.
    var concernsPayload: Bool {
        guard kind == .server, !isConnectionLoss, sqlState != nil else { return kind == .encoding }
        return sqlState == .lockNotAvailable || !isOfWholeDatabase
    }
}
