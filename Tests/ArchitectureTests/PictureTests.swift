import Foundation
import Reconciliation
import Testing

/// ARCHITECTURE.md's pictures, held against the code that they draw.
struct PictureTests {
    /// The arrows of the mermaid picture that comes first after a heading: from, and all that it leads to.
    static func arrows(after heading: String) throws -> Set<[String]> {
        let text = try String(contentsOf: Repository.root.appending(path: "ARCHITECTURE.md"), encoding: .utf8)
        let section = try #require(text.range(of: "\(heading)\n")).upperBound
        let begin = try #require(text.range(of: "```mermaid\n", range: section..<text.endIndex)).upperBound
        let end = try #require(text.range(of: "```", range: begin..<text.endIndex)).lowerBound
        var arrows: Set<[String]> = []
        for line in text[begin..<end].split(separator: "\n") where line.contains("-->") {
            let sides = line.components(separatedBy: "-->").map { $0.trimmingCharacters(in: .whitespaces) }
            for target in sides[1].components(separatedBy: " & ") {
                let name = target.prefix { $0 != ":" }.trimmingCharacters(in: .whitespaces)
                if sides[0] != "[*]", name != "[*]" { arrows.insert([sides[0], name]) }
            }
        }
        return arrows
    }

    @Test func `the life of a run is drawn as it is`() throws {
        let phases = RunPhase.allCases.flatMap { from in from.successors.map { [from.rawValue, $0.rawValue] } }
        #expect(try Self.arrows(after: "## The life of a run") == Set(phases))
    }

    @Test func `the life of a case is drawn as it is`() throws {
        let phases = CasePhase.allCases.flatMap { from in from.successors.map { [from.rawValue, $0.rawValue] } }
        #expect(try Self.arrows(after: "## The life of a case") == Set(phases))
    }

    @Test func `the modules are drawn as they may import each other`() throws {
        let modules = Set(LayeringTests.allowed.keys)
        let imports = LayeringTests.allowed.flatMap { module, names in
            names.intersection(modules).map { [module, $0] }
        }
        #expect(try Self.arrows(after: "# Architecture") == Set(imports))
    }
}
