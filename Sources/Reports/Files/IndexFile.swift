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
        try form(in: directory)
    }

    /// The same for whoever has locked the directory.
    static func form(in directory: String) throws(ReportError) {
        let page = IndexPage.markup(of: try contents(of: directory))
        try FileSystem.replace(name, in: directory, with: page.bytes)
    }

    /// What an index is formed from.
    struct Contents: Equatable {
        /// Newest first.
        var runs: [RunSummary] = []
        /// The file of a run's folder that a reader wants first; nothing if neither page nor table is left.
        var entrances: [String: String] = [:]
        /// Folders that were left out, with the reason.
        var skipped: [Skipped] = []
        /// Runs older than those listed.
        var older = 0
    }

    struct Skipped: Equatable {
        let folder: String
        let reason: String
    }

    /// Why a folder has no summary.
    enum NoSummary: Error {
        case missing
        case unreadable
        /// It is none of ours.
        case foreign
    }

    /// The summary in a run's folder.
    static func summary(in folder: String) -> Result<RunSummary, NoSummary> {
        switch FileSystem.read("\(folder)/summary.json", mostBytes: mostSummaryBytes) {
        case .missing: .failure(.missing)
        case .unreadable: .failure(.unreadable)
        case .bytes(let bytes): RunSummary(bytes).map { .success($0) } ?? .failure(.foreign)
        }
    }

    static func contents(of directory: String) throws(ReportError) -> Contents {
        let folders = (try FileSystem.names(in: directory) ?? [])
            .compactMap { name in FolderNames.runID(name).map { (id: $0, name: name) } }
            .sorted { ($0.id, $0.name) > ($1.id, $1.name) }
        var contents = Contents()
        for (id, folder) in folders {
            if let reason = read(folder, of: id, in: directory, into: &contents) {
                contents.skipped.append(Skipped(folder: folder, reason: reason))
            }
        }
        contents.runs.sort { ($0.startedAt, $0.runID, $0.folder) > ($1.startedAt, $1.runID, $1.folder) }
        contents.older = max(0, contents.runs.count - mostRuns)
        contents.runs.removeLast(contents.older)
        mark(&contents.runs)
        for run in contents.runs {
            contents.entrances[run.folder] = ["report.html", "accounts.csv"].first { file in
                access("\(directory)/\(run.folder)/\(file)", F_OK) == 0
            }
        }
        return contents
    }

    /// Adds a folder's run; returns why it is left out.
    private static func read(
        _ folder: String, of id: Int64, in directory: String, into contents: inout Contents
    ) -> String? {
        guard !FileSystem.isLink("\(directory)/\(folder)") else { return "it is a symbolic link" }
        switch summary(in: "\(directory)/\(folder)") {
        case .failure(.missing): return "it has no summary.json"
        case .failure(.unreadable): return "its summary.json cannot be read"
        case .success(var summary) where summary.runID == id:
            summary.folder = folder
            contents.runs.append(summary)
            return nil
        case .failure(.foreign), .success: return "its summary.json is not that run's"
        }
    }

    /// Marks what cannot be of the newest run's history: numbers never fall there.
    private static func mark(_ runs: inout [RunSummary]) {
        var least = Int64.max
        var (later, time) = (Int64.max, "")
        for place in runs.indices {
            // Two runs that began in the same second may have their numbers in either order.
            if runs[place].startedAt != time { (later, time) = (least, runs[place].startedAt) }
            if runs[place].runID >= later {
                runs[place].isOfOtherHistory = true
            } else {
                least = min(least, runs[place].runID)
            }
        }
    }
}
