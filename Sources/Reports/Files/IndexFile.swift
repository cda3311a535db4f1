import Glibc

/// `<report-dir>/index.html`, formed anew from what is in the directory.
package enum IndexFile {
    static let name = "index.html"
    /// Runs that are listed, the newest ones.
    static let mostRuns = 400
    /// No summary of ours is larger.
    static let mostSummaryBytes = 4 << 20

    /// Writes the index of all runs whose folders are in a report directory.
    ///
    /// The directory is locked meanwhile, so that of two writers the later one has seen what the earlier one wrote.
    /// What is not a readable `summary.json` of ours is left out, and the page says so.
    package static func refresh(in directory: String) throws(ReportError) {
        let descriptor = try FileSystem.open(directory, O_RDONLY | O_DIRECTORY)
        defer { _ = close(descriptor) }
        // A file system without locks loses only the order of two runs that are reported in the same instant.
        _ = FileSystem.lock(descriptor, attempts: FileSystem.lockAttempts)
        let page = IndexPage.markup(of: try contents(of: directory))
        try FileSystem.replace(name, in: directory, with: page.bytes)
    }

    /// What an index is formed from.
    struct Contents: Equatable {
        /// Newest first.
        var runs: [RunSummary] = []
        /// The file of a run's folder that a reader wants first; nil if neither page nor table is left.
        var entrances: [Int64: String] = [:]
        /// Folders that were left out, with the reason.
        var skipped: [Skipped] = []
        /// Runs older than those listed.
        var older = 0
    }

    struct Skipped: Equatable {
        let folder: String
        let reason: String
    }

    static func contents(of directory: String) throws(ReportError) -> Contents {
        let ids = (try FileSystem.names(in: directory) ?? []).compactMap(ReportFolders.runID).sorted(by: >)
        var contents = Contents()
        contents.older = max(0, ids.count - mostRuns)
        for id in ids.prefix(mostRuns) {
            let folder = "run-\(id)"
            guard !FileSystem.isLink("\(directory)/\(folder)") else {
                contents.skipped.append(Skipped(folder: folder, reason: "it is a symbolic link"))
                continue
            }
            switch FileSystem.read("\(directory)/\(folder)/summary.json", mostBytes: mostSummaryBytes) {
            case .missing: contents.skipped.append(Skipped(folder: folder, reason: "it has no summary.json"))
            case .unreadable:
                contents.skipped.append(Skipped(folder: folder, reason: "its summary.json cannot be read"))
            case .bytes(let bytes):
                guard let summary = RunSummary(bytes), summary.runID == id else {
                    contents.skipped.append(Skipped(folder: folder, reason: "its summary.json is not that run's"))
                    continue
                }
                contents.runs.append(summary)
                contents.entrances[id] = ["report.html", "accounts.csv"].first { file in
                    access("\(directory)/\(folder)/\(file)", F_OK) == 0
                }
            }
        }
        return contents
    }
}
