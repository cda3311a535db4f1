import Ledger
import Postgres

/// Why the process ends with a code other than 0: the code of the contract, and one line that says what to do.
struct Failure: Error, Equatable, Sendable {
    var code: Int32
    var message: String
    /// Whether the database denied a right; the command decides which role to ask for.
    private var lacksRight = false

    init(_ code: ExitStatus, _ message: String) {
        self.code = code.rawValue
        self.message = message
    }

    init(code: Int, _ message: String) {
        self.code = Int32(code)
        self.message = message
    }

    /// This failure, with the role to ask for if the command lacks a right in the database.
    func naming(_ right: DatabaseRight) -> Self {
        guard lacksRight else { return self }
        return Self(code: Int(code), "\(message); \(right.rawValue)")
    }

    /// The exit codes, each with one meaning.
    enum ExitStatus: Int32, Sendable {
        case unsettled = 1
        case usage = 64
        case badInput = 65
        case unreachable = 69
        case internalError = 70
        case reportNotWritten = 73
        case tryLater = 75
        case keyRefused = 77
        case configuration = 78
    }
}

/// The advice for a command that lacks a right in the database.
enum DatabaseRight: String {
    case reconciler = "grant this user the role mono_reconciler"
    case webhook = "grant this user the role mono_webhook"
    case support = "grant this user the role mono_support"
    case owner = "run it as the owner of the schema mono, or as a user that may create it"
}

extension Failure {
    /// What a database error means for the process.
    init(_ error: PostgresError) {
        switch error.kind {
        case .configuration:
            self.init(.configuration, "\(error); check DATABASE_URL, for instance postgresql://user@host/database")
        case .connectionFailed, .connectionLost, .commitUnknown:
            self.init(.unreachable, "\(error); check that PostgreSQL is up and DATABASE_URL is right")
        case .server where error.isConnectionLoss:
            self.init(.unreachable, "\(error); check that PostgreSQL is up and DATABASE_URL is right")
        case .server where error.sqlState == .readOnlyTransaction:
            self.init(.unreachable, "\(error); this server is read-only: check that DATABASE_URL names the primary")
        case .server where error.sqlState == .insufficientPrivilege:
            self.init(.configuration, "\(error)")
            lacksRight = true
        case .server where error.sqlState == .invalidPassword || error.sqlState == .invalidAuthorization:
            self.init(.unreachable, "\(error); check user and password in DATABASE_URL")
        case .server, .encoding, .decoding, .cancelled, .closed, .protocolViolation:
            self.init(.internalError, "\(error); please report this with the log")
        }
    }

    init(_ error: MigrationError) {
        switch error {
        case .database(let error): self.init(error)
        case .locked: self.init(.tryLater, error.description)
        case .changed, .missing, .unknown: self.init(.configuration, error.description)
        }
    }
}
