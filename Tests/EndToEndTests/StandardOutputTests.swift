import Postgres
import TestSupport
import Testing

/// Standard output that is full or closed, and a key that comes by a descriptor.
struct StandardOutputTests {
    /// Starts the program as a shell does, with redirections.
    private static func shell(
        _ stage: Stage, _ arguments: String, environment: [String: String] = [:]
    ) async throws -> Tool.Completion {
        let path = try Tool.path(of: .reconcile)
        return try await Tool.run(
            .shell, ["-c", "exec '\(path)' \(arguments)"], environment: stage.environment.merging(environment) { $1 })
    }

    @Test(arguments: [(">/dev/full", "No space left on device"), (">&-", "Bad file descriptor")])
    func `what was paid for is told on standard error`(output: String, why: String) async throws {
        try await Stage.with([]) { stage in
            let ending = try await Self.shell(stage, "link --code code_1 --quiet \(output)")
            #expect(ending.code == 73)
            let account = try await stage.sql.value("select account_id from mono.accounts", as: String.self)
            #expect(
                ending.complaints == [
                    "mono-reconcile: the result cannot be written to standard output: \(why); it was: \(account ?? "none")"
                ])
        }
    }

    @Test(arguments: ["status", "plan --json", "find a", "explain a", "--account a --window 5s --no-report"])
    func `a result that was asked for and is lost is a failure`(command: String) async throws {
        try await Stage.with([Sample("a", "available")]) { stage in
            let ending = try await Self.shell(stage, "\(command) >/dev/full")
            #expect(ending.code == 73, "\(ending.errors)")
            #expect(ending.errors.contains("cannot be written to standard output: No space left on device"))
        }
    }

    @Test func `a night whose table is lost is as good as its report`() async throws {
        try await Stage.with([Sample("a", "available")]) { stage in
            let ending = try await Self.shell(stage, "--window 5s --report-dir '\(stage.folder)/r' >&-")
            #expect(ending.code == 0, "\(ending.errors)")
            #expect(ending.errors.contains("cannot be written to standard output"))
        }
    }

    @Test func `a key that a shell hands over by a descriptor is taken`() async throws {
        try await Stage.with([]) { stage in
            let ending = try await Self.shell(
                stage, "link --code code_1 3<<X\n\(Stage.key)\nX\n",
                environment: ["MONO_SECRET_KEY": "", "MONO_SECRET_KEY_FILE": "/dev/fd/3"])
            #expect(ending.code == 0, "\(ending.errors)")
        }
    }
}
