import Foundation
import PackagePlugin

/// Turns the files of one folder into one Swift file of the target, so that the binary carries their texts.
@main
struct EmbedFiles: BuildToolPlugin {
    /// The folder whose files a target embeds, from the root of the package, and the ending of those files.
    private static let sources: [String: (folder: String, endings: Set<String>)] = [
        "Ledger": ("sql", ["sql"]),
        "Reports": ("Sources/Reports/Page", ["css", "js"]),
    ]

    func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
        guard let (folder, endings) = Self.sources[target.name] else {
            throw CocoaError(.fileNoSuchFile, userInfo: [NSFilePathErrorKey: target.name])
        }
        let place = context.package.directoryURL.appending(path: folder)
        let output = context.pluginWorkDirectoryURL.appending(path: "EmbeddedFiles.swift")
        let inputs = try FileManager.default.contentsOfDirectory(at: place, includingPropertiesForKeys: nil)
            .filter { endings.contains($0.pathExtension) }
            .sorted { $0.lastPathComponent < $1.lastPathComponent }
        guard !inputs.isEmpty else { throw CocoaError(.fileNoSuchFile, userInfo: [NSFilePathErrorKey: place.path]) }
        return [
            .buildCommand(
                displayName: "Embedding \(inputs.count) files of \(folder)",
                executable: try context.tool(named: "embed-files").url,
                arguments: [output.path] + inputs.map(\.path), inputFiles: inputs, outputFiles: [output])
        ]
    }
}
