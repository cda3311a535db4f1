import Foundation

/// Starts a program with exactly these variables, a file as standard input and no other descriptor than its outputs.
func spawn(
    _ command: [String], _ environment: [String: String], input: String, _ output: Int32, _ errors: Int32
) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, output, 1)
    posix_spawn_file_actions_adddup2(&actions, errors, 2)
    for descriptor in Int32(3)..<256 { posix_spawn_file_actions_addclose(&actions, descriptor) }

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // The mask of whichever thread starts the program is not for it.
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    var all = sigset_t()
    sigfillset(&all)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

    var child = pid_t()
    let failure = withPointers(command) { arguments in
        withPointers(environment.map { "\($0.key)=\($0.value)" }) { variables in
            posix_spawn(&child, command[0], &actions, &attributes, arguments, variables)
        }
    }
    guard failure == 0 else {
        throw ToolError(description: "\(command[0]) cannot be started: \(String(cString: strerror(failure)))")
    }
    return child
}

private func withPointers<Result>(
    _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
    var pointers = strings.map { strdup($0) }
    defer { for pointer in pointers { free(pointer) } }
    pointers.append(nil)
    return body(pointers)
}
