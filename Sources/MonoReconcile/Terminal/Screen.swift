import Glibc
import Synchronization

/// A block of lines at the end of a terminal that is drawn again in its place.
///
/// Everything else that this process writes comes above the block. The cursor stays visible and no mode of the terminal
/// is changed, so that there is nothing to restore but the block itself, whatever ends the process.
final class Screen: Sendable {
    private struct State {
        var height = 0
        var columns = 0
        var drawnAt: ContinuousClock.Instant?
        /// The turn of whoever may draw; nobody may while the number is even.
        var turn = 0
    }

    private let state = Mutex(State())
    private let output: @Sendable (String) -> Bool
    private let isBehind: @Sendable () -> Bool

    /// The screen of this process, on standard error.
    static let shared = Screen(
        output: { OutputQueue.shared.write($0, to: .messages) }, isBehind: { OutputQueue.shared.isBehind })

    /// A screen on whatever takes its bytes.
    ///
    /// - Parameters:
    ///   - output: Takes a text; false if it is dropped.
    ///   - isBehind: Whether some of what was taken is not on the terminal yet.
    init(
        output: @escaping @Sendable (String) -> Bool, isBehind: @escaping @Sendable () -> Bool = { false }
    ) {
        (self.output, self.isBehind) = (output, isBehind)
    }

    /// Lets a new drawer draw from now on, and returns the turn that it is known by.
    func begin() -> Int {
        state.withLock { state in
            state.turn += state.turn.isMultiple(of: 2) ? 1 : 2
            return state.turn
        }
    }

    /// Draws the block in place of the one before.
    ///
    /// On a narrower screen, or after the process was stopped for a while, nobody knows where the old block is: then
    /// the old block stays, and the new one begins below. A terminal that takes nothing gets no block.
    func draw(_ lines: [String], columns: Int, as turn: Int, at now: ContinuousClock.Instant = .now) {
        state.withLock { state in
            guard state.turn == turn, !lines.isEmpty else { return }
            guard !isBehind() else {
                if state.height > 0 { state.drawnAt = now }
                return
            }
            let wasStopped = state.drawnAt.map { now - $0 > .seconds(2) } ?? false
            var text = ""
            if state.height > 0 { text = columns < state.columns || wasStopped ? "\r\n" : Self.erasing(state.height) }
            guard output(text + lines.joined(separator: "\r\n")) else { return }
            state.height = lines.count
            state.columns = columns
            state.drawnAt = now
        }
    }

    /// Takes the block away, lets something else be written, and leaves the next block to the next drawing.
    func interrupted(by write: () -> Void) {
        state.withLock { state in
            if state.height > 0, output(Self.erasing(state.height)) {
                state.height = 0
                state.drawnAt = nil
            }
            write()
        }
    }

    /// Takes the block away, and lets nobody draw: a drawing that was under way comes too late.
    func end() {
        state.withLock { $0.turn += $0.turn.isMultiple(of: 2) ? 0 : 1 }
        interrupted {}
    }

    /// Back to the block's first column and line, and everything from there on away.
    private static func erasing(_ height: Int) -> String {
        "\r" + (height > 1 ? "\u{1B}[\(height - 1)A" : "") + "\u{1B}[J"
    }

    /// The room on standard error's terminal; 80 columns and 24 lines where it does not say.
    static var room: ProgressPicture.Room {
        var size = winsize()
        guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else {
            return ProgressPicture.Room(columns: 80, rows: 24)
        }
        return ProgressPicture.Room(columns: Int(size.ws_col), rows: Int(size.ws_row))
    }

    /// Whether the terminal belongs to another job now, so that this process must not draw.
    static var isInBackground: Bool {
        let owner = tcgetpgrp(STDERR_FILENO)
        return owner >= 0 && owner != getpgrp()
    }
}
