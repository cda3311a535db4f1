import Glibc

/// Standard output for results, standard error for messages.
enum Terminal {
    /// Prints a result.
    static func print(_ text: String) {
        Screen.shared.interrupted {
            OutputQueue.shared.write(text.hasSuffix("\n") ? text : text + "\n", to: .results)
        }
    }

    /// Prints a message: one line.
    static func complain(_ message: String) {
        let line = message.split(whereSeparator: \.isNewline).joined(separator: " ")
        note("mono-reconcile: \(line)\n")
    }

    /// Prints text as it is to standard error.
    static func note(_ text: String) { Screen.shared.interrupted { OutputQueue.shared.write(text, to: .messages) } }

    /// Ends the process once its output is written.
    ///
    /// Messages that nobody reads are not waited for, nor are results if a signal ends the process.
    static func quit(_ code: Int32) -> Never {
        OutputQueue.shared.flush(waitingForResults: code < 128)
        exit(code)
    }

    /// Whether a person watches standard error.
    static var isInteractive: Bool { isatty(STDERR_FILENO) == 1 }
}
