import Glibc
package import Reconciliation

/// The folders of old runs in a report directory.
package enum ReportFolders {
    /// What became of the old ones.
    package struct Pruned: Equatable, Sendable {
        /// Names of folders that are gone, or would be.
        package var removed: [String] = []
        /// Names of old folders that were left alone, with the reason.
        package var left: [(name: String, reason: String)] = []

        package static func == (left: Self, right: Self) -> Bool {
            left.removed == right.removed && left.left.elementsEqual(right.left, by: ==)
        }
    }

    /// The files that a run's folder can hold.
    private static let files: Set<String> = ["accounts.csv", "report.html", "summary.json"]

    /// Removes the folders of runs in which nothing was written since `before`, by the file system's clock.
    ///
    /// Only folders with the name of a run that hold our files and nothing else; no symbolic link is followed, and the
    /// one that `latest` leads to stays. Once any is gone, the index is formed anew.
    ///
    /// - Parameters:
    ///   - directory: The report directory.
    ///   - before: What is older is removed.
    ///   - isRehearsal: Only say what would be removed.
    /// - Returns: The names, in the order of the runs.
    /// - Throws: When the directory is not there or cannot be read, or its index cannot be written.
    package static func prune(
        _ directory: String, before: Timestamp, isRehearsal: Bool = false
    ) throws(ReportError) -> Pruned {
        var pruned = Pruned()
        guard let names = try FileSystem.names(in: directory) else {
            throw FileSystem.failure(directory, code: ENOENT)
        }
        let runs = names.compactMap { name in FolderNames.runID(name).map { (id: $0, name: name) } }
            .sorted { ($0.id, $0.name) < ($1.id, $1.name) }
        for (_, name) in runs {
            if try LatestLink.leads(to: name, in: directory) { continue }
            do throws(ReportError) {
                let folder = try FileSystem.open(
                    "\(directory)/\(name)", O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
                defer { _ = close(folder) }
                guard try newestChange(folder, "\(directory)/\(name)") < before else { continue }
                if let stranger = try stranger(in: "\(directory)/\(name)") {
                    pruned.left.append((name, "it holds \(stranger), which is none of ours"))
                    continue
                }
                if !isRehearsal { try remove(folder, name, directory) }
                pruned.removed.append(name)
            } catch .failed(_, let reason) {
                pruned.left.append((name, reason))
            } catch {
                pruned.left.append((name, error.description))
            }
        }
        // The index names what is there.
        if !isRehearsal, !pruned.removed.isEmpty { try IndexFile.refresh(in: directory) }
        return pruned
    }

    /// The newest time at which a file of ours in the folder was changed; without any, the folder itself.
    ///
    /// The folder's own time tells of a removal that was interrupted, too, and would keep the rest for as long again.
    private static func newestChange(_ folder: Int32, _ path: String) throws(ReportError) -> Timestamp {
        var information = stat()
        var newest: Timestamp?
        for file in files.flatMap({ [$0, ".\($0).tmp"] })
        where fstatat(folder, file, &information, AT_SYMLINK_NOFOLLOW) == 0 {
            newest = max(newest ?? changed(information), changed(information))
        }
        if let newest { return newest }
        guard fstat(folder, &information) == 0 else { throw FileSystem.failure(path) }
        return changed(information)
    }

    private static func changed(_ information: stat) -> Timestamp {
        let time = information.st_mtim
        return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
    }

    /// The first name in the folder that is not one of our files, finished or half-written.
    private static func stranger(in folder: String) throws(ReportError) -> String? {
        try FileSystem.names(in: folder)?.sorted().first { name in
            !files.contains(name) && !files.contains { name == ".\($0).tmp" }
        }
    }

    private static func remove(_ folder: Int32, _ name: String, _ directory: String) throws(ReportError) {
        // `summary.json` goes last: what is left half-way is still known for ours and removed next time.
        for file in files.sorted().flatMap({ [".\($0).tmp", $0] }) where unlinkat(folder, file, 0) != 0 {
            let code = errno
            if code != ENOENT { throw FileSystem.failure("\(directory)/\(name)/\(file)", code: code) }
        }
        guard rmdir("\(directory)/\(name)") == 0 else { throw FileSystem.failure("\(directory)/\(name)") }
    }
}
