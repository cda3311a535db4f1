import Reconciliation
import Synchronization

/// The live line on a terminal: settled, waiting, calls.
final class ProgressLine: Sendable {
    private let shownAt = Mutex<ContinuousClock.Instant?>(nil)

    /// Draws the line, at most five times a second.
    func show(_ desk: Desk) {
        let now = ContinuousClock.now
        let isDue = shownAt.withLock { last in
            if let last, now - last < .milliseconds(200) { return false }
            last = now
            return true
        }
        guard isDue else { return }
        let settled = desk.settled.values.reduce(0, +)
        let back = (desk.settled[.recovered] ?? 0) + (desk.settled[.alreadyAvailable] ?? 0)
        Terminal.note(
            "\r\u{1B}[K\(settled) settled (\(back) back), \(desk.cases.count) in hand, \(desk.calls.total) calls")
    }

    /// Takes the line away.
    func clear() {
        guard shownAt.withLock({ $0 }) != nil else { return }
        Terminal.note("\r\u{1B}[K")
    }
}
