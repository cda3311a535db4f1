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
        trap '' INT TERM HUP
        directory=$1
        shift
        { "$@" </dev/null; echo "$?" >"$directory/ended"; } &
        signal=QUIT keep=no
        read -r signal keep || { signal=QUIT; keep=no; }
        pid=$(head -n 1 "$directory/data/postmaster.pid" 2>/dev/null) && kill "-$signal" "$pid" 2>/dev/null
        wait
        [ "$keep" = keep ] || rm -rf "$directory"
        """

    private let process: Process
    private let input: FileHandle

    /// Starts the server's command line under a shell.
    init(directory: String, command: [String], output: FileHandle) throws {
        // What an earlier server left behind; there is none the first time.
        unlink("\(directory)/ended")
        let pipe = Pipe()
        process = Command.make(["/bin/sh", "-c", Self.script, "watchdog", directory] + command, output: output)
        process.standardInput = pipe
        try process.run()
        input = pipe.fileHandleForWriting
    }

    /// Ends the server, and returns when it is gone.
    func stop(_ signal: Signal, keepsDirectory: Bool) async throws {
        try input.write(contentsOf: Data("\(signal.rawValue) \(keepsDirectory ? "keep" : "remove")\n".utf8))
        try input.close()
        let process = process
        await withCheckedContinuation { continuation in
            DispatchQueue(label: "test.watchdog").async {
                process.waitUntilExit()
                continuation.resume()
            }
        }
    }
}
