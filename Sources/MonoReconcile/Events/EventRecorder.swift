import Ledger
import Postgres
import Webhooks

/// The listener's way into the database.
struct EventRecorder: Sendable {
    let admin: LedgerAdmin
    /// The connection of the probes, which must not wait behind a commit.
    let probe: Database

    /// Records payloads in one transaction.
    func record(_ payloads: [String]) async throws(RecorderError) -> [String] {
        do throws(PostgresError) {
            return try await admin.record(payloads: payloads)
        } catch {
            // A failover leaves the connection to a server that is only read from.
            if error.sqlState == .readOnlyTransaction { await admin.database.reconnect() }
            throw error.concernsPayload ? .refused(error.description) : .unavailable(error.description)
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
    /// Whether one of the payloads is to blame, so that the others can be recorded without it.
    ///
    /// A row of its account that another transaction keeps locked, or a trigger of the business's own on
    /// `mono.accounts`: neither must hold up the events of other accounts.
    var concernsPayload: Bool {
        guard kind == .server, !isConnectionLoss, let sqlState else { return kind == .encoding }
        if sqlState == .lockNotAvailable { return true }
        return !Self.wholeDatabase.contains(sqlState.classCode)
    }

    /// Classes of faults that every payload would meet: features, transaction state, statement names, authorization,
    /// database, schema, rollback, rights and names, resources, state of objects, operator, system, configuration,
    /// internal errors.
    private static let wholeDatabase: Set = [
        "0A", "25", "26", "28", "3D", "3F", "40", "42", "53", "55", "57", "58", "F0", "XX",
    ]
}
