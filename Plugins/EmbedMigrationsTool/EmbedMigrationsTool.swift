import Foundation

/// Writes a Swift file with the text of each SQL file named: `embed-migrations OUTPUT FILE…`.
@main
enum EmbedMigrationsTool {
    static func main() throws {
        let arguments = CommandLine.arguments.dropFirst()
        guard let output = arguments.first else { return }
        var source = "extension Migration {\n    static let embedded: [Migration] = [\n"
        for path in arguments.dropFirst() {
            let url = URL(fileURLWithPath: path)
            let text = try String(contentsOf: url, encoding: .utf8)
            let parts = url.deletingPathExtension().lastPathComponent.split(separator: "_", maxSplits: 1)
            guard parts.count == 2, let version = Int(parts[0]), !text.contains("\"\"\"###") else {
                throw CocoaError(.fileReadCorruptFile, userInfo: [NSFilePathErrorKey: path])
            }
            source += "Migration(version: \(version), name: \"\(parts[1])\", text: ###\"\"\"\n\(text)\n\"\"\"###),\n"
        }
        source += "    ]\n}\n"
        try source.write(toFile: output, atomically: true, encoding: .utf8)
    }
}
