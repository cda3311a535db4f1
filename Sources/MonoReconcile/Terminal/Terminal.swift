import Glibc

/// Standard output for results, standard error for messages.
enum Terminal {
    /// Prints a result.
    static func print(_ text: String) {
        Screen.shared.interrupted { write(text.hasSuffix("\n") ? text : text + "\n", to: STDOUT_FILENO) }
    }

    /// Prints a message: one line.
    static func complain(_ message: String) {
        let line = message.split(whereSeparator: \.isNewline).joined(separator: " ")
        note("mono-reconcile: \(line)\n")
    }

    /// Prints text as it is to standard error.
    static func note(_ text: String) { Screen.shared.interrupted { write(text, to: STDERR_FILENO) } }

    /// Ends the process at once.
    static func quit(_ code: Int32) -> Never { exit(code) }

    /// Whether a person watches standard error.
    static var isInteractive: Bool { isatty(STDERR_FILENO) == 1 }

    /// Writes all bytes, or as many as are taken.
    static func write(_ text: String, to descriptor: Int32) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            // A closed pipe or a full disk: there is nobody left to tell.
            guard count > 0 else { return }
            bytes = bytes.dropFirst(count)
        }
    }
}
