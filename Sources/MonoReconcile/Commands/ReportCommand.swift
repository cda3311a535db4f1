import ArgumentParser
import Ledger
import Postgres
import Reconciliation
import Reports

/// `mono-reconcile report`.
struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Write the report of a finished run again, from the database.")

    @Option(
        name: .customLong("run"),
        help: ArgumentHelp("The run's number. (default: the newest finished nightly run)", valueName: "number"))
    var runID: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Where the report's folders go. (default: ./reports)", valueName: "folder"))
    var reportDir: String?

    @Option(parsing: .unconditional, help: ArgumentHelp("excel or plain. (default: excel)", valueName: "profile"))
    var csvProfile: String?

    @Flag(help: "Print the run's summary as JSON instead of the folder.")
    var json = false

    func run() async throws {
        let environment = Environment.current
        let reader = Reader(environment: environment)
        let directory =
            try reader.path(reader.setting("report-dir", reportDir), "a directory", example: "./reports")
            ?? "./reports"
        let profile: CSVProfile = try reader.choice("csv-profile", csvProfile) ?? .excel
        let number = try Setting(option: runID, name: "run", environment: [:])
            .read("a run's number", example: "12", Values.count)
        for warning in RunSettings.warnings(of: environment) { Terminal.complain(warning) }
        let found = try await ConnectionSettings().withReader { (reader) async throws(Failure) in
            try await Failure.mapping { () throws(PostgresError) -> (run: RunRecord, newer: [RunStart])? in
                let newest = number == nil ? try await reader.newestFinishedNightly() : nil
                guard let id = number.map(Int64.init) ?? newest, let run = try await reader.record(of: id) else {
                    return nil
                }
                return (run, try await reader.nights(after: RunStart(runID: id, startedAt: run.startedAt)))
            }
        }
        guard let (run, newer) = found else {
            throw Failure(
                .badInput,
                number.map { "--run: there is no run \($0); without --run the newest nightly run is reported" }
                    ?? "no nightly run is finished yet: mono-reconcile run makes one")
        }
        var record = run
        record.zone = Zone.rules(of: record)
        guard record.finishedAt != nil else {
            throw Failure(.tryLater, "run \(record.runID) is not finished yet", remedy: "try again when it is")
        }
        do throws(ReportError) {
            let written = try ReportFiles.write(record, to: directory, profile: profile, newer: newer)
            if let note = written.note { Terminal.complain(note) }
            Terminal.print(json ? String(decoding: SummaryJSON.bytes(of: record), as: UTF8.self) : written.folder)
        } catch {
            throw Failure(
                .reportNotWritten, "\(error); run \(record.runID) is kept: mend that, or name another --report-dir")
        }
    }
}
