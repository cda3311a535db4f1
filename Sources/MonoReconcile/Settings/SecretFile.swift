import Glibc
import Synchronization

/// A small file with a secret: a plain one, a named pipe, or what a shell or a service manager hands over by a descriptor.
///
/// What is no plain file can be read but once, so that its text is kept for whoever asks for it again.
enum SecretFile {
    /// No secret is larger.
    static let mostBytes = 4_096
    /// How long whoever writes into a pipe may take.
    static let patienceMilliseconds: Int32 = 10_000

    /// Why there is no text.
    struct Unreadable: Error, Equatable {
        let reason: String
    }

    private static let kept = Mutex<[String: [UInt8]]>([:])

    /// The file's bytes.
    static func bytes(of path: String, patienceMilliseconds: Int32 = patienceMilliseconds) throws(Unreadable) -> [UInt8]
    {
        if let bytes = kept.withLock({ $0[path] }) { return bytes }
        let descriptor = try open(path)
        defer { _ = close(descriptor) }
        var information = stat()
        guard fstat(descriptor, &information) == 0 else { throw failure() }
        let kind = information.st_mode & S_IFMT
        guard kind != S_IFDIR else { throw failure(EISDIR) }
        let bytes = try read(descriptor, patienceMilliseconds)
        if kind != S_IFREG { kept.withLock { $0[path] = bytes } }
        return bytes
    }

    /// Opens the file without waiting for a pipe's writer.
    private static func open(_ path: String) throws(Unreadable) -> Int32 {
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        if descriptor >= 0 { return descriptor }
        let code = errno
        // A socket cannot be opened anew, nor a pipe of another user: sudo hands such over.
        guard let match = path.wholeMatch(of: /\/(?:dev|proc\/self)\/fd\/([0-9]{1,6})/), let number = Int32(match.1)
        else {
            throw failure(code)
        }
        let copy = fcntl(number, F_DUPFD_CLOEXEC, 0)
        guard copy >= 0 else { throw failure(code) }
        return copy
    }

    private static func read(_ descriptor: Int32, _ patience: Int32) throws(Unreadable) -> [UInt8] {
        let end = ContinuousClock.now + .milliseconds(patience)
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: mostBytes + 1)
        while true {
            let left = max(.zero, end - .now) / Duration.milliseconds(1)
            var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let ready = poll(&request, 1, Int32(left))
            if ready < 0, errno == EINTR { continue }
            guard ready != 0 else { throw Unreadable(reason: "nobody wrote it within \(patience / 1_000) s") }
            let count = Glibc.read(descriptor, &piece, piece.count)
            if count == 0 { return bytes }
            if count < 0 {
                guard errno == EINTR || errno == EAGAIN else { throw failure() }
                continue
            }
            bytes += piece.prefix(count)
            guard bytes.count <= mostBytes else {
                throw Unreadable(reason: "it is larger than \(mostBytes) bytes, which no secret is")
            }
        }
    }

    private static func failure(_ code: Int32 = errno) -> Unreadable {
        Unreadable(reason: String(cString: strerror(code)))
    }
}
