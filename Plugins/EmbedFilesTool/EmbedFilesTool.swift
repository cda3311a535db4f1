import Foundation

/// Writes a Swift file with the text of each file named: `embed-files OUTPUT FILE…`.
@main
enum EmbedFilesTool {
    static func main() throws {
        let arguments = CommandLine.arguments.dropFirst()
        guard let output = arguments.first else { return }
        var source = "/// Files of the repository, byte for byte, in the order of their names.\nenum EmbeddedFiles {\n"
        var names: [String] = []
        for path in arguments.dropFirst() {
            let url = URL(fileURLWithPath: path)
            let text = try String(contentsOf: url, encoding: .utf8)
            // The text of a raw literal ends before the literal's last line break.
            guard !text.contains("\"\"\"###") else {
                throw CocoaError(.fileReadCorruptFile, userInfo: [NSFilePathErrorKey: path])
            }
            names.append(url.lastPathComponent)
            source += "static let `\(url.lastPathComponent)` = ###\"\"\"\n\(text)\n\"\"\"###\n"
        }
        let list = names.map { "(name: \"\($0)\", text: `\($0)`)" }.joined(separator: ", ")
        source += "static let all = [\(list)]\n}\n"
        try source.write(toFile: output, atomically: true, encoding: .utf8)
    }
}
