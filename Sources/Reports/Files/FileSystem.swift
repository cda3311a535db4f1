import Glibc

/// The few calls of POSIX that a report needs, with errors that name the path.
enum FileSystem {
    /// Attempts at a lock, 10 ms apart: 10 s, while a writer holds the lock for milliseconds.
    static let lockAttempts = 1000

    /// Makes a directory and those above it; what is there already stays as it is.
    static func makeDirectories(_ path: String) throws(ReportError) {
        var prefix = path.hasPrefix("/") ? "/" : ""
        for part in path.split(separator: "/") {
            prefix += (prefix.isEmpty || prefix == "/" ? "" : "/") + part
            if mkdir(prefix, 0o750) == 0 {
                try syncParent(of: prefix)
                continue
            }
            let code = errno
            if !isDirectory(prefix) { throw failure(prefix, code: code == EEXIST ? ENOTDIR : code) }
        }
    }

    /// Puts a file in place, complete or not at all, over an older one of that name.
    ///
    /// The bytes go to one hidden file in the same folder, held by a lock, which is flushed to disk and renamed.
    /// What a crashed writer left is overwritten, so there is never more than one such file for each name.
    /// `mode` is what everybody may do with it, whatever the process's mask; nil: owner and group may read.
    static func replace(
        _ name: String, in folder: String, with bytes: [UInt8], lockAttempts: Int = lockAttempts, mode: mode_t? = nil
    ) throws(ReportError) {
        try replace(name, in: folder, lockAttempts: lockAttempts, mode: mode) { (take) throws(ReportError) in
            try take(bytes)
        }
    }

    /// The same with bytes that come in pieces: what `form` hands to the function that it is given.
    static func replace(
        _ name: String, in folder: String, lockAttempts: Int = lockAttempts, mode: mode_t? = nil,
        form: (_ take: ([UInt8]) throws(ReportError) -> Void) throws(ReportError) -> Void
    ) throws(ReportError) {
        let path = "\(folder)/\(name)"
        let temporary = "\(folder)/.\(name).tmp"
        let descriptor = try openLocked(temporary, attempts: lockAttempts)
        defer { _ = close(descriptor) }
        do throws(ReportError) {
            if let mode, fchmod(descriptor, mode) != 0 { throw failure(temporary) }
            guard ftruncate(descriptor, 0) == 0 else { throw failure(temporary) }
            try form { (bytes) throws(ReportError) in try append(bytes, to: descriptor, temporary) }
            try sync(descriptor, temporary)
            guard rename(temporary, path) == 0 else { throw failure(path) }
        } catch {
            // The first failure is the one to report; a file left behind is overwritten next time.
            _ = unlink(temporary)
            throw error
        }
        try syncDirectory(folder)
    }

    /// Opens a path, close-on-exec; files are made readable by owner and group.
    static func open(_ path: String, _ flags: Int32) throws(ReportError) -> Int32 {
        while true {
            #if canImport(Darwin)
                let descriptor = Darwin.open(path, flags | O_CLOEXEC, 0o640)
            #elseif canImport(Glibc)
                let descriptor = Glibc.open(path, flags | O_CLOEXEC, 0o640)
            #elseif canImport(Musl)
                let descriptor = Musl.open(path, flags | O_CLOEXEC, 0o640)
            #endif
            if descriptor >= 0 { return descriptor }
            guard errno == EINTR else { throw failure(path) }
        }
    }

    /// Takes the descriptor's lock, which ends with the descriptor or the process; returns 0 or an error number.
    static func lock(_ descriptor: Int32, attempts: Int) -> Int32 {
        for attempt in 1...max(1, attempts) {
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return 0 }
            guard errno == EWOULDBLOCK || errno == EINTR else { return errno }
            if attempt < attempts { usleep(10_000) }
        }
        return EWOULDBLOCK
    }

    /// The names in a directory but `.` and `..`, in no order; nil when there is no such directory.
    static func names(in directory: String) throws(ReportError) -> [String]? {
        guard let stream = opendir(directory) else {
            if errno == ENOENT { return nil }
            throw failure(directory)
        }
        defer { closedir(stream) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                if errno != 0 { throw failure(directory) }
                return names
            }
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { raw in
                String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
    }

    /// What reading a file gave.
    enum Reading: Equatable {
        case bytes([UInt8])
        case missing
        /// No plain file, too large, or refused.
        case unreadable
    }

    /// Reads a plain file of at most so many bytes; neither a link nor a pipe that would keep us waiting.
    static func read(_ path: String, mostBytes: Int) -> Reading {
        guard let descriptor = try? open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK) else {
            return errno == ENOENT ? .missing : .unreadable
        }
        defer { _ = close(descriptor) }
        var info = stat()
        guard fstat(descriptor, &info) == 0, info.st_mode & S_IFMT == S_IFREG, info.st_size <= mostBytes else {
            return .unreadable
        }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while bytes.count <= mostBytes {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count > 0 {
                bytes += buffer.prefix(count)
            } else if count == 0 {
                return .bytes(bytes)
            } else if errno != EINTR {
                return .unreadable
            }
        }
        return .unreadable
    }

    /// Flushes an open file or directory to disk.
    static func sync(_ descriptor: Int32, _ path: String) throws(ReportError) {
        while fsync(descriptor) != 0 {
            // Some file systems cannot flush a directory and say so by EINVAL.
            if errno == EINVAL { return }
            guard errno == EINTR else { throw failure(path) }
        }
    }

    /// The error of the call that just failed.
    static func failure(_ path: String, code: Int32 = errno) -> ReportError {
        .failed(path: path, reason: String(cString: strerror(code)))
    }

    /// A file at the path, held by us alone.
    private static func openLocked(_ path: String, attempts: Int) throws(ReportError) -> Int32 {
        for _ in 1...max(1, attempts) {
            let descriptor = try open(path, O_RDWR | O_CREAT | O_NOFOLLOW)
            let problem = lock(descriptor, attempts: attempts)
            // The lock's holder may have renamed the file into place meanwhile: then the name is free again.
            if problem == 0, isSameFile(descriptor, path) { return descriptor }
            close(descriptor)
            if problem == EWOULDBLOCK { break }
            if problem != 0 { throw failure(path, code: problem) }
        }
        throw .failed(path: path, reason: "another process keeps writing there")
    }

    private static func isSameFile(_ descriptor: Int32, _ path: String) -> Bool {
        var held = stat()
        var named = stat()
        guard fstat(descriptor, &held) == 0, lstat(path, &named) == 0 else { return false }
        return held.st_ino == named.st_ino && held.st_dev == named.st_dev
    }

    /// Appends to an open file.
    private static func append(_ bytes: [UInt8], to descriptor: Int32, _ path: String) throws(ReportError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { raw in write(descriptor, raw.baseAddress, raw.count) }
            if count > 0 {
                rest.removeFirst(count)
            } else if errno != EINTR {
                throw failure(path)
            }
        }
    }

    /// Whether somebody has put a symbolic link there.
    static func isLink(_ path: String) -> Bool {
        var info = stat()
        return lstat(path, &info) == 0 && info.st_mode & S_IFMT == S_IFLNK
    }

    private static func isDirectory(_ path: String) -> Bool {
        var info = stat()
        return stat(path, &info) == 0 && info.st_mode & S_IFMT == S_IFDIR
    }

    /// Flushes the directory that holds a path.
    private static func syncParent(of path: String) throws(ReportError) {
        guard let slash = path.lastIndex(of: "/") else { return try syncDirectory(".") }
        try syncDirectory(slash == path.startIndex ? "/" : String(path[..<slash]))
    }

    private static func syncDirectory(_ path: String) throws(ReportError) {
        let descriptor = try open(path, O_RDONLY | O_DIRECTORY)
        defer { _ = close(descriptor) }
        try sync(descriptor, path)
    }
}
