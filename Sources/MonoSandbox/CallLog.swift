import Foundation
import Synchronization

/// A file that gets one JSON object a line for each call, written before the call is answered.
final class CallLog: Sendable {
    private let file: Mutex<FileHandle>

    /// Begins an empty file at the path, or throws `ScenarioError` that names it.
    init(path: String) throws {
        guard FileManager.default.createFile(atPath: path, contents: nil),
            let file = FileHandle(forWritingAtPath: path)
        else { throw ScenarioError(description: "cannot write the call log \(path)") }
        self.file = Mutex(file)
    }

    /// Adds a line; a full disk loses the line and not the sandbox.
    func append(_ line: JSON) {
        let bytes = Data((line.text + "\n").utf8)
        file.withLock { file in
            // Losing a line of the log must not change how the sandbox answers.
            try? file.write(contentsOf: bytes)
        }
    }
}
