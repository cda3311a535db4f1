import Ledger
import Postgres
import Webhooks

/// The listener's way into the database.
struct EventRecorder: Sendable {
    let ledger: Ledger
    /// The probes' own connection: they must not wait behind a commit.
    let probe: Database

    /// Records payloads in one transaction.
    func record(_ payloads: [String]) async throws(RecorderError) -> [String] {
        do throws(PostgresError) {
            return try await ledger.record(payloads: payloads)
        } catch {
            // A failover leaves the connection to a server that is only read from.
            if error.sqlState == .readOnlyTransaction { await ledger.database.reconnect() }
            throw error.concernsStatement ? .refused(error.description) : .unavailable(error.description)
        }
    }

    /// Whether the database answers and takes writes.
    func isReady() async -> Bool {
        // Any error means no.
        guard let isPrimary: Bool = try? await probe.value("select not pg_is_in_recovery()") else { return false }
        if !isPrimary { await probe.reconnect() }
        return isPrimary
    }
}

extension PostgresError {
    /// Whether the server refused what was asked, rather than being unable to do anything.
    ///
    /// After the cut no payload should be refused; a trigger of the business's own on `mono.accounts` can do it, and must
    /// not hold up the events of other accounts.
    var concernsStatement: Bool {
        guard kind == .server, !isConnectionLoss, let sqlState else { return kind == .encoding }
        // No right, no function: the same for every event.
        guard sqlState != .insufficientPrivilege, sqlState.rawValue != "42883" else { return false }
        // Transaction state, authorization, database, rollback, resources, locks, operator, system, configuration.
        return !["25", "28", "3D", "40", "53", "55", "57", "58", "F0"].contains(sqlState.classCode)
    }
}
