import Ledger
import Postgres
import Reconciliation

/// What looks like a good night and is none: no accounts at all, or a limit that leaves most of them out.
enum BacklogChecks {
    /// The names of the checks, in their order.
    static let names = ["accounts", "limit"]

    /// Looks at both; what cannot be read is another check's business.
    static func examine(_ reader: LedgerReader, _ settings: RunSettings?) async -> [Finding] {
        guard let settings else { return names.map { .notChecked($0, "the settings cannot be read") } }
        do throws(PostgresError) {
            let most = [settings.limit, settings.maxCalls].compactMap { $0 }.min()
            return judge(try await reader.backlog(settings.rules), most: most)
        } catch {
            return names.map { .notChecked($0, "it could not be read: \(error)") }
        }
    }

    static func judge(_ backlog: Backlog, most: Int?) -> [Finding] {
        let accounts: Finding =
            backlog.known.number == 0
            ? .hint("accounts", KnownAccounts.none, mend: "the manual's page adoption.md tells how they get there")
            : .ok(
                "accounts",
                "\(backlog.known) known, \(backlog.due) due now"
                    + (backlog.coolingDown > 0 ? ", \(backlog.coolingDown) in cool-down" : ""))
        guard let most, backlog.due > most else { return [accounts, .ok("limit", "none that leaves an account out")] }
        let oldest = backlog.oldest.map { "; \($0.text(at: backlog.now))" } ?? ""
        return [
            accounts,
            .hint(
                "limit",
                "MONO_RECONCILE_LIMIT or MAX_CALLS takes \(most) accounts a night and leaves out \(backlog.due - most)\(oldest)",
                mend: "after the first nights raise it, or take it away"),
        ]
    }
}
