import Foundation

/// A program started by the tests.
///
/// Not Foundation's `Process`: that hands on the signal mask of whichever thread starts the program, and a shell that
/// never hears of its children's end waits for ever.
struct ChildProcess: Sendable {
    private let processID: pid_t

    /// Starts a program in a process group of its own, so that Ctrl-C at the terminal reaches the tests and not the program.
    ///
    /// - Parameters:
    ///   - command: The program's path and its arguments.
    ///   - input: The descriptor of its standard input; nil: none.
    ///   - log: The path of the file its output is appended to.
    /// - Throws: A `TestClusterError` that names the program.
    init(_ command: [String], input: Int32? = nil, log: String) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let input {
            posix_spawn_file_actions_adddup2(&actions, input, 0)
        } else {
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        }
        posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o644)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        // Nothing else is handed on; closing what is not open does no harm.
        for descriptor in Int32(3)..<256 { posix_spawn_file_actions_addclose(&actions, descriptor) }

        var attributes = Self.cleanSignals()
        defer { posix_spawnattr_destroy(&attributes) }

        // Nothing of the caller's PG… variables or locale.
        // The folder is one that the server's user may enter, whatever the tests were started in.
        let command = ["/usr/bin/env", "--chdir=/"] + command
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
        var started = pid_t()
        let failure = Self.withPointers(command) { arguments in
            Self.withPointers(["PATH=\(path)", "LC_ALL=C"]) { environment in
                posix_spawn(&started, command[0], &actions, &attributes, arguments, environment)
            }
        }
        guard failure == 0 else {
            let reason = String(cString: strerror(failure))
            throw TestClusterError(description: "\(command.joined(separator: " ")) cannot be started: \(reason)")
        }
        processID = started
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

    /// No signal blocked or ignored, and a process group of its own.
    private static func cleanSignals() -> posix_spawnattr_t {
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigdefault(&attributes, &all)
        let flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP
        posix_spawnattr_setflags(&attributes, Int16(flags))
        return attributes
    }

    private static func withPointers<Result>(
        _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        var pointers = strings.map { strdup($0) }
        defer { for pointer in pointers { free(pointer) } }
        pointers.append(nil)
        return body(pointers)
    }
}
