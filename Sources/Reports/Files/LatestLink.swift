import Glibc

/// `<report-dir>/latest`, the symbolic link to the newest finished nightly run's folder.
enum LatestLink {
    static let name = "latest"

    /// Points the link to a run's folder, unless it points to that of a newer run already.
    ///
    /// A link whose folder is gone is replaced; something else by that name is an error and stays.
    static func advance(toRun runID: Int64, in directory: String) throws(ReportError) {
        let path = "\(directory)/\(name)"
        let descriptor = try FileSystem.open(directory, O_RDONLY | O_DIRECTORY)
        defer { _ = close(descriptor) }
        // A file system without locks loses only the order of two runs that are reported in the same instant.
        _ = FileSystem.lock(descriptor, attempts: FileSystem.lockAttempts)
        if let current = try target(of: path) {
            let isThere = access("\(directory)/\(current)", F_OK) == 0
            if let pointed = run(ofFolder: current), isThere, pointed >= runID { return }
        }
        let temporary = "\(directory)/.\(name).tmp"
        if unlink(temporary) != 0, errno != ENOENT { throw FileSystem.failure(temporary) }
        guard symlink("run-\(runID)", temporary) == 0 else { throw FileSystem.failure(temporary) }
        guard rename(temporary, path) == 0 else { throw FileSystem.failure(path) }
        try FileSystem.sync(descriptor, directory)
    }

    /// Where the link points, nil if there is none yet.
    static func target(of path: String) throws(ReportError) -> String? {
        let sizeBytes = 4096
        var buffer = [CChar](repeating: 0, count: sizeBytes)
        let count = readlink(path, &buffer, sizeBytes)
        if count >= 0 { return String(decoding: buffer.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self) }
        switch errno {
        case ENOENT: return nil
        case EINVAL: throw .failed(path: path, reason: "it is there and no symbolic link; move it away")
        default: throw FileSystem.failure(path)
        }
    }

    private static func run(ofFolder folder: String) -> Int64? {
        folder.hasPrefix("run-") ? Int64(folder.dropFirst(4)) : nil
    }
}
