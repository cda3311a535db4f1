import Foundation
import Testing

/// What the formatter cannot see.
struct TidyTests {
    static let lineLimit = 400

    @Test func `no source file is longer than one reads in a sitting`() throws {
        for file in try Repository.swiftFiles(under: "Sources") + Repository.swiftFiles(under: "Tests") {
            let lines = try String(contentsOf: file, encoding: .utf8).split(
                separator: "\n", omittingEmptySubsequences: false)
            #expect(lines.count <= Self.lineLimit, "\(file.lastPathComponent)")
        }
    }

    @Test func `nothing is left for later in the sources`() throws {
        let marks = ["TO" + "DO", "FIX" + "ME", "X" + "XX", "try" + "!", " as" + "!"]
        for file in try Repository.swiftFiles(under: "Sources") {
            let text = try String(contentsOf: file, encoding: .utf8)
            for mark in marks { #expect(!text.contains(mark), "\(file.lastPathComponent): \(mark)") }
        }
    }

    @Test(arguments: ["README.md", "CONTRIBUTING.md", ".github/pull_request_template.md"])
    func `every make target that a document names is there`(document: String) throws {
        let makefile = try String(contentsOf: Repository.root.appending(path: "Makefile"), encoding: .utf8)
        let targets = Set(makefile.matches(of: /(?m)^([a-z]+):/).map { String($0.output.1) })
        let text = try String(contentsOf: Repository.root.appending(path: document), encoding: .utf8)
        let named = Set(text.matches(of: /(?m)(?:`|^ +)make ([a-z]+)/).map { String($0.output.1) })
        #expect(!named.isEmpty)
        #expect(named.subtracting(targets) == [])
    }

    @Test func `every path that CONTRIBUTING.md names is there`() throws {
        let text = try String(contentsOf: Repository.root.appending(path: "CONTRIBUTING.md"), encoding: .utf8)
        let paths = text.matches(of: /(?:Sources|Tests|docs|sql)\/[A-Za-z0-9_\/.+-]*[A-Za-z]/).map { String($0.output) }
        #expect(paths.count > 15)
        for path in paths where !path.contains("NAME") && !path.contains("NNN") {
            let place = Repository.root.appending(path: path).path
            #expect(FileManager.default.fileExists(atPath: place), "\(path)")
        }
    }

    @Test func `the version is the newest of the changelog`() throws {
        let changelog = try String(contentsOf: Repository.root.appending(path: "CHANGELOG.md"), encoding: .utf8)
        let program = try String(
            contentsOf: Repository.root.appending(path: "Sources/MonoReconcile/Commands/MonoReconcile.swift"),
            encoding: .utf8)
        let version = try #require(program.firstMatch(of: /static let version = "([0-9.]+)"/)?.output.1)
        #expect(changelog.contains("\n## [\(version)]"))
    }
}
