import CLibPQ

/// Receives the server's notices; without it libpq would print them to standard error.
package typealias NoticeHandler = @Sendable (String) -> Void

/// One open connection of libpq, closed with its owner.
@safe
final class Connection {
    let control: ConnectionControl
    /// How long the server may take to answer a statement before the connection is broken.
    private(set) var answerLimit: Duration
    private let pointer: OpaquePointer
    private let notices = NoticeBox()
    private var isAbandoned = false

    /// Takes over what libpq connected.
    init(adopting pointer: OpaquePointer, answerLimit: Duration) {
        unsafe self.pointer = unsafe pointer
        self.answerLimit = answerLimit
        control = unsafe ConnectionControl(pointer)
        unsafe PQsetNoticeReceiver(
            pointer,
            { context, result in
                guard let context = unsafe context, let result = unsafe result else { return }
                unsafe Unmanaged<NoticeBox>.fromOpaque(context).takeUnretainedValue().receive(result)
            }, Unmanaged.passUnretained(notices).toOpaque())
    }

    deinit {
        unsafe PQfinish(pointer)
    }

    /// Connects and tells the server the session's settings; blocks.
    static func open(
        _ configuration: PostgresConfiguration, notices: NoticeHandler?, interruption: Interruption
    ) throws(PostgresError) -> Connection {
        let limit = interruption.cut(configuration.connectDeadline)
        let attempt = ConnectAttempt(configuration, limit: limit)
        try interruption.begin(attempt)
        let connection: Connection
        do throws(PostgresError) {
            // The settings below are a part of connecting.
            connection = try attempt.wait(limit: limit)
        } catch {
            _ = interruption.end()
            throw error
        }
        _ = interruption.end()
        connection.notices.handler = notices
        if let encoding = connection.serverEncoding, encoding != "UTF8" { throw Self.cannotHold(encoding) }
        let settings = configuration.sessionSettings
        do throws(PostgresError) {
            _ = try Session(connection: connection, interruption: interruption).first(settings) { _ in true }
        } catch {
            throw error.sqlState == .insufficientPrivilege ? triggersOff : error
        }
        connection.answerLimit = configuration.answerLimit
        return connection
    }

    /// The only setting of a session that takes a right is the one that is no default anywhere but on a replica.
    private static var triggersOff: PostgresError {
        PostgresError(
            .configuration,
            "session_replication_role is not origin in this user's sessions, so that triggers do not fire, and the user "
                + "may not change it",
            hint: "let an administrator take it back: alter role … reset session_replication_role, or alter database …")
    }

    /// The encoding in which the database keeps texts; it cannot be changed.
    private var serverEncoding: String? {
        unsafe PQparameterStatus(pointer, "server_encoding").map { unsafe String(cString: $0) }
    }

    private static func cannotHold(_ encoding: String) -> PostgresError {
        PostgresError(
            .configuration, "the database's encoding is \(encoding), in which not every name can be kept",
            hint: "make a database with: create database … encoding 'UTF8' template template0, and move the data there "
                + "with pg_dump")
    }

    /// Whether the connection is lost or given up, so that it must not be used again.
    var isBroken: Bool { unsafe isAbandoned || control.isLate || PQstatus(pointer) == CONNECTION_BAD }

    /// Gives the connection up.
    func abandon() {
        isAbandoned = true
        control.sever()
    }

    /// Whether no transaction is open.
    var isIdle: Bool { unsafe PQtransactionStatus(pointer) == PQTRANS_IDLE }

    var backendPID: Int { unsafe Int(PQbackendPID(pointer)) }

    var peer: Peer {
        unsafe Peer(
            host: PQhost(pointer).map { unsafe String(cString: $0) } ?? "",
            address: PQhostaddr(pointer).map { unsafe String(cString: $0) } ?? "",
            isEncrypted: PQsslInUse(pointer) == 1)
    }

    /// Sends one statement with its parameters.
    func send(_ text: String, parameters: [String?]) throws(PostgresError) {
        for (index, parameter) in parameters.enumerated() where parameter?.utf8.contains(0) == true {
            throw PostgresError(.encoding, "parameter \(index + 1) contains a NUL character")
        }
        try refuseNUL(text)
        let isSent = unsafe withCStrings(parameters) { values in
            unsafe PQsendQueryParams(pointer, text, Int32(values.count), nil, values.baseAddress, nil, nil, 0)
        }
        guard isSent == 1 else { throw failure() }
    }

    /// Sends text with any number of statements and no parameters.
    func sendScript(_ text: String) throws(PostgresError) {
        try refuseNUL(text)
        guard unsafe PQsendQuery(pointer, text) == 1 else { throw failure() }
    }

    /// Blocks for the next result; nil when the statement is done.
    func nextResult() -> QueryResult? {
        guard let result = unsafe PQgetResult(pointer) else { return nil }
        return unsafe QueryResult(adopting: result)
    }

    /// Ends COPY data; with a reason the server gives up the whole statement.
    func endCopy(failure reason: String? = nil) throws(PostgresError) {
        guard unsafe PQputCopyEnd(pointer, reason) == 1 else { throw failure() }
    }

    /// Reads and drops what a COPY TO STDOUT sends.
    func dropCopyOut() {
        var buffer: UnsafeMutablePointer<CChar>?
        while unsafe PQgetCopyData(pointer, &buffer, 0) > 0 {
            if let filled = unsafe buffer { unsafe PQfreemem(filled) }
            unsafe buffer = nil
        }
    }

    /// Reads what has arrived without blocking; false when the connection is lost.
    func consumeInput() -> Bool { unsafe PQconsumeInput(pointer) == 1 }

    /// Whether all that a statement sent without waiting has to say has arrived; that is dropped.
    var isAnswered: Bool {
        while unsafe PQisBusy(pointer) == 0 {
            guard nextResult() != nil else {
                control.endAnswer()
                return true
            }
        }
        return false
    }

    /// The next notification that has arrived.
    func nextNotification() -> Notification? {
        guard let notification = unsafe PQnotifies(pointer) else { return nil }
        defer { unsafe PQfreemem(notification) }
        return unsafe Notification(
            channel: String(cString: notification.pointee.relname),
            payload: String(cString: notification.pointee.extra), sender: Int(notification.pointee.be_pid))
    }

    /// libpq's own message as an error.
    func failure() -> PostgresError {
        unsafe PostgresError(
            isBroken ? .connectionLost : .protocolViolation, String(cString: PQerrorMessage(pointer)))
    }

    private func refuseNUL(_ text: String) throws(PostgresError) {
        guard !text.utf8.contains(0) else {
            throw PostgresError(.encoding, "the statement contains a NUL character")
        }
    }
}

/// Where libpq finds the handler; lives as long as the connection.
private final class NoticeBox {
    var handler: NoticeHandler?

    func receive(_ result: OpaquePointer) {
        guard let handler else { return }
        // libpq keeps the result: the text is taken out and nothing is freed.
        unsafe handler(QueryResult.noticeText(of: result))
    }
}
