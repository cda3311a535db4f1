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

    @Test func `the version is the newest of the changelog`() throws {
        let changelog = try String(contentsOf: Repository.root.appending(path: "CHANGELOG.md"), encoding: .utf8)
        let program = try String(
            contentsOf: Repository.root.appending(path: "Sources/MonoReconcile/Commands/MonoReconcile.swift"),
            encoding: .utf8)
        let version = try #require(program.firstMatch(of: /static let version = "([0-9.]+)"/)?.output.1)
        #expect(changelog.contains("\n## [\(version)]"))
    }
}
