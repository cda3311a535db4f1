import Ledger
import Reconciliation
import Reports
import Text

/// Found accounts for a terminal: one a line, whatever its width.
enum FoundText {
    static func text(_ found: FoundAccounts, _ limits: AccountLimits, _ clock: LocalClock) -> String {
        let rows = found.accounts.map { one in
            [one.state.customerRef ?? "-", one.accountID.rawValue, one.state.institution ?? one.state.bankCode ?? "-"]
                .map { $0.printable(limit: 64) }
        }
        let widths = (0..<3).map { column in rows.map { $0[column].count }.max() ?? 0 }
        var lines = zip(found.accounts, rows).map { one, row in
            let verdict = one.verdict(limits, clock)
            let cells = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
            return cells.joined(separator: "  ") + "  \(verdict.sentences) \(verdict.nextStep)".printable(limit: 2_000)
        }
        if found.more > 0 { lines.append("… and \(found.more) more: --limit shows more, a longer text finds fewer") }
        return lines.joined(separator: "\n")
    }
}

/// The same for a program; names and order are stable, times are ISO 8601.
enum FoundJSON {
    static func text(_ found: FoundAccounts, _ limits: AccountLimits, _ clock: LocalClock) -> String {
        JSONText.object([
            ("schema_version", .integer(1)),
            (
                "accounts",
                .array(
                    found.accounts.map { one in
                        .object(
                            [("account_id", .string(one.accountID.rawValue))] + one.verdict(limits, clock).json
                                + [("account", one.state.json)])
                    })
            ), ("more", .integer(Int64(found.more))),
        ]).description
    }
}

extension FoundAccounts.Account {
    fileprivate func verdict(_ limits: AccountLimits, _ clock: LocalClock) -> Verdict {
        Verdict(VerdictFacts(accountID: accountID, state: state, newest: newest, limits: limits, clock: clock))
    }
}

extension Verdict {
    /// Its members, for a program.
    var json: [(String, JSONText)] {
        [
            ("verdict_code", .string(code.rawValue)), ("verdict", .string(sentences)), ("next_step", .string(nextStep)),
        ]
    }
}
