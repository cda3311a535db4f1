import Glibc
import Synchronization

/// Standard output for results, standard error for messages.
enum Terminal {
    /// What it means that a result cannot be written.
    enum Worth {
        /// The result is elsewhere, too: it is said that this one is lost.
        case copy
        /// It was asked for: the process fails.
        case wanted
        /// It cost something: it is told on standard error instead.
        case paid
    }

    private struct Printed {
        var isWanted = false
        var paid: [String] = []
    }

    private static let printed = Mutex(Printed())

    /// Prints a result.
    static func print(_ text: String, _ worth: Worth = .wanted) {
        printed.withLock { printed in
            switch worth {
            case .copy: break
            case .wanted: printed.isWanted = true
            case .paid:
                printed.isWanted = true
                printed.paid.append(text)
            }
        }
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
    /// Messages that nobody reads are not waited for, nor are results if a signal ends the process. A result that could
    /// not be written makes a success a failure.
    static func quit(_ code: Int32) -> Never {
        OutputQueue.shared.flush(waitingForResults: code < 128)
        guard let why = OutputQueue.shared.lossOfResults else { exit(code) }
        let printed = Self.printed.withLock { $0 }
        let rest = printed.paid.isEmpty ? "" : "; it was: \(printed.paid.joined(separator: " "))"
        complain("the result cannot be written to standard output: \(why)\(rest)")
        OutputQueue.shared.flush(waitingForResults: false)
        exit(code == 0 && printed.isWanted ? Failure.ExitStatus.reportNotWritten.rawValue : code)
    }

    /// Makes failed writes errors that are told, and keeps anything else from getting a standard descriptor's number.
    ///
    /// Where one is closed at the start, the next file or connection would get its number, and the results with it.
    static func prepare() {
        signal(SIGPIPE, SIG_IGN)
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
            // Opened so that what the descriptor is for fails; messages go nowhere.
            let mode = descriptor == STDIN_FILENO ? O_WRONLY : descriptor == STDOUT_FILENO ? O_RDONLY : O_RDWR
            // The lowest free number is this one.
            _ = open("/dev/null", mode)
        }
    }

    /// Whether a person watches standard error.
    static var isInteractive: Bool { isatty(STDERR_FILENO) == 1 }
}
