import ArgumentParser
import Foundation
import Ledger
import Postgres
import Reports

/// `mono-reconcile record`.
struct RecordCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "record",
        abstract: "Record webhook payloads from a file or standard input.",
        discussion: """
            The input is one JSON document, or one on each line. What cannot be recorded is named by its line and \
            the rest is kept. Recording an event that has an event_id again does no harm.
            """)

    @Argument(help: ArgumentHelp("The file; - is standard input. (default: -)", valueName: "file"))
    var file: String?

    @Flag(help: "Print no counts.")
    var quiet = false

    @Flag(help: "Print the counts as JSON.")
    var json = false

    func run() async throws {
        let input = try Self.open(file)
        let database = Database(try Connection().database())
        try await Schema.check(database)
        var recording = Recording(
            ledger: Ledger(database: database, worker: Worker(host: Process.hostName, pid: Process.id)))
        var payloads = PayloadReader { () throws(Failure) in try Self.read(input, file) }
        while let payload = try payloads.next() { try await recording.take(payload) }
        try await recording.flush()
        await database.close()
        if !quiet { Terminal.print(json ? recording.counts.json : recording.counts.text) }
        if let complaint = recording.counts.complaint { throw Failure(.badInput, complaint) }
    }

    private static func open(_ file: String?) throws(Failure) -> FileHandle {
        guard let file, file != "-" else { return .standardInput }
        guard let handle = FileHandle(forReadingAtPath: file) else {
            throw Failure(.badInput, "cannot open \(file); nothing was recorded")
        }
        return handle
    }

    private static func read(_ input: FileHandle, _ file: String?) throws(Failure) -> [UInt8] {
        do {
            return Array(try input.read(upToCount: 65_536) ?? Data())
        } catch {
            throw Failure(.badInput, "cannot read \(file ?? "standard input"); what came before may be recorded")
        }
    }
}

/// Payloads on their way into the database: many share a commit.
private struct Recording {
    private static let batchCount = 500
    private static let batchBytes = 4 << 20

    let ledger: Ledger
    var counts = RecordCounts()
    private var batch: [(text: String, line: Int)] = []
    private var batchSize = 0

    init(ledger: Ledger) { self.ledger = ledger }

    mutating func take(_ payload: PayloadReader.Payload) async throws(Failure) {
        switch payload {
        case .bad(let line, let why): counts.refuse(line: line, why)
        case .text(let text, let line):
            batch.append((text, line))
            batchSize += text.utf8.count
            if batch.count >= Self.batchCount || batchSize >= Self.batchBytes { try await flush() }
        }
    }

    mutating func flush() async throws(Failure) {
        guard !batch.isEmpty else { return }
        do throws(PostgresError) {
            try await record(batch)
        } catch {
            var failure = Failure(error)
            failure.message += "; recorded for certain: what comes before line \(batch[0].line)"
            throw failure
        }
        batch = []
        batchSize = 0
    }

    /// Halves what holds a refused payload, until that one is alone.
    private mutating func record(_ payloads: [(text: String, line: Int)]) async throws(PostgresError) {
        do throws(PostgresError) {
            counts.count(try await ledger.record(payloads: payloads.map(\.text)))
        } catch {
            guard error.refusesPayload else { throw error }
            guard payloads.count > 1 else {
                let isMalformed = error.sqlState == .invalidTextRepresentation
                counts.refuse(line: payloads[0].line, isMalformed ? "not JSON" : "JSON that the database cannot keep")
                return
            }
            try await record(Array(payloads.prefix(payloads.count / 2)))
            try await record(Array(payloads.dropFirst(payloads.count / 2)))
        }
    }
}
