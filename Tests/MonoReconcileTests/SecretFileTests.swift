import ArgumentParser
import Dispatch
import Foundation
import Testing

@testable import MonoReconcile

/// Secrets from pipes and descriptors, and paths that begin with `~`.
@Suite final class SecretFileTests {
    private let folder: String

    init() throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("secrets-\(UUID().uuidString)")
        folder = url.path
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit {
        // A directory that stays behind fails no test.
        try? FileManager.default.removeItem(atPath: folder)
    }

    @Test func `a pipe by its descriptor is read, and again from what was kept`() throws {
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        defer { close(ends[0]) }
        #expect(write(ends[1], "test_sk_1\n", 10) == 10)
        close(ends[1])
        for _ in 1...2 { #expect(try SecretFile.bytes(of: "/dev/fd/\(ends[0])") == Array("test_sk_1\n".utf8)) }
    }

    @Test func `a socket by its descriptor is read`() throws {
        var ends: [Int32] = [-1, -1]
        try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
        defer { close(ends[0]) }
        #expect(write(ends[1], "test_sk_2", 9) == 9)
        close(ends[1])
        #expect(try SecretFile.bytes(of: "/proc/self/fd/\(ends[0])") == Array("test_sk_2".utf8))
    }

    @Test func `a named pipe is read to its end, however late its pieces come`() throws {
        let path = "\(folder)/pipe"
        try #require(mkfifo(path, 0o600) == 0)
        DispatchQueue(label: "test.write").async {
            let end = open(path, O_WRONLY | O_CLOEXEC)
            for piece in ["test", "_sk_", "3"] { _ = write(end, piece, piece.utf8.count) }
            close(end)
        }
        #expect(try SecretFile.bytes(of: path) == Array("test_sk_3".utf8))
    }

    @Test func `a pipe into which nobody writes, an endless file and a folder are refused with the reason`() throws {
        let path = "\(folder)/pipe"
        try #require(mkfifo(path, 0o600) == 0)
        for (path, reason) in [
            (path, "nobody wrote it within 0 s"), ("/dev/zero", "it is larger than 4096 bytes, which no secret is"),
            (folder, "Is a directory"), ("\(folder)/none", "No such file or directory"),
        ] {
            #expect(throws: SecretFile.Unreadable(reason: reason)) {
                try SecretFile.bytes(of: path, patienceMilliseconds: 20)
            }
        }
    }

    @Test func `a tilde is this user's home wherever a path is a setting`() throws {
        let home = ["HOME": folder]
        try Data("test_sk_4\n".utf8).write(to: URL(filePath: "\(folder)/key"))
        #expect(try SecretFile.bytes(of: "\(folder)/key") == Array("test_sk_4\n".utf8))
        _ = try ConnectionSettings(environment: home.merging(["MONO_SECRET_KEY_FILE": "~/key"]) { $1 }).secretKey()
        let command = try RunCommand.parse(["--report-dir=~/reports"])
        let variables = home.merging(["MONO_RECONCILE_METRICS_FILE": "~/m.prom"]) { $1 }
        let settings = try RunSettings(command.plan, command.arguments, environment: variables)
        #expect(settings.reportDirectory == "\(folder)/reports")
        #expect(settings.metricsFile == "\(folder)/m.prom")
        #expect(HomePath.expanded("~", home: "/h") == "/h")
        for plain in ["/a/~b", "./~a", "a~"] { #expect(HomePath.expanded(plain, home: "/h") == plain) }
        #expect(HomePath.expanded("~/x", home: "")?.hasSuffix("/x") == true)
    }

    @Test func `another user's home is refused by name`() throws {
        let option = try RunCommand.parse(["--report-dir", "~other/reports"])
        let failure = #expect(throws: Failure.self) {
            try RunSettings(option.plan, option.arguments, environment: ["HOME": "/h"])
        }
        #expect(failure?.code == 64)
        #expect(failure?.message.contains("not another user's ~name") == true)
        let plain = try RunCommand.parse([])
        let variable = #expect(throws: Failure.self) {
            try RunSettings(
                plain.plan, plain.arguments, environment: ["MONO_RECONCILE_METRICS_FILE": "~other/m.prom"])
        }
        #expect(variable?.code == 78)
        let secret = #expect(throws: Failure.self) {
            try ConnectionSettings(environment: ["MONO_SECRET_KEY_FILE": "~other/key"]).secretKey()
        }
        #expect(secret?.code == 78)
    }
}
