package import Reconciliation

/// A run's summary for standard output: plain text, at most 100 columns, readable at 3 a.m.
package enum SummaryTable {
    private static let width = 100
    private static let bankLimit = 10
    private static let nameLimit = 40

    /// The whole text, a newline at its end.
    ///
    /// `reportFolder` is the folder that `ReportFiles.write` returned; this path stays whole, however long it is.
    package static func text(of run: RunRecord, reportFolder: String? = nil) -> String {
        let tally = Tally(run)
        var lines = wrapped(Headline.text(of: tally, of: run))
        if tally.total > 0 { lines += [""] + table(outcomes(tally)) }
        if tally.banks.contains(where: { $0.unresolved > 0 }) { lines += [""] + banks(tally) }
        lines += [""] + facts(run, tally, reportFolder: reportFolder)
        return lines.joined(separator: "\n") + "\n"
    }

    private static func outcomes(_ tally: Tally) -> [[String]] {
        var rows = [["Accounts", "Outcome", "Who acts next"]]
        for owner in Owner.allCases {
            for outcome in Outcome.allCases {
                guard let number = tally.outcomesByOwner[owner]?[outcome] else { continue }
                rows.append(["\(number)", outcome.rawValue, owner.rawValue])
            }
        }
        return rows
    }

    /// The banks with unresolved accounts, worst first.
    private static func banks(_ tally: Tally) -> [String] {
        let unresolved = tally.banks.filter { $0.unresolved > 0 }
        let sorted = unresolved.sorted { left, right in
            left.unresolved == right.unresolved
                ? left.name.precedesByBytes(right.name) : left.unresolved > right.unresolved
        }
        var rows = [["Unresolved", "Of", "Bank", "Mostly"]]
        for bank in sorted.prefix(bankLimit) {
            var mostly = Outcome.errored
            for outcome in Outcome.allCases where outcome.isUnresolved {
                if bank.known[outcome, default: 0] > bank.known[mostly, default: 0] { mostly = outcome }
            }
            rows.append([
                "\(bank.unresolved)", "\(bank.total)", bank.name.printable(limit: nameLimit), mostly.rawValue,
            ])
        }
        let left = sorted.count - bankLimit
        return table(rows, numbers: 2) + (left > 0 ? ["and \(left) more \(left == 1 ? "bank" : "banks")"] : [])
    }

    private static func facts(_ run: RunRecord, _ tally: Tally, reportFolder: String?) -> [String] {
        let kind = run.kind == .nightly ? "nightly" : "one-off"
        let workers = run.workers == 1 ? "1 worker" : "\(run.workers) workers"
        let took = run.finishedAt.map { ", took \($0.since(run.startedAt).spokenText)" } ?? ", not finished"
        let calls = run.calls
        let start = "\(run.startedAt.minuteText(in: run.zone)) (\(run.zone.name))"
        var lines = [
            "Run        \(run.runID), \(kind), started \(start)\(took), \(workers)",
            "API calls  \(calls.total): \(calls.details) details, \(calls.trigger) trigger, \(calls.job) job, "
                + "\(calls.reauth) reauth" + (run.callsSpared.map { "; \(grouped($0)) saved" } ?? ""),
        ]
        if let cost = run.cost {
            lines.append("Cost       \(cost.text)" + (run.costSpared.map { "; \($0) saved" } ?? ""))
        }
        if !tally.notTried.isEmpty {
            let causes = tally.notTriedInOrder.map { "\(grouped($0.count)) \($0.cause.rawValue)" }
            let all = tally.notTried.values.reduce(0, +)
            lines += hanging("Not tried  ", "\(grouped(all)): \(causes.joined(separator: ", "))")
        }
        if run.notSelected > 0 { lines += hanging("Left out   ", Headline.leftOut(of: run)) }
        if let reportFolder { lines.append("Report     \(reportFolder.printable(limit: .max))") }
        return lines
    }

    /// Columns two blanks apart; the first `numbers` of them to the right, no blanks at a line's end.
    private static func table(_ rows: [[String]], numbers: Int = 1) -> [String] {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in rows.map { row in row[column].count }.max() ?? 0 }
        return rows.map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                let blanks = String(repeating: " ", count: widths[column] - cell.count)
                let isLast = column == columns - 1
                line += (column > 0 ? "  " : "") + (column < numbers ? blanks + cell : cell + (isLast ? "" : blanks))
            }
            return line
        }
    }

    /// A fact after its name, broken at blanks.
    private static func hanging(_ name: String, _ text: String) -> [String] {
        let blanks = String(repeating: " ", count: name.count)
        return wrapped(text, within: width - name.count).enumerated().map { ($0 == 0 ? name : blanks) + $1 }
    }

    /// Broken at blanks.
    private static func wrapped(_ text: String, within width: Int = width) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            if !line.isEmpty, line.count + 1 + word.count > width {
                lines.append(line)
                line = ""
            }
            line += (line.isEmpty ? "" : " ") + word
        }
        return lines + [line]
    }
}
