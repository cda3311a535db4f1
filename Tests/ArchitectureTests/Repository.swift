import Foundation

/// The repository that the tests were built in.
enum Repository {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    static func swiftFiles(under folder: String) throws -> [URL] {
        let url = root.appending(path: folder)
        let paths = try FileManager.default.subpathsOfDirectory(atPath: url.path)
        return paths.filter { $0.hasSuffix(".swift") }.sorted().map { url.appending(path: $0) }
    }

    static func imports(of file: URL) throws -> [String] {
        try String(contentsOf: file, encoding: .utf8).split(separator: "\n").compactMap {
            importedModule(of: String($0))
        }
    }

    /// The module that a line imports, whatever its access level and attributes.
    static func importedModule(of line: String) -> String? {
        var words = line.split(separator: " ")
        while let first = words.first, first.hasPrefix("@") || levels.contains(first) { words.removeFirst() }
        guard words.first == "import", words.count >= 2 else { return nil }
        let kinds: Set<Substring> = ["struct", "class", "enum", "protocol", "func", "var", "let", "typealias"]
        let name = kinds.contains(words[1]) && words.count > 2 ? words[2] : words[1]
        return name.split(separator: ".").first.map(String.init)
    }

    private static let levels: Set<Substring> = ["public", "package", "internal", "fileprivate", "private"]
}
