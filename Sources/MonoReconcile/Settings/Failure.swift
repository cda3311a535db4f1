import Ledger
import Postgres

/// Why the process ends with a code other than 0: the code of the contract, what went wrong, and what to do.
struct Failure: Error, Equatable, Sendable {
    var code: Int32
    /// What went wrong.
    private(set) var problem: String
    /// What mends the problem, where that is known.
    private(set) var remedy: String?
    /// Whether the database denied something: what to do then depends on the command.
    private var lacksRight = false

    init(_ code: ExitStatus, _ problem: String, remedy: String? = nil) {
        self.init(code: Int(code.rawValue), problem, remedy: remedy)
    }

    init(code: Int, _ problem: String, remedy: String? = nil) {
        self.code = Int32(code)
        self.problem = problem
        self.remedy = remedy
    }

    /// Both on one line.
    var message: String { remedy.map { "\(problem); \($0)" } ?? problem }

    /// Adds what happened before the failure.
    mutating func append(_ text: String) {
        problem = "\(message); \(text)"
        remedy = nil
    }

    /// This failure, with the role to ask for if the command lacks a right in the database.
    func naming(_ right: DatabaseRight) -> Self {
        guard lacksRight else { return self }
        return Self(code: Int(code), message, remedy: right.rawValue)
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
            self.init(
                .configuration, "\(error)",
                remedy: error.hint ?? "check DATABASE_URL, for instance postgresql://user@host/database")
        case .rowSecurity:
            self.init(
                .configuration, "\(error)",
                remedy: "for that table of the schema mono, as its owner: alter table … disable row level security, "
                    + "no force row level security; or as an administrator: alter role … bypassrls")
        case .connectionFailed, .connectionLost, .commitUnknown:
            self.init(.unreachable, "\(error)", remedy: "check that PostgreSQL is up and DATABASE_URL is right")
        case .server where error.isConnectionLoss:
            self.init(.unreachable, "\(error)", remedy: "check that PostgreSQL is up and DATABASE_URL is right")
        case .server where error.sqlState == .readOnlyTransaction:
            self.init(
                .unreachable, "\(error)",
                remedy: "this server is read-only: check that DATABASE_URL names the primary, and that "
                    + "default_transaction_read_only is off there")
        case .server where error.mayPass:
            self.init(.tryLater, "\(error)", remedy: "another session is in the way: start it again later")
        case .server where error.sqlState == .insufficientPrivilege:
            self.init(.configuration, "\(error)")
            lacksRight = true
        case .server where error.sqlState == .invalidPassword || error.sqlState == .invalidAuthorization:
            self.init(.unreachable, "\(error)", remedy: "check user and password in DATABASE_URL")
        case .server, .encoding, .decoding, .cancelled, .closed, .protocolViolation:
            self.init(.internalError, "\(error)", remedy: "please report this with the log")
        }
    }

    init(_ error: MigrationError) {
        switch error {
        case .database(let error): self.init(error)
        case .locked: self.init(.tryLater, error.description)
        case .changed, .missing, .unknown, .denied: self.init(.configuration, error.description)
        }
    }
}
