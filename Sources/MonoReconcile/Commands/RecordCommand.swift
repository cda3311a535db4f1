import ArgumentParser
import Ledger
import Postgres
import Reports
import Webhooks

/// `mono-reconcile record`.
struct RecordCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "record",
        abstract: "Record webhook payloads from a file or standard input.",
        discussion: """
            The input is any number of JSON objects, each on one line or on several, one after the other or in \
            arrays. What cannot be recorded is named by number and line, and the rest is kept. Recording an event that \
            has an event_id again does no harm.
            """)

    @Argument(help: ArgumentHelp("The file; - is standard input. (default: -)", valueName: "file"))
    var file: String?

    @Flag(help: "Print no counts.")
    var quiet = false

    @Flag(help: "Print the counts as JSON.")
    var json = false

    func run() async throws {
        let input = try Self.open(file)
        let file = file
        let counts = try await ConnectionSettings().withAdmin { (admin) async throws(Failure) in
            var recording = Recording(admin: admin)
            var payloads = PayloadReader { () throws(Failure) in try Self.read(input, file) }
            while let payload = try payloads.next() { try await recording.take(payload) }
            try await recording.flush()
            return recording.counts
        }
        if !quiet { Terminal.print(json ? counts.json : counts.text) }
        if let complaint = counts.complaint { throw Failure(.badInput, complaint) }
    }

    private static func open(_ file: String?) throws(Failure) -> InputFile {
        guard let file, file != "-" else { return .standard }
        guard let input = InputFile(path: file) else {
            throw Failure(.badInput, "cannot open \(file); nothing was recorded", remedy: "check the path")
        }
        return input
    }

    private static func read(_ input: InputFile, _ file: String?) throws(Failure) -> [UInt8] {
        guard let bytes = input.read(upTo: 65_536) else {
            throw Failure(.badInput, "cannot read \(file ?? "standard input"); what came before may be recorded")
        }
        return bytes
    }
}

/// Payloads on their way into the database: many share a commit.
private struct Recording {
    private static let batchCount = 500
    private static let batchBytes = 1 << 20

    let admin: LedgerAdmin
    var counts = RecordCounts()
    private var batch: [(text: String, place: PayloadReader.Place)] = []
    private var batchSize = 0

    init(admin: LedgerAdmin) { self.admin = admin }

    mutating func take(_ payload: PayloadReader.Payload) async throws(Failure) {
        switch payload {
        case .bad(let place, let why): counts.refuse(place, why)
        case .event(let text, let place):
            batch.append((text, place))
            batchSize += text.utf8.count
            if batch.count >= Self.batchCount || batchSize >= Self.batchBytes { try await flush() }
        }
    }

    mutating func flush() async throws(Failure) {
        guard !batch.isEmpty else { return }
        let results = await recordByHalves(batch.map(\.text), isRefusal: \.concernsPayload) {
            (payloads) throws(PostgresError) in try await admin.record(payloads: payloads)
        }
        for (result, place) in zip(results, batch.map(\.place)) {
            switch result {
            case .success(let effect): counts.count(effect, at: place)
            case .failure(let error) where error.concernsPayload: counts.refuse(place, "\(error)")
            case .failure(let error):
                var failure = Failure(error)
                failure.append("recorded for certain, or refused: what comes before line \(place.line)")
                throw failure
            }
        }
        batch = []
        batchSize = 0
    }
}
