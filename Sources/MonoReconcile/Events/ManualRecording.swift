import Reconciliation
import Synchronization

/// The command by which a person records an account that could not be recorded.
enum ManualRecording {
    /// What to do, in one line.
    static func advice(_ account: AccountID, _ ref: String?) -> String {
        "the account is linked as \(account) but may not be recorded; once the database is back, run: "
            + text(account, ref)
    }

    /// For a shell; recording an account twice does no harm.
    static func text(_ account: AccountID, _ ref: String?) -> String {
        let arguments = [account.rawValue, ref].compactMap { $0 }.map(literal)
        let sql = "select mono.connect_account(\(arguments.joined(separator: ", ")))"
        return "psql \"$DATABASE_URL\" -c \"\(quoted(sql))\""
    }

    // Both go by scalars: a quote and a mark that combines with it are one Character, and two to PostgreSQL and shells.

    /// For SQL, in single quotes.
    private static func literal(_ text: String) -> String {
        var literal = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if scalar == "'" { literal.append("'") }
            literal.append(scalar)
        }
        return "'\(literal)'"
    }

    /// For the inside of double quotes; `!` is history to an interactive shell and stands outside of them.
    private static func quoted(_ text: String) -> String {
        var quoted = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\", "\"", "$", "`":
                quoted.append("\\")
                quoted.append(scalar)
            case "!": quoted.append(contentsOf: "\"'!'\"".unicodeScalars)
            default: quoted.append(scalar)
            }
        }
        return String(quoted)
    }
}

/// How far `link` has come, for whoever interrupts it.
final class LinkWatch: Sendable {
    private enum State {
        case before, exchanging, over
        case linked(AccountID)
    }

    private let ref: String?
    private let state = Mutex(State.before)

    init(_ ref: String?) { self.ref = ref }

    /// The code leaves.
    func exchanging() { state.withLock { $0 = .exchanging } }

    /// Mono answered, with an account or without.
    func exchanged(_ account: AccountID?) { state.withLock { $0 = account.map { .linked($0) } ?? .over } }

    /// What is to be said before the process ends.
    var farewell: String {
        switch state.withLock({ $0 }) {
        case .before, .over: "interrupted; no account was linked"
        case .exchanging:
            "interrupted while Mono had the code: if it was exchanged, the event account_connected records the account"
        case .linked(let account): "interrupted; \(ManualRecording.advice(account, ref))"
        }
    }
}
