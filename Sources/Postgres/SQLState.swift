/// A five-character SQLSTATE as the server reports it.
///
/// Codes are data: the constants here are the ones this project decides by, any other code is kept as it came.
package struct SQLState: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The five characters.
    package let rawValue: String

    /// Keeps the code as it is.
    package init(rawValue: String) {
        self.rawValue = rawValue
    }

    package var description: String { rawValue }

    /// The class of the code: its first two characters.
    package var classCode: String { String(rawValue.prefix(2)) }
}

extension SQLState {
    /// The server takes no writes: most likely a standby.
    package static let readOnlyTransaction = Self(rawValue: "25006")
    /// An earlier statement of the transaction failed.
    package static let failedTransaction = Self(rawValue: "25P02")
    /// The server knows no such user, or does not let it in from here.
    package static let invalidAuthorization = Self(rawValue: "28000")
    /// The password is wrong.
    package static let invalidPassword = Self(rawValue: "28P01")
    /// A serializable transaction lost against another.
    package static let serializationFailure = Self(rawValue: "40001")
    /// No connection is free, on the server or for the role.
    package static let tooManyConnections = Self(rawValue: "53300")
    /// The server broke a deadlock by this transaction.
    package static let deadlockDetected = Self(rawValue: "40P01")
    /// The role lacks a grant.
    package static let insufficientPrivilege = Self(rawValue: "42501")
    /// The table named does not exist.
    package static let undefinedTable = Self(rawValue: "42P01")
    /// `lock_timeout` passed, or `nowait` found the lock taken.
    package static let lockNotAvailable = Self(rawValue: "55P03")
    /// The statement was cancelled, or `statement_timeout` passed.
    package static let queryCanceled = Self(rawValue: "57014")
    /// The backend was terminated, or the server is shutting down.
    package static let adminShutdown = Self(rawValue: "57P01")
    /// Another backend crashed and the server restarts.
    package static let crashShutdown = Self(rawValue: "57P02")
    /// The server is starting up, shutting down or in recovery.
    package static let cannotConnectNow = Self(rawValue: "57P03")
}
