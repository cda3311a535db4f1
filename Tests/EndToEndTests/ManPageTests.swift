import Foundation
import Testing

/// The manual page, held against what the program itself says and against docs/configuration.md.
struct ManPageTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../..").standardizedFileURL

    private static func page() async throws -> String {
        let script = root.appending(path: "scripts/man-page").path
        let template = root.appending(path: "packaging/mono-reconcile.1.in").path
        let program = try Tool.path(of: .reconcile)
        let ending = try await Tool.run(
            .python, [script, program, template], environment: ["SOURCE_DATE_EPOCH": "1767225600"])
        #expect(ending.code == 0, "\(ending.errors)")
        // As a reader sees it: roff's own signs gone.
        return ending.output.replacing("\\-", with: "-").replacing("\\fB", with: "").replacing("\\fR", with: "")
            .replacing("Fl Fl ", with: "--")
    }

    private static func help(_ command: [String]) async throws -> String {
        try await Tool.run(.reconcile, ["help"] + command, environment: [:]).output
    }

    @Test
    func `the page has every command and every option of the help`() async throws {
        let page = try await Self.page()
        let sections = page.split(separator: "\n.Ss ").dropFirst()
        let overview = try await Self.help([])
        let list = try #require(overview.components(separatedBy: "SUBCOMMANDS:\n").dropFirst().first)
        let commands = list.matches(of: /(?m)^  ([a-z-]+)/).map { String($0.output.1) }
        #expect(commands.count >= 9)
        for command in commands {
            let section = try #require(sections.first { $0.hasPrefix(command + "\n") }, "\(command)")
            for match in try await Self.help([command]).matches(of: /(?m)^  (?:-[a-z], )?--([a-z-]+)/) {
                let option = match.output.1
                let isCommon = ["help", "version"].contains(option)
                let place = isCommon ? Substring(page) : section
                #expect(
                    place.contains(try Regex("\n\\.It (-[a-z], )?--\(option)( |\n)")), "\(command) --\(option)")
            }
        }
    }

    @Test
    func `the page has every exit code and variable of the manual`() async throws {
        let page = try await Self.page()
        let manual = try String(contentsOf: Self.root.appending(path: "docs/configuration.md"), encoding: .utf8)
        let table = try #require(manual.components(separatedBy: "## Exit codes").dropFirst().first)
        let codes = table.matches(of: /(?m)^\| ([0-9, ]+) \|/).flatMap { $0.output.1.split(separator: ", ") }
        #expect(codes.count >= 12)
        for code in codes { #expect(page.contains(try Regex("\n\\.It (130 , )?\(code)[ \n]")), "\(code)") }
        let variables = manual.matches(of: /(?m)^\| `([A-Z_]+)`/).map(\.output.1)
        #expect(variables.count >= 8)
        for variable in variables {
            #expect(page.contains(try Regex("\n\\.It Ev ([A-Z_]+ , )?\(variable)[ \n]")), "\(variable)")
        }
    }

    @Test
    func `the page names the version and the day it was made of`() async throws {
        let page = try await Self.page()
        let version = try await Tool.run(.reconcile, ["--version"], environment: [:]).output
        #expect(page.contains("\n.Dd January 1, 2026\n"))
        #expect(page.contains("\n.Os mono-reconcile \(version)"))
    }
}
