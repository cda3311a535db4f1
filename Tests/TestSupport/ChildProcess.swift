import Foundation

/// A program started by the tests' own cluster.
struct ChildProcess: Sendable {
    private let processID: pid_t

    /// Starts a program in a process group of its own.
    ///
    /// - Parameters:
    ///   - command: The program's path and its arguments.
    ///   - input: The descriptor of its standard input; nil: none.
    ///   - log: The path of the file its output is appended to.
    /// - Throws: A `SpawnError` that names the program, a `TestClusterError` without the log.
    init(_ command: [String], input: Int32? = nil, log: String) throws {
        let output = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard output >= 0 else { throw TestClusterError(description: "\(log) cannot be written") }
        defer { close(output) }
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
        // Nothing of the caller's PG… variables or locale.
        // The folder is one that the server's user may enter, whatever the tests were started in.
        processID = try spawn(
            ["/usr/bin/env", "--chdir=/"] + command, environment: ["PATH": path, "LC_ALL": "C"], input: input,
            output: output, errors: output, isGroup: true)
    }

    /// Waits for the end on a thread of its own; to be called once.
    ///
    /// - Returns: The exit status; 128 and the signal's number if a signal ended it.
    func wait() async -> Int32 {
        await withCheckedContinuation { continuation in
            DispatchQueue(label: "test.child").async {
                var status: Int32 = 0
                while waitpid(processID, &status, 0) == -1, errno == EINTR {}
                let signal = status & 0x7F
                continuation.resume(returning: signal == 0 ? (status >> 8) & 0xFF : 128 + signal)
            }
        }
    }
}
