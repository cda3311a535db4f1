import Foundation

/// Starts a program with exactly these variables and descriptors, no signal blocked or ignored.
///
/// Not Foundation's `Process`: that hands on the signal mask of whichever thread starts the program, and a shell that
/// never hears of its children's end waits for ever.
///
/// - Parameters:
///   - command: The program's path and its arguments.
///   - environment: All its variables.
///   - input: Its standard input; nil: empty.
///   - output: Its standard output.
///   - errors: Its standard error.
///   - isGroup: Whether it gets a process group of its own, so that Ctrl-C at the terminal does not reach it.
/// - Returns: The process, to be waited for by the caller.
/// - Throws: A `SpawnError` that names the program.
package func spawn(
    _ command: [String], environment: [String: String], input: Int32? = nil, output: Int32, errors: Int32,
    isGroup: Bool = false
) throws -> Int32 {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    if let input {
        posix_spawn_file_actions_adddup2(&actions, input, 0)
    } else {
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    }
    posix_spawn_file_actions_adddup2(&actions, output, 1)
    posix_spawn_file_actions_adddup2(&actions, errors, 2)
    // Nothing else is handed on: a server of another test could not close its connections while a child holds them.
    // Closing what is not open does no harm; some more are opened meanwhile.
    let open = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").compactMap { Int32($0) }
    for descriptor in 3...(open.max() ?? 3) + 256 { posix_spawn_file_actions_addclose(&actions, descriptor) }

    var attributes = cleanSignals(isGroup: isGroup)
    defer { posix_spawnattr_destroy(&attributes) }

    var child = pid_t()
    let failure = withPointers(command) { arguments in
        withPointers(environment.map { "\($0.key)=\($0.value)" }) { variables in
            posix_spawn(&child, command[0], &actions, &attributes, arguments, variables)
        }
    }
    guard failure == 0 else {
        let reason = String(cString: strerror(failure))
        throw SpawnError(description: "\(command.joined(separator: " ")) cannot be started: \(reason)")
    }
    return child
}

/// Why a program could not be started.
package struct SpawnError: Error, CustomStringConvertible {
    package let description: String
}

private func cleanSignals(isGroup: Bool) -> posix_spawnattr_t {
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    var all = sigset_t()
    sigfillset(&all)
    posix_spawnattr_setsigdefault(&attributes, &all)
    let flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | (isGroup ? POSIX_SPAWN_SETPGROUP : 0)
    posix_spawnattr_setflags(&attributes, Int16(flags))
    return attributes
}

private func withPointers<Result>(
    _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
    var pointers = strings.map { strdup($0) }
    defer { for pointer in pointers { free(pointer) } }
    pointers.append(nil)
    return body(pointers)
}
