package import Reconciliation

/// The report on disk: a folder for each run, `latest`, and an index.
package enum ReportFiles {
    /// Writes `<directory>/run-<id>/`, moves `<directory>/latest` for a nightly run, and forms the index anew.
    ///
    /// Returns the run's folder.
    /// Each file is complete or absent, whoever else writes the same report at the same time, and the same run gives
    /// the same bytes again. `latest` never goes back to an older run, and a one-off run leaves it alone.
    /// Missing folders are made. They and the files can be read by owner and group only: a report names customers.
    package static func write(
        _ run: RunRecord, to directory: String, profile: CSVProfile
    ) throws(ReportError) -> String {
        guard run.finishedAt != nil, run.cases.allSatisfy({ $0.outcome != nil }) else {
            throw .unfinished(runID: run.runID)
        }
        guard !directory.isEmpty else { throw .failed(path: "''", reason: "the report directory has no name") }
        var base = directory
        while base.count > 1, base.last == "/" { base.removeLast() }
        let folder = (base == "/" ? "" : base) + "/run-\(run.runID)"
        try FileSystem.makeDirectories(folder)
        // We never make one: whoever planted it would choose where the customers' names go, and what is overwritten.
        guard !FileSystem.isLink(folder) else {
            throw .failed(path: folder, reason: "it is a symbolic link and none of ours; take it away")
        }
        try FileSystem.replace("accounts.csv", in: folder) { (take) throws(ReportError) in
            try AccountsCSV.write(run, profile: profile, to: take)
        }
        try FileSystem.replace("report.html", in: folder, with: ReportPage.bytes(of: run))
        try FileSystem.replace("summary.json", in: folder, with: SummaryJSON.bytes(of: run))
        if run.kind == .nightly { try LatestLink.advance(toRun: run.runID, in: base) }
        try IndexFile.refresh(in: base)
        return folder
    }
}
