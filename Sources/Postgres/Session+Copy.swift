import CLibPQ

extension Session {
    /// Loads rows by `copy … from stdin`, and returns how many were loaded.
    ///
    /// - Parameters:
    ///   - statement: The COPY statement in text format, such as `copy accounts (id, name) from stdin`.
    ///   - rows: Column values in the statement's order; nil is null. They are encoded one by one, not all in memory.
    /// - Returns: The number of rows the server loaded.
    /// - Throws: `encoding` for a NUL character, `server` for what the server refuses; nothing is loaded then.
    @discardableResult
    package func copyIn(
        _ statement: SQL, rows: some Sequence<[String?]>
    ) throws(PostgresError) -> Int {
        let (text, parameters) = statement.rendered()
        guard parameters.isEmpty else {
            throw PostgresError(.encoding, "COPY takes no parameters")
        }
        return try perform { (connection) throws(PostgresError) in
            try connection.send(text, parameters: [])
            try Self.awaitCopyIn(connection)
            do throws(PostgresError) {
                try Self.put(rows, on: connection)
            } catch {
                // The first failure wins; what the server says to the aborted COPY is of no interest.
                try connection.endCopy(failure: "the rows could not be encoded")
                _ = try? Self.drain(connection)
                throw error
            }
            try connection.endCopy()
            return try Self.drain(connection)?.affectedRows ?? 0
        }
    }

    private static let chunkBytes = 65_536

    private static func put(_ rows: some Sequence<[String?]>, on connection: Connection) throws(PostgresError) {
        var chunk: [UInt8] = []
        chunk.reserveCapacity(2 * chunkBytes)
        for row in rows {
            try CopyText.append(row, to: &chunk)
            guard chunk.count >= chunkBytes else { continue }
            try connection.putCopyData(chunk)
            chunk.removeAll(keepingCapacity: true)
        }
        if !chunk.isEmpty { try connection.putCopyData(chunk) }
    }

    private static func awaitCopyIn(_ connection: Connection) throws(PostgresError) {
        guard let result = connection.nextResult() else { throw connection.failure() }
        guard result.status != PGRES_COPY_IN else { return }
        if result.status == PGRES_COPY_OUT { connection.dropCopyOut() }
        let isFailure = result.status == PGRES_FATAL_ERROR
        let error = result.error
        _ = try drain(connection)
        throw isFailure ? error : PostgresError(.protocolViolation, "the statement is not a COPY … FROM STDIN")
    }
}

/// COPY's text format: columns parted by tabs, rows ended by newlines, null as `\N`.
enum CopyText {
    /// Appends one row.
    static func append(_ row: [String?], to bytes: inout [UInt8]) throws(PostgresError) {
        for (index, value) in row.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: "\t")) }
            guard let value else {
                bytes += [UInt8(ascii: "\\"), UInt8(ascii: "N")]
                continue
            }
            for byte in value.utf8 {
                switch byte {
                case 0: throw PostgresError(.encoding, "column \(index) of a COPY row contains a NUL character")
                case UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), UInt8(ascii: "\\")]
                case UInt8(ascii: "\t"): bytes += [UInt8(ascii: "\\"), UInt8(ascii: "t")]
                case UInt8(ascii: "\n"): bytes += [UInt8(ascii: "\\"), UInt8(ascii: "n")]
                case UInt8(ascii: "\r"): bytes += [UInt8(ascii: "\\"), UInt8(ascii: "r")]
                default: bytes.append(byte)
                }
            }
        }
        bytes.append(UInt8(ascii: "\n"))
    }
}
