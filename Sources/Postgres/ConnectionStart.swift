import CLibPQ
import Glibc

/// One attempt of libpq's to connect, to one address, with a deadline of ours.
enum ConnectionStart {
    /// How an attempt ends.
    enum Ending {
        case connected(PendingConnection)
        /// No answer by the deadline.
        case late
        /// No connection; with the server's code, the server has answered.
        case refused(PostgresError)
    }

    /// A connection between the thread that made it and the one that will use it.
    @safe
    struct PendingConnection: @unchecked Sendable {
        // Only one thread has it at any time: the mutex of the attempt hands it over.
        let pointer: OpaquePointer
    }

    /// Connects by the deadline; blocks.
    static func run(_ parameters: [String: String], deadline: ContinuousClock.Instant) -> Ending {
        let connection = unsafe begin(parameters)
        // The only way to libpq's knowledge of the server's code.
        unsafe PQsetErrorVerbosity(connection, PQERRORS_VERBOSE)
        var wanted = PGRES_POLLING_WRITING
        while unsafe PQstatus(connection) != CONNECTION_BAD {
            guard unsafe wait(PQsocket(connection), wanted, deadline) else {
                unsafe PQfinish(connection)
                return .late
            }
            wanted = unsafe PQconnectPoll(connection)
            if wanted == PGRES_POLLING_OK {
                unsafe PQsetErrorVerbosity(connection, PQERRORS_DEFAULT)
                return .connected(unsafe PendingConnection(pointer: connection))
            }
            if wanted == PGRES_POLLING_FAILED { break }
        }
        let message = unsafe String(cString: PQerrorMessage(connection))
        unsafe PQfinish(connection)
        return .refused(refusal(message))
    }

    /// Has libpq read the settings and begin to connect.
    static func begin(_ parameters: [String: String]) -> OpaquePointer {
        let pairs = Array(parameters)
        let connection = unsafe withCStrings(pairs.map(\.key) + [nil]) { keywords in
            unsafe withCStrings(pairs.map(\.value) + [nil]) { values in
                unsafe PQconnectStartParams(keywords.baseAddress, values.baseAddress, 0)
            }
        }
        guard let connection = unsafe connection else { preconditionFailure("out of memory in libpq") }
        // What a server says to everybody that connects, of its collation's version for instance, would be printed to
        // standard error, and a healthy night would be mailed.
        unsafe PQsetNoticeReceiver(connection, { _, _ in }, nil)
        return unsafe connection
    }

    /// Whether the socket became ready before the deadline.
    private static func wait(
        _ socket: Int32, _ wanted: PostgresPollingStatusType, _ deadline: ContinuousClock.Instant
    ) -> Bool {
        var request = pollfd(
            fd: socket, events: Int16(wanted == PGRES_POLLING_READING ? POLLIN : POLLOUT), revents: 0)
        while true {
            let (seconds, attoseconds) = max(.zero, deadline - .now).components
            // Rounded up, or the last millisecond would be spent asking.
            let milliseconds = min(seconds, 86_400) * 1_000 + attoseconds / 1_000_000_000_000_000 + 1
            let ready = unsafe poll(&request, 1, Int32(milliseconds))
            if ready > 0 { return true }
            guard ready < 0, errno == EINTR else { return false }
        }
    }

    /// libpq's verbose message without what makes it verbose; the code tells that the server spoke.
    static func refusal(_ message: String) -> PostgresError {
        var code: SQLState?
        let lines = message.split(whereSeparator: \.isNewline).filter { !$0.hasPrefix("LOCATION:") }.map { line in
            // FATAL:  28P01: password authentication failed
            guard let match = line.firstMatch(of: #/:  ([0-9A-Z]{5}): /#) else { return String(line) }
            code = code ?? SQLState(rawValue: String(match.output.1))
            return String(line[..<match.range.lowerBound]) + ":  " + line[match.range.upperBound...]
        }
        return PostgresError(.connectionFailed, lines.joined(separator: "\n"), sqlState: code)
    }
}
