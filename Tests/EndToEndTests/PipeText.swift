import Foundation
import Synchronization

/// What a program writes to one of its outputs, read on a thread of its own as it comes, unless it is a stuck one.
final class PipeText: Sendable {
    private struct State {
        var bytes: [UInt8] = []
        var isOver = false
        var waiting: [Wait] = []
    }

    private struct Wait {
        /// The beginning of the line that is waited for; nil: the end.
        var beginning: String?
        var continuation: CheckedContinuation<String?, Never>
    }

    /// The descriptor for the program; closed here once the program has it.
    let end: Int32
    private let source: Int32
    private let isRead: Bool
    private let state: Mutex<State>

    /// A pipe that is read.
    convenience init() throws {
        let (source, end) = try Self.pipe()
        self.init(source, end, isRead: true)
    }

    private init(_ source: Int32, _ end: Int32, isRead: Bool) {
        (self.source, self.end, self.isRead) = (source, end, isRead)
        // Of what nobody reads nothing will ever be known.
        state = Mutex(State(isOver: !isRead))
    }

    deinit {
        if !isRead { close(source) }
    }

    /// A pipe that is full and that nobody reads.
    static func full() throws -> PipeText {
        let (source, end) = try pipe()
        // For a moment alone: the program shares the flag.
        _ = fcntl(end, F_SETFL, O_NONBLOCK)
        while write(end, "\n", 1) == 1 {}
        _ = fcntl(end, F_SETFL, 0)
        return PipeText(source, end, isRead: false)
    }

    /// A terminal after Ctrl-S.
    static func stoppedTerminal() throws -> PipeText {
        let source = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        // As unlockpt and ptsname, which are not offered here: TIOCSPTLCK and TIOCGPTN.
        var (lock, number) = (Int32(0), Int32(-1))
        guard source >= 0, ioctl(source, 0x4004_5431, &lock) == 0, ioctl(source, 0x8004_5430, &number) == 0 else {
            throw ToolError(description: "no terminal can be made")
        }
        let end = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY | O_CLOEXEC)
        guard end >= 0, tcflow(end, TCOOFF) == 0 else { throw ToolError(description: "no terminal can be stopped") }
        return PipeText(source, end, isRead: false)
    }

    private static func pipe() throws -> (source: Int32, end: Int32) {
        var ends: [Int32] = [-1, -1]
        guard Glibc.pipe(&ends) == 0 else { throw ToolError(description: "no pipe can be made") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }

    /// Starts reading; to be called once, when the program has been started.
    func begin() {
        close(end)
        guard isRead else { return }
        DispatchQueue(label: "test.pipe").async { [self] in
            var chunk = [UInt8](repeating: 0, count: 65_536)
            while true {
                let count = read(source, &chunk, chunk.count)
                if count < 0, errno == EINTR { continue }
                take(chunk.prefix(max(0, count)), isLast: count <= 0)
                if count <= 0 { break }
            }
            close(source)
        }
    }

    /// Everything, once the program has ended.
    func whole() async -> String { await wait(for: nil) ?? "" }

    /// The first whole line that begins with the text; nil when the program ended without it.
    func line(beginningWith text: String) async -> String? { await wait(for: text) }

    private func wait(for beginning: String?) async -> String? {
        await withCheckedContinuation { continuation in
            let answer: String?? = state.withLock { state in
                if let answer = Self.answer(beginning, state) { return answer }
                state.waiting.append(Wait(beginning: beginning, continuation: continuation))
                return nil
            }
            if let answer { continuation.resume(returning: answer) }
        }
    }

    private func take(_ chunk: ArraySlice<UInt8>, isLast: Bool) {
        let answered = state.withLock { state in
            state.bytes += chunk
            state.isOver = isLast
            let waiting = state.waiting
            state.waiting = []
            var answered: [(Wait, String?)] = []
            for wait in waiting {
                if let answer = Self.answer(wait.beginning, state) {
                    answered.append((wait, answer))
                } else {
                    state.waiting.append(wait)
                }
            }
            return answered
        }
        for (wait, answer) in answered { wait.continuation.resume(returning: answer) }
    }

    /// What a wait is answered now; nil: not yet.
    private static func answer(_ beginning: String?, _ state: State) -> String?? {
        let text = String(decoding: state.bytes, as: UTF8.self)
        guard let beginning else { return state.isOver ? .some(text) : nil }
        let whole = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
        if let line = whole.first(where: { $0.hasPrefix(beginning) }) { return .some(String(line)) }
        return state.isOver ? .some(nil) : nil
    }
}
