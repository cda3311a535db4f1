import Glibc

/// `<report-dir>/latest`, the symbolic link to the newest finished nightly run's folder.
///
/// Where the file system has no symbolic links, it is a folder with a page that leads there.
enum LatestLink {
    static let name = "latest"
    private static let page = "index.html"
    /// What file systems answer that have no symbolic links.
    private static let refusals: Set<Int32> = [EPERM, EOPNOTSUPP, ENOSYS, EINVAL, EACCES]

    /// Leads to a run's folder.
    ///
    /// - Parameters:
    ///   - folder: The folder's name.
    ///   - directory: The report directory.
    ///   - descriptor: The same, opened.
    ///   - link: Makes a symbolic link; returns 0 or the error's number.
    /// - Throws: When something else by that name is there, which stays, and when the file system refuses.
    static func point(
        to folder: String, in directory: String, _ descriptor: Int32,
        link: (_ target: String, _ path: String) -> Int32 = { symlink($0, $1) == 0 ? 0 : errno }
    ) throws(ReportError) {
        let path = "\(directory)/\(name)"
        if isPage(path) { return try writePage(to: folder, path) }
        if try target(of: path) == folder { return }
        let temporary = "\(directory)/.\(name).tmp"
        if unlink(temporary) != 0, errno != ENOENT { throw FileSystem.failure(temporary) }
        let problem = link(folder, temporary)
        if refusals.contains(problem), access(directory, W_OK | X_OK) == 0 {
            try FileSystem.makeDirectories(path)
            return try writePage(to: folder, path)
        }
        guard problem == 0 else { throw FileSystem.failure(temporary, code: problem) }
        guard rename(temporary, path) == 0 else { throw FileSystem.failure(path) }
        try FileSystem.sync(descriptor, directory)
    }

    /// Whether `latest` leads to a run's folder.
    static func leads(to folder: String, in directory: String) throws(ReportError) -> Bool {
        let path = "\(directory)/\(name)"
        guard isPage(path) else { return try target(of: path) == folder }
        guard case .bytes(let bytes) = FileSystem.read("\(path)/\(page)", mostBytes: 65_536) else { return false }
        return String(decoding: bytes, as: UTF8.self).contains("\"../\(folder)/")
    }

    /// Where the link points, nil if there is none yet.
    private static func target(of path: String) throws(ReportError) -> String? {
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

    /// Whether it is a folder that holds our page at most.
    private static func isPage(_ path: String) -> Bool {
        guard !FileSystem.isLink(path), let names = try? FileSystem.names(in: path) else { return false }
        return names.allSatisfy { $0 == page || $0 == ".\(page).tmp" }
    }

    private static func writePage(to folder: String, _ path: String) throws(ReportError) {
        let entrance = "../\(folder)/report.html"
        let markup: Markup = """
            <!doctype html>
            <html lang=en>
            <meta charset=utf-8>
            <meta http-equiv=refresh content="0; url=\(entrance)">
            <title>The newest night</title>
            <p><a href="\(entrance)">The newest night: \(folder)</a></p>
            </html>

            """
        try FileSystem.replace(page, in: path, with: markup.bytes)
    }
}
