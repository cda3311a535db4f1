import Ledger
import Postgres
import Reconciliation
import Reports

extension LedgerReader {
    /// The accounts that a command line names: by Account ID, or by a customer reference that belongs to one account.
    ///
    /// - Parameters:
    ///   - names: Texts as they were given; an Account ID wins over an equal reference.
    ///   - subject: What the names stand for on the command line, for the message.
    /// - Returns: Each account once, in the order of the names.
    /// - Throws: `badInput` that names all of them that mean no account, or several.
    func accounts(named names: [String], subject: String) async throws(Failure) -> [AccountID] {
        guard !names.isEmpty else { return [] }
        let meant = try await Failure.mapping { () throws(PostgresError) in try await accounts(named: names) }
        return try Self.judge(names, meant, subject: subject)
    }

    /// The account that a command line names, likewise.
    func account(named name: String, subject: String) async throws(Failure) -> AccountID {
        let accounts = try await accounts(named: [name], subject: subject)
        guard let account = accounts.first else {
            throw Failure(.internalError, "a name without an account was accepted")
        }
        return account
    }

    /// Takes the one account that each name means.
    static func judge(_ names: [String], _ meant: [[AccountID]], subject: String) throws(Failure) -> [AccountID] {
        func quoted(_ name: String) -> String { "\"\(name.printable(limit: 80))\"" }
        var (unknown, ambiguous): ([String], [String]) = ([], [])
        for (name, accounts) in zip(names, meant) {
            if accounts.isEmpty { unknown.append(quoted(name)) }
            if accounts.count > 1 {
                let ids = accounts.map(\.rawValue).joined(separator: ", ")
                ambiguous.append("\(quoted(name)) is the reference of several accounts: \(ids)")
            }
        }
        guard unknown.isEmpty, ambiguous.isEmpty else {
            var problems = ambiguous
            if !unknown.isEmpty {
                problems.append(
                    "neither an Account ID nor a reference in mono.accounts: \(unknown.joined(separator: ", "))")
            }
            let remedy = unknown.isEmpty ? "name one of these IDs" : "mono-reconcile find TEXT looks for accounts"
            throw Failure(
                .badInput, "\(subject): \(problems.joined(separator: "; ")); nothing was done", remedy: remedy)
        }
        var seen: Set<AccountID> = []
        return meant.compactMap(\.first).filter { seen.insert($0).inserted }
    }
}

extension Reader {
    /// The times that decide when an account is tried, by the variables of `run`.
    func accountLimits(stuckAfter: String? = nil) throws(Failure) -> AccountLimits {
        let api: APIGeneration = try choice("api", nil, ["MONO_API"]) ?? .realtime
        let limit = try syncLimit() ?? Rules.defaultSyncLimit(of: api)
        return AccountLimits(stuckAfter: try self.stuckAfter(stuckAfter), syncLimit: limit)
    }
}
