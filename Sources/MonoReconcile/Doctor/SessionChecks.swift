import Ledger
import Postgres

/// What the defaults of database and role would make of our statements: overridden, or told where that is impossible.
enum SessionChecks {
    /// The names of the checks, in their order.
    static let names = ["session", "row_security"]

    /// Looks at both.
    static func examine(_ reader: LedgerReader) async -> [Finding] {
        do throws(PostgresError) {
            return judge(try await reader.sessionFacts())
        } catch {
            return names.map { .notChecked($0, "it could not be read: \(error)") }
        }
    }

    static func judge(_ facts: SessionFacts) -> [Finding] {
        let overridden = facts.overridden.joined(separator: ", ")
        let session = Finding.ok(
            "session",
            overridden.isEmpty
                ? "no default that our sessions have to override"
                : "our sessions override these defaults, other programs have them: \(overridden)")
        return [session, rowSecurity(facts)]
    }

    private static func rowSecurity(_ facts: SessionFacts) -> Finding {
        var said: [String] = []
        var mends: [String] = []
        if !facts.hidden.isEmpty {
            said.append("policies hide rows of \(list(facts.hidden)) from \(facts.user)")
            mends.append(
                "as an administrator: alter role \"\(facts.user)\" bypassrls; or as the owner: "
                    + commands(facts.hidden, "disable row level security"))
        }
        if !facts.hiddenFromOwner.isEmpty {
            said.append("policies hide rows of \(list(facts.hiddenFromOwner)) from the owner of mono.record_event")
            mends.append("as the owner: " + commands(facts.hiddenFromOwner, "no force row level security"))
        }
        guard !said.isEmpty else { return .ok("row_security", "no policy hides rows") }
        return .problem(
            "row_security", said.joined(separator: "; "), mend: mends.joined(separator: "; "))
    }

    private static func list(_ tables: [String]) -> String {
        tables.map { "mono.\($0)" }.joined(separator: ", ")
    }

    private static func commands(_ tables: [String], _ action: String) -> String {
        tables.map { "alter table mono.\($0) \(action)" }.joined(separator: "; ")
    }
}
