import Foundation

/// Runs a program and waits for its end without blocking a thread of the pool.
enum Command {
    /// The environment of every program started here: nothing of the caller's `PG…` or locale settings.
    static let environment = [
        "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C",
    ]

    /// Runs a program to its end; its output goes to a file.
    ///
    /// - Returns: The exit status.
    static func run(_ command: [String], output: FileHandle) async throws -> Int32 {
        let process = make(command, output: output)
        process.standardInput = FileHandle.nullDevice
        return try await withCheckedThrowingContinuation { continuation in
            process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
            do {
                try process.run()
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }

    /// Prepares a program.
    static func make(_ command: [String], output: FileHandle) -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: command[0])
        process.arguments = Array(command.dropFirst())
        process.environment = environment
        // A folder that the server's user may enter, whatever the tests were started in.
        process.currentDirectoryURL = URL(fileURLWithPath: "/")
        process.standardOutput = output
        process.standardError = output
        return process
    }
}
