import Foundation
import Testing

/// cron/mono-reconcile-nightly with a program of the same name as ours that tells how it was called.
struct NightlyScriptTests {
    private static let script = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../cron/mono-reconcile-nightly").standardizedFileURL.path

    /// Runs the script with an environment file of this text; nil: with none.
    private static func run(_ text: String?, _ command: [String] = []) async throws -> Tool.Completion {
        let folder = FileManager.default.temporaryDirectory.appending(path: "nightly-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let program = folder.appending(path: "mono-reconcile")
        try Data("#!/bin/sh\nprintf '<%s>' \"$@\"; echo\nprintf '%s' \"${VALUE-unset}\"\n".utf8).write(to: program)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program.path)
        let file = folder.appending(path: "environment")
        if let text { try Data(text.utf8).write(to: file) }
        return try await Tool.run(
            .shell, [script, file.path] + command,
            environment: ["PATH": "\(folder.path):/usr/bin:/bin", "LC_ALL": "C"])
    }

    @Test
    func `without a command it is the quiet nightly run`() async throws {
        let ending = try await Self.run("MONO_SECRET_KEY=test\n")
        #expect(ending.output == "<run><--quiet>\nunset")
        #expect(ending.code == 0)
    }

    @Test
    func `a command is passed on as it is`() async throws {
        let ending = try await Self.run("", ["run", "--report-dir", "a b/*", "--account", "$x"])
        #expect(ending.output.hasPrefix("<run><--report-dir><a b/*><--account><$x>\n"))
    }

    @Test(arguments: [
        ("VALUE=plain", "plain"), ("VALUE=a=b=c", "a=b=c"),
        ("VALUE=$HOME `id` $(id) & ; \\n", "$HOME `id` $(id) & ; \\n"), ("VALUE=\"quoted # \"", "quoted # "),
        ("VALUE='it''s'", "it''s"), ("VALUE=\"", "\""), ("VALUE=", ""),
        ("VALUE= blanks ", " blanks "), ("#VALUE=no\n\n# a comment", "unset"), ("VALUE=1\nVALUE=2", "2"),
        ("  \n\t\nVALUE=1\n \t", "1"), ("\u{FEFF}VALUE=1", "1"), ("VALUE=1\r", "1"),
        ("# x\r\n\r\nVALUE=\"a b\"\r", "a b"),
        ("export VALUE=1", "1"), ("  VALUE=1", "1"), ("\texport\t VALUE='a'\r", "a"), ("  # VALUE=1", "unset"),
        ("\u{FEFF}# x\r\nexport VALUE=\r", ""),
    ])
    func `values are taken as they stand`(line: String, value: String) async throws {
        // The last line needs no end.
        for end in ["", "\n"] {
            let ending = try await Self.run(line + end, ["plan"])
            #expect(ending.output == "<plan>\n\(value)", "\(line)")
        }
    }

    @Test(arguments: ["export a=b", "exportA", "A =b", "\u{A0}A=b", "a=b", "1A=b", "A B=c", "=b", "nothing", "A-B=c"])
    func `another line ends in 78 and is named by its number alone`(line: String) async throws {
        let ending = try await Self.run("MONO_SECRET_KEY=secret\n\(line)\n")
        #expect(ending.code == 78)
        #expect(ending.output.isEmpty)
        #expect(ending.complaints.count == 1)
        #expect(ending.errors.contains("line 2 of "))
        #expect(!ending.errors.contains(line))
    }

    @Test
    func `a blank that nobody sees is told as such`() async throws {
        let ending = try await Self.run("A=1\r\nVALUE\t= 1\n")
        #expect(ending.code == 78)
        #expect(ending.errors.contains("line 2 of "))
        #expect(ending.errors.contains("a blank before its ="))
    }

    @Test
    func `a file that is not there ends in 78`() async throws {
        let ending = try await Self.run(nil)
        #expect(ending.code == 78)
        #expect(ending.complaints.count == 1)
        #expect(ending.errors.contains("cannot be read by "))
    }

    @Test
    func `as long as there is no key the nightly run says what to set, and nothing else happens`() async throws {
        for text in ["", "MONO_SECRET_KEY=\n", "#MONO_SECRET_KEY=test\nDATABASE_URL=host=/nowhere\n"] {
            let ending = try await Self.run(text)
            #expect(ending.code == 78)
            #expect(ending.output.isEmpty)
            #expect(ending.complaints.count == 1)
            #expect(ending.errors.contains("MONO_SECRET_KEY"))
            #expect(try await Self.run(text, ["status"]).output == "<status>\nunset")
        }
        #expect(try await Self.run("MONO_SECRET_KEY_FILE=/etc/key\n").code == 0)
    }

    @Test
    func `the example file is fit, and asks for the key`() async throws {
        let example = URL(filePath: Self.script).deletingLastPathComponent().appending(path: "environment.example")
        let ending = try await Self.run(try String(contentsOf: example, encoding: .utf8))
        #expect(ending.code == 78)
        #expect(ending.errors.contains("no key yet"))
    }
}
