import Foundation
import Testing

@testable import MonoReconcile

/// docs/configuration.md, held against the options.
struct ManualTests {
    @Test func `the manual's table has every option of run, and no other`() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs/configuration.md")
        let manual = try String(contentsOf: file, encoding: .utf8)
        let after = try #require(manual.components(separatedBy: "## Options of `run` and `plan`\n").dropFirst().first)
        let section = try #require(after.components(separatedBy: "\n## ").first)
        let options = section.matches(of: /(?m)^\| `--([a-z-]+)/).map { String($0.output.1) }
        #expect(Set(options.map(Setting.variable)) == Set(RunSettings.knownVariables))
        #expect(options.count == RunSettings.knownVariables.count)
    }
}
