import Glibc
package import Reconciliation

/// The report on disk: a folder for each run, `latest`, and an index.
package enum ReportFiles {
    /// Where a report is.
    package struct Written: Equatable, Sendable {
        /// The run's folder.
        package let folder: String
        /// What people have to know of its name, if it is not the usual one.
        package let note: String?
    }

    /// Writes `<directory>/run-<id>/`, moves `<directory>/latest` for a nightly run, and forms the index anew.
    ///
    /// Each file is complete or absent, whoever else writes the same report at the same time, and the same run gives
    /// the same bytes again. A folder of that name that holds another run, of another database or from before a
    /// restore, is left alone. A one-off run leaves `latest` alone.
    /// Missing folders are made. They and the files can be read by owner and group only: a report names customers.
    ///
    /// - Parameters:
    ///   - run: The run; it and its cases must be finished.
    ///   - directory: The report directory.
    ///   - profile: How the list is written.
    ///   - newer: This database's finished nightly runs that began later, newest first: of those that have a folder
    ///     here, `latest` leads to the newest.
    /// - Returns: The run's folder.
    /// - Throws: What could not be written.
    package static func write(
        _ run: RunRecord, to directory: String, profile: CSVProfile, newer: [RunStart] = []
    ) throws(ReportError) -> Written {
        guard run.finishedAt != nil, run.cases.allSatisfy({ $0.outcome != nil }) else {
            throw .unfinished(runID: run.runID)
        }
        guard !directory.isEmpty else { throw .failed(path: "''", reason: "the report directory has no name") }
        var base = directory
        while base.count > 1, base.last == "/" { base.removeLast() }
        try FileSystem.makeDirectories(base)
        let descriptor = try FileSystem.open(base, O_RDONLY | O_DIRECTORY)
        defer { _ = close(descriptor) }
        // Two runs of one number must not take one folder for theirs. Without locks, or with somebody who keeps this
        // one, only that is not sure, and the order of two runs that are reported in the same instant.
        _ = FileSystem.lock(descriptor, attempts: FileSystem.lockAttempts)
        let name = try FolderNames.place(of: RunIdentity(run), in: base)
        let folder = (base == "/" ? "" : base) + "/" + name
        try FileSystem.makeDirectories(folder)
        try FileSystem.replace("accounts.csv", in: folder) { (take) throws(ReportError) in
            try AccountsCSV.write(run, profile: profile, to: take)
        }
        try FileSystem.replace("report.html", in: folder, with: ReportPage.bytes(of: run))
        try FileSystem.replace("summary.json", in: folder, with: SummaryJSON.bytes(of: run))
        if run.kind == .nightly {
            var newest = name
            for night in newer {
                guard let found = FolderNames.folder(of: night, in: base) else { continue }
                newest = found
                break
            }
            try LatestLink.point(to: newest, in: base, descriptor)
        }
        try IndexFile.form(in: base)
        let usual = "run-\(run.runID)"
        let note =
            name == usual
            ? nil
            : "\(usual) in \(base) holds another run of that number, of another database or from before a restore: it "
                + "stays as it is, and this report is in \(name)"
        return Written(folder: folder, note: note)
    }
}
