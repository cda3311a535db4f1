import Ledger
import Reconciliation
import Reports

/// The picture of a run at work: a function of the progress that is known and of the room on the screen.
struct ProgressPicture {
    var progress: RunProgress
    /// Calls of all workers.
    var calls: Int
    /// What they cost; nil without prices.
    var cost: Cost?
    /// Since this process joined the run.
    var elapsed: Duration
    var remaining: TimeRemaining.Estimate?

    /// The room on a screen, in columns and lines.
    struct Room: Equatable, Sendable {
        var columns: Int
        var rows: Int
    }

    private static let bankLimit = 8
    private static let barWidth = 20

    /// The block that is drawn again and again: at least one line, and always less than the room.
    func lines(in room: Room, colours: Bool) -> [String] {
        let width = max(1, room.columns - 1)
        let (bold, faint, plain) = colours ? ("\u{1B}[1m", "\u{1B}[2m", "\u{1B}[0m") : ("", "", "")
        var lines = [bold + headline(width: width).cut(to: width) + plain]
        if room.rows >= 4 { lines.append(facts.cut(to: width)) }
        let left = min(Self.bankLimit, room.rows - 4)
        if left >= 2 { lines += banks(atMost: left).map { faint + $0.cut(to: width) + plain } }
        return lines
    }

    /// One line for a file or a terminal that cannot draw.
    var line: String { "progress: \(counts); \(facts)" }

    private var counts: String {
        "\(progress.settled) of \(progress.total) settled, \(progress.back) back"
    }

    private func headline(width: Int) -> String {
        guard width >= 60, progress.total > 0 else { return counts }
        let full = min(max(0, progress.settled * Self.barWidth / progress.total), Self.barWidth)
        let bar = String(repeating: "#", count: full) + String(repeating: ".", count: Self.barWidth - full)
        return "[\(bar)] \(counts)"
    }

    private var facts: String {
        let unasked = progress.open - progress.waiting
        var facts = ["\(progress.waiting) waiting for Mono", "\(unasked) to come"]
        if let until = progress.heldUntil {
            let seconds = max(1, until.since(progress.at).components.seconds)
            facts.append("Mono asked for a pause of another \(seconds) s")
        } else if let remaining {
            facts.append(remaining.text)
        }
        let price = cost.map { " (\($0.text))" } ?? ""
        return (facts + ["\(calls) calls\(price)", "\(elapsed.roughly) so far"]).joined(separator: ", ")
    }

    private func banks(atMost limit: Int) -> [String] {
        let open = progress.banks.filter { $0.open > 0 }
        guard !open.isEmpty else { return [] }
        let isCut = open.count > limit
        let shown = open.prefix(isCut ? limit - 1 : limit)
        var rows = shown.map { ("\($0.open)", "of \($0.total)", $0.name?.printable() ?? "bank not known") }
        if isCut {
            let rest = open.dropFirst(shown.count)
            rows.append(
                (
                    "\(rest.reduce(0) { $0 + $1.open })", "of \(rest.reduce(0) { $0 + $1.total })",
                    "at \(rest.count) more banks"
                ))
        }
        let widths = (rows.map(\.0.count).max() ?? 0, rows.map(\.1.count).max() ?? 0)
        return rows.map { row in
            let open = String(repeating: " ", count: widths.0 - row.0.count) + row.0
            return "  \(open) open \(row.1)\(String(repeating: " ", count: widths.1 - row.1.count))  \(row.2)"
        }
    }
}

extension TimeRemaining.Estimate {
    /// `12 to 17 min left`.
    fileprivate var text: String {
        switch self {
        case .atMost(let longest): "at most \(longest.roughly) left"
        case .between(let least, let longest):
            least.roughly == longest.roughly
                ? "about \(least.roughly) left" : "\(least.roughly) to \(longest.roughly) left"
        }
    }
}

extension Duration {
    /// Rounded up, as exact as an estimate can be: `40 s`, `12 min`, `2 h 10 min`.
    var roughly: String {
        let seconds = max(0, components.seconds + (components.attoseconds > 0 ? 1 : 0))
        if seconds < 90 { return seconds < 10 ? "\(seconds) s" : "\((seconds + 9) / 10 * 10) s" }
        let minutes = (seconds + 59) / 60
        if minutes < 90 { return "\(minutes) min" }
        let tens = (minutes + 9) / 10 * 10
        return tens % 60 == 0 ? "\(tens / 60) h" : "\(tens / 60) h \(tens % 60) min"
    }
}

extension String {
    /// The beginning that fits into so many columns.
    func cut(to width: Int) -> String {
        var columns = 0
        var end = startIndex
        for index in indices {
            columns += self[index].columns
            guard columns <= width else { return String(self[..<end]) }
            end = self.index(after: index)
        }
        return self
    }
}

extension Character {
    /// Columns on a terminal; where terminals differ, the larger number.
    fileprivate var columns: Int {
        guard let first = unicodeScalars.first else { return 0 }
        switch first.value {
        case ..<0x300: return 1
        case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
            0xFFE0...0xFFE6, 0x1F000...0x1FAFF, 0x20000...0x3FFFD:
            return 2
        default: return first.properties.isEmojiPresentation || unicodeScalars.contains("\u{FE0F}") ? 2 : 1
        }
    }
}
