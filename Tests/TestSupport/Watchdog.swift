import Foundation

/// A shell that runs the server and ends it when told, or when this process is gone.
///
/// Its standard input is a pipe that only this process holds: however the tests end, killed included, the shell reads
/// the end of the input, stops the server and removes the cluster's folder.
final class Watchdog: Sendable {
    /// How the server is ended.
    enum Signal: String, Sendable {
        /// Rolls back what is open and writes everything.
        case fast = "INT"
        /// Dies at once, as if by a crash.
        case immediate = "QUIT"
    }

    private static let script = """
        directory=$1
        shift
        { "$@" </dev/null; echo "$?" >"$directory/ended"; } &
        signal=QUIT keep=no
        read -r signal keep || { signal=QUIT; keep=no; }
        pid=$(head -n 1 "$directory/data/postmaster.pid" 2>/dev/null) && kill "-$signal" "$pid" 2>/dev/null
        wait
        [ "$keep" = keep ] || rm -rf "$directory"
        """

    private let process: ChildProcess
    private let input: FileHandle

    /// Starts the server's command line under a shell.
    init(directory: String, command: [String], log: String) throws {
        // What an earlier server left behind; there is none the first time.
        unlink("\(directory)/ended")
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw TestClusterError(description: "no pipe can be made") }
        defer { close(ends[0]) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        input = FileHandle(fileDescriptor: ends[1], closeOnDealloc: true)
        process = try ChildProcess(
            ["/bin/sh", "-c", Self.script, "watchdog", directory] + command, input: ends[0], log: log)
    }

    /// Ends the server, and returns when it is gone.
    func stop(_ signal: Signal, keepsDirectory: Bool) async throws {
        try input.write(contentsOf: Data("\(signal.rawValue) \(keepsDirectory ? "keep" : "remove")\n".utf8))
        try input.close()
        _ = await process.wait()
    }
}
