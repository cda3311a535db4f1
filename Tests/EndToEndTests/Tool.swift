import Foundation
import Synchronization
import TestSupport
import Testing

/// One of our programs, started as its users start it.
///
/// It inherits nothing but the paths below, and its standard input is empty unless one is given.
final class Tool: Sendable {
    /// A program that the package builds.
    enum Program: String {
        case reconcile = "mono-reconcile"
        case sandbox = "mono-sandbox"
        /// Debian's own, for the example of a backend: the one that apt installs modules for.
        case python = "/usr/bin/python3"
        /// For the scripts that are installed with the program.
        case shell = "/bin/sh"
    }

    /// How it ended.
    struct Completion: Sendable {
        /// The exit code; the signal's number below zero if a signal ended it.
        var code: Int32
        var output: String
        var errors: String
        /// Whether it had to be killed after its time.
        var isOverdue: Bool

        /// The lines on standard error.
        var complaints: [String] { errors.split(separator: "\n").map(String.init) }
        var everything: String { output + errors }
    }

    private struct State {
        var isOver = false
        var isOverdue = false
    }

    private let processID: pid_t
    private let output: PipeText
    private let errors: PipeText
    private let status: Task<Int32, Never>
    private let overdue: Task<Void, Never>
    private let state: Ownership

    /// Whether the process may still be signalled: its number is not another's yet.
    private final class Ownership: Sendable {
        let value = Mutex(State())
    }

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - program: Which one.
    ///   - arguments: Its arguments.
    ///   - environment: All its variables but the inherited ones.
    ///   - input: The descriptor of its standard input.
    ///   - output: Where its standard output goes.
    ///   - errors: Where its standard error goes.
    ///   - limit: After that long it is killed.
    /// - Throws: `SpawnError` if it cannot be started.
    init(
        _ program: Program, _ arguments: [String] = [], environment: [String: String], input: Int32? = nil,
        output: PipeText? = nil, errors: PipeText? = nil, limit: Duration = .seconds(60)
    ) throws {
        let output = try output ?? PipeText()
        let errors = try errors ?? PipeText()
        let path = try Self.path(of: program)
        let child = try spawn(
            [path] + arguments, environment: Self.inherited.merging(environment) { $1 }, input: input,
            output: output.end, errors: errors.end)
        output.begin()
        errors.begin()
        let state = Ownership()
        status = Task { await Self.wait(for: child, state) }
        overdue = Task {
            // Cancelled when the program ends in time.
            guard (try? await Task.sleep(for: limit)) != nil else { return }
            state.value.withLock { state in
                guard !state.isOver else { return }
                state.isOverdue = true
                kill(child, SIGKILL)
            }
        }
        (processID, self.output, self.errors, self.state) = (child, output, errors, state)
    }

    deinit { signal(SIGKILL) }

    /// Starts a program and waits for its end.
    static func run(
        _ program: Program, _ arguments: [String] = [], environment: [String: String],
        limit: Duration = .seconds(60)
    ) async throws -> Completion {
        try await Tool(program, arguments, environment: environment, limit: limit).completion()
    }

    /// Sends a signal, unless it has ended.
    func signal(_ number: Int32) {
        state.value.withLock { state in
            guard !state.isOver else { return }
            kill(processID, number)
        }
    }

    /// Waits for the end.
    func completion() async -> Completion {
        let code = await status.value
        overdue.cancel()
        return Completion(
            code: code, output: await output.whole(), errors: await errors.whole(),
            isOverdue: state.value.withLock(\.isOverdue))
    }

    /// The first line on standard output that begins with the text; nil when the program ended without it.
    func line(beginningWith text: String) async -> String? { await output.line(beginningWith: text) }

    // MARK: The process

    private static var inherited: [String: String] {
        ProcessInfo.processInfo.environment.filter { ["PATH", "HOME", "LD_LIBRARY_PATH"].contains($0.key) }
    }

    /// The programs are built into the folder that holds the tests.
    static func path(of program: Program) throws -> String {
        if program.rawValue.hasPrefix("/") { return program.rawValue }
        let tests = URL(filePath: CommandLine.arguments[0]).resolvingSymlinksInPath()
        let path = tests.deletingLastPathComponent().appending(path: program.rawValue).path
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw ToolError(description: "\(path) is not there: build it with swift build")
        }
        return path
    }

    private static func wait(for child: pid_t, _ state: Ownership) async -> Int32 {
        await withCheckedContinuation { continuation in
            DispatchQueue(label: "test.tool").async {
                var information = siginfo_t()
                // Its number stays its own until the lock is held.
                while waitid(P_PID, id_t(child), &information, WEXITED | WNOWAIT) == -1, errno == EINTR {}
                let status = state.value.withLock { state in
                    var status: Int32 = 0
                    while waitpid(child, &status, 0) == -1, errno == EINTR {}
                    state.isOver = true
                    return status
                }
                let signal = status & 0x7F
                continuation.resume(returning: signal == 0 ? (status >> 8) & 0xFF : -signal)
            }
        }
    }
}

/// Why a program could not be started.
struct ToolError: Error, CustomStringConvertible {
    let description: String
}
