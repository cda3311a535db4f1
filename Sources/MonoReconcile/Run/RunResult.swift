import Ledger
import Postgres
import Reconciliation
import Reports

/// How a process's run ended, with what is told and written of it.
struct RunResult: Sendable {
    let end: RunEnd
    let report: RunReport

    var record: RunRecord { report.record }
}

/// A run's rows, and where its report was written.
struct RunReport: Sendable {
    var record: RunRecord
    var folder: String?
    /// Where people open the page that was written.
    var url: String?
    /// What people have to know of the folder's name.
    var note: String?
    /// Whether no other process reported the run before.
    var isFirst = false
    var error: ReportError?

    /// Reads a run's rows.
    static func record(of run: OpenRun, _ ledger: RetryingLedger) async throws(Failure) -> RunRecord {
        let record = try await ledger.perform(.patient) { (ledger, _) throws(PostgresError) in
            try await ledger.reader.record(of: run.runID)
        }
        guard var record else { throw Failure(.internalError, "run \(run.runID) is gone from the database") }
        record.zone = Zone.rules(of: record)
        return record
    }

    /// Keeps the summary in the run's row and writes the report's files, where they are wanted.
    static func write(
        _ run: OpenRun, _ ledger: RetryingLedger, _ settings: RunSettings
    ) async throws(Failure) -> RunReport {
        var report = RunReport(record: try await record(of: run, ledger))
        let json = String(decoding: SummaryJSON.bytes(of: report.record), as: UTF8.self)
        report.isFirst = try await ledger.perform(.patient) { (ledger, _) throws(PostgresError) in
            try await ledger.keepSummary(json, of: run.runID)
        }
        guard settings.writesReport else { return report }
        let start = RunStart(runID: report.record.runID, startedAt: report.record.startedAt)
        let newer = try await ledger.perform(.patient) { (ledger, _) throws(PostgresError) in
            try await ledger.reader.nights(after: start)
        }
        do throws(ReportError) {
            let written = try ReportFiles.write(
                report.record, to: settings.reportDirectory, profile: settings.csvProfile, newer: newer)
            (report.folder, report.note) = (written.folder, written.note)
            let name = written.folder.split(separator: "/").last ?? ""
            report.url = settings.reportURL.map { "\($0)/\(name)/report.html" }
        } catch {
            report.error = error
        }
        return report
    }
}
