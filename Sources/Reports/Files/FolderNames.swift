import Glibc
import Reconciliation

/// The names of runs' folders: `run-42`, and `run-42-20261127T021500Z` where another run 42 has that one already.
enum FolderNames {
    /// Runs of one number that begin in the same second; more are refused.
    private static let mostEqual = 20

    /// The number of a folder that we name so: `run-12`, but neither `run-012` nor `run-12.old`.
    static func runID(_ name: String) -> Int64? {
        guard let parts = name.wholeMatch(of: /run-([1-9][0-9]*)(-[0-9]{8}T[0-9]{6}Z(-[1-9][0-9]?)?)?/) else {
            return nil
        }
        return Int64(parts.1)
    }

    /// The names that a run's folder may have, the usual one first.
    static func candidates(_ runID: Int64, startedAt: String) -> [String] {
        let dated = "run-\(runID)-\(startedAt.filter { $0 != "-" && $0 != ":" })"
        return ["run-\(runID)", dated] + (2...mostEqual).map { "\(dated)-\($0)" }
    }

    /// The name under which a run is to be written: that of its folder, or one that nothing of another run has.
    static func place(of run: RunIdentity, in directory: String) throws(ReportError) -> String {
        var free: String?
        for name in candidates(run.runID, startedAt: run.startedAt) {
            let folder = "\(directory)/\(name)"
            // We never make one: whoever planted it would choose where the customers' names go, and what is overwritten.
            guard !FileSystem.isLink(folder) else {
                throw .failed(path: folder, reason: "it is a symbolic link and none of ours; take it away")
            }
            switch IndexFile.summary(in: folder) {
            case .success(let found): if found.identity.isSame(as: run) { return name }
            // Nothing of anybody's, or what a writer left that was killed.
            case .failure(.missing): free = free ?? name
            case .failure(.unreadable), .failure(.foreign): break
            }
            if access(folder, F_OK) != 0, errno == ENOENT, let free { return free }
        }
        guard let free else {
            throw .failed(path: "\(directory)/run-\(run.runID)", reason: "too many other runs have this number")
        }
        return free
    }

    /// The folder of a run that was written before; nil if there is none.
    static func folder(of run: RunStart, in directory: String) -> String? {
        candidates(run.runID, startedAt: run.startedAt.iso8601).first { name in
            guard !FileSystem.isLink("\(directory)/\(name)"),
                case .success(let found) = IndexFile.summary(in: "\(directory)/\(name)")
            else { return false }
            return found.runID == run.runID && found.startedAt == run.startedAt.iso8601
        }
    }
}
