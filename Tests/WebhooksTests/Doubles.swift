import Logging
import Synchronization

@testable import Webhooks

/// A logger for tests that look at no line.
let silent = Logger(label: "silent") { _ in SwiftLogNoOpLogHandler() }

/// Waits until something is so, without taking the processor from those who make it so; ends with the test's time.
func eventually(_ isSo: () async throws -> Bool) async rethrows {
    while try await !isSo() {
        guard (try? await Task.sleep(for: .milliseconds(1))) != nil else { return }
    }
}

/// A database whose first commit takes until it is told to go on.
final class GatedRecorder: Sendable {
    private struct State {
        var batches: [[String]] = []
        var isOpen = false
        var held: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    /// What was asked for so far.
    var batches: [[String]] { state.withLock(\.batches) }

    /// Notes a batch, and answers once the gate is open, cancelled or not.
    @Sendable
    func record(_ payloads: [String]) async throws(RecorderError) -> [String] {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                state.batches.append(payloads)
                if !state.isOpen { state.held.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
        return payloads.map { _ in "applied" }
    }

    /// Lets everything go on.
    func open() {
        let held = state.withLock { state in
            state.isOpen = true
            defer { state.held = [] }
            return state.held
        }
        for continuation in held { continuation.resume() }
    }

    /// Returns when there were so many calls.
    func calls(_ count: Int) async {
        await eventually { self.batches.count >= count }
    }
}

/// Log lines of every level.
final class LogCapture: Sendable {
    private let lines = Mutex<[String]>([])

    var all: [String] { lines.withLock { $0 } }

    var logger: Logger {
        var logger = Logger(label: "capture") { _ in Handler(capture: self) }
        logger.logLevel = .trace
        return logger
    }

    private struct Handler: LogHandler {
        let capture: LogCapture
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        init(capture: LogCapture) { self.capture = capture }

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            capture.lines.withLock { $0.append("\(event.level) \(event.message) \(event.metadata ?? [:])") }
        }
    }
}

extension EventQueue.Limits {
    /// A commit may take as long as a loaded machine likes.
    static var patient: Self {
        var limits = Self()
        limits.patience = .seconds(3_600)
        return limits
    }
}
