/// What went wrong between this process and PostgreSQL.
///
/// `description` may be logged: it holds neither parameters nor passwords. `debugDescription` adds what the server
/// said in detail, which can quote rows.
package struct PostgresError: Error, Equatable, Sendable {
    /// The nature of the failure, which decides what the caller can do.
    package enum Kind: String, Equatable, Sendable {
        /// The connection string or an override cannot be used.
        case configuration
        /// No connection could be made.
        case connectionFailed
        /// The connection broke; the next `run` makes a new one. The statement's effect is unknown.
        case connectionLost
        /// The connection broke while the commit was under way: it may or may not have happened.
        case commitUnknown
        /// The server refused the statement; `sqlState` says why.
        case server
        /// A row security policy would have hidden rows from the statement, so the server refused it.
        case rowSecurity
        /// A parameter cannot be sent as PostgreSQL text.
        case encoding
        /// A column does not hold what was asked for.
        case decoding
        /// The task was cancelled.
        case cancelled
        /// The database was closed by its owner.
        case closed
        /// An answer that does not fit what was asked.
        case protocolViolation
    }

    /// The nature of the failure.
    package let kind: Kind
    /// The server's code, when the server spoke.
    package let sqlState: SQLState?
    /// What happened, trimmed, lines joined by "; ".
    package let message: String
    /// The server's DETAIL, which can quote rows.
    package let detail: String?
    /// The server's HINT; for `configuration` what to do.
    package let hint: String?
    /// The constraint that refused the row.
    package let constraint: String?
    /// Whether the server names a context, as it does inside a function: a trigger's, for instance.
    package let isInFunction: Bool

    /// Builds an error; the message is trimmed and bounded.
    package init(
        _ kind: Kind, _ message: String, sqlState: SQLState? = nil, detail: String? = nil, hint: String? = nil,
        constraint: String? = nil, isInFunction: Bool = false
    ) {
        self.kind = kind
        self.message = Self.oneLine(message)
        self.sqlState = sqlState
        self.detail = detail
        self.hint = hint
        self.constraint = constraint
        self.isInFunction = isInFunction
    }

    /// Whether the connection is gone or was never there, so that trying again later makes sense.
    ///
    /// `commitUnknown` is not among them: what was committed must be read before anything is repeated.
    package var isConnectionLoss: Bool {
        if kind == .connectionFailed || kind == .connectionLost { return true }
        return kind == .server && sqlState?.endsConnection == true
    }

    /// The same failure under another name.
    func renamed(_ kind: Kind) -> Self {
        Self(
            kind, message, sqlState: sqlState, detail: detail, hint: hint, constraint: constraint,
            isInFunction: isInFunction)
    }

    private static let messageLimitBytes = 2_000

    private static func oneLine(_ text: String) -> String {
        let lines = text.split(whereSeparator: \.isNewline).lazy
            .map { String($0.drop(while: \.isWhitespace)) }
            .filter { !$0.isEmpty }
        let joined = lines.joined(separator: "; ")
        guard joined.utf8.count > messageLimitBytes else { return joined }
        return String(decoding: joined.utf8.prefix(messageLimitBytes), as: UTF8.self) + "…"
    }
}

extension PostgresError {
    /// Whether the very same statement may succeed a moment later: it lost against another session, waited too long for
    /// a lock, or was cancelled.
    package var mayPass: Bool {
        guard kind == .server, let sqlState else { return false }
        return sqlState == .serializationFailure || sqlState == .deadlockDetected || isOfLongWait
    }

    /// Whether the statement was given up because it took too long, or waited too long for a lock.
    package var isOfLongWait: Bool {
        kind == .server && (sqlState == .lockNotAvailable || sqlState == .queryCanceled)
    }

    /// Whether the server may have refused the statement because of one row of many: a value that does not fit, a
    /// constraint, a trigger, or a mistake inside a trigger's function.
    package var mayBeOfOneRow: Bool {
        guard kind == .server, !isConnectionLoss, let sqlState else { return false }
        return !isOfWholeDatabase || (isInFunction && ["0A", "42"].contains(sqlState.classCode))
    }

    /// Whether the server would refuse every such statement, by what its code says.
    package var isOfWholeDatabase: Bool { sqlState.map { Self.wholeDatabase.contains($0.classCode) } ?? false }

    /// What the server said, without values, and its code.
    package var words: String { sqlState.map { "\(loggableMessage) (SQLSTATE \($0))" } ?? loggableMessage }

    /// Features, transaction state, statement names, authorization, database, schema, rollback, rights and names,
    /// resources, state of objects, operator, system, configuration, internal errors.
    private static let wholeDatabase: Set = [
        "0A", "25", "26", "28", "3D", "3F", "40", "42", "53", "55", "57", "58", "F0", "XX",
    ]
}

extension SQLState {
    /// Whether the server ends the connection with this code.
    var endsConnection: Bool {
        classCode == "08" || self == .adminShutdown || self == .crashShutdown || self == .cannotConnectNow
    }
}

extension PostgresError: CustomStringConvertible, CustomDebugStringConvertible {
    package var description: String {
        let code = sqlState.map { " (SQLSTATE \($0))" } ?? ""
        return "\(kind.title): \(loggableMessage)\(code)"
    }

    package var debugDescription: String {
        var text = "\(kind.title): \(message)"
        if let sqlState { text += " (SQLSTATE \(sqlState))" }
        if let detail { text += "; detail: \(detail)" }
        if let hint { text += "; hint: \(hint)" }
        if let constraint { text += "; constraint: \(constraint)" }
        return text
    }

    /// The message without quoted values: data exceptions (class 22) repeat the parameter they dislike.
    private var loggableMessage: String {
        guard sqlState?.classCode == "22", let first = message.firstIndex(of: "\""),
            let last = message.lastIndex(of: "\"")
        else { return message }
        return message[..<first] + "\"…\"" + message[message.index(after: last)...]
    }
}

extension PostgresError.Kind {
    fileprivate var title: String {
        switch self {
        case .configuration: "database configuration"
        case .connectionFailed: "cannot connect to the database"
        case .connectionLost: "the connection to the database was lost"
        case .commitUnknown: "the connection was lost during the commit, its outcome is unknown"
        case .server: "the database refused the statement"
        case .rowSecurity: "a row security policy would hide rows"
        case .encoding: "a value cannot be sent to the database"
        case .decoding: "an unexpected value from the database"
        case .cancelled: "the database work was cancelled"
        case .closed: "the database connection is closed"
        case .protocolViolation: "an unexpected answer from the database"
        }
    }
}
