import CLibPQ

/// One result of libpq, freed with its owner.
@safe
struct QueryResult: ~Copyable {
    private let pointer: OpaquePointer
    private let columns: ColumnNames

    init(adopting pointer: OpaquePointer) {
        unsafe self.pointer = unsafe pointer
        columns = unsafe ColumnNames(of: pointer)
    }

    deinit {
        unsafe PQclear(pointer)
    }

    var status: ExecStatusType { unsafe PQresultStatus(pointer) }

    var rowCount: Int { unsafe Int(PQntuples(pointer)) }

    /// How many rows a statement changed or returned; 0 for statements that do neither.
    var affectedRows: Int { unsafe Int(String(cString: PQcmdTuples(pointer))) ?? 0 }

    /// The command's tag, such as "COMMIT".
    var commandTag: String { unsafe String(cString: PQcmdStatus(pointer)) }

    /// The failure this result reports.
    var error: PostgresError {
        func field(_ code: Unicode.Scalar) -> String? { unsafe Self.field(code, of: pointer) }
        let message = unsafe field("M") ?? String(cString: PQresultErrorMessage(pointer))
        // The server says it in its own language, with the code of a missing grant.
        let isRowSecurity = field("R") == "check_enable_rls"
        return PostgresError(
            isRowSecurity ? .rowSecurity : .server, message,
            sqlState: field("C").map(SQLState.init(rawValue:)), detail: field("D"), hint: field("H"),
            constraint: field("n"), isInFunction: field("W") != nil)
    }

    func withRow<Value>(
        _ index: Int, _ body: (borrowing Row) throws(PostgresError) -> Value
    ) throws(PostgresError) -> Value {
        try body(unsafe Row(result: pointer, columns: columns, index: Int32(index)))
    }

    /// Severity and message of a notice that libpq lends for the time of a call.
    static func noticeText(of notice: OpaquePointer) -> String {
        let message = PostgresError(.server, unsafe field("M", of: notice) ?? "").message
        return unsafe "\(field("S", of: notice) ?? "NOTICE"): \(message)"
    }

    /// A field of the server's message by its one-letter code.
    private static func field(_ code: Unicode.Scalar, of result: OpaquePointer) -> String? {
        guard let text = unsafe PQresultErrorField(result, Int32(code.value)) else { return nil }
        return unsafe String(cString: text)
    }
}
