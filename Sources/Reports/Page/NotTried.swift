import Reconciliation

/// Why the run found nothing out about some accounts: told once above the rows, by cause, instead of beside each.
struct NotTried {
    /// In the order of the causes.
    let lines: [String]
    /// Whether of one of the accounts something was known before.
    let isAnyKnown: Bool

    private enum Kind: String, CaseIterable {
        case notTried = "Not tried"
        case coolingDown = "Left alone"
        case notFinished = "Not finished"
        case wentWrong = "Went wrong"

        /// Nil for a case whose outcome says by itself what is known.
        init?(_ record: CaseRecord) {
            let isCarried = record.outcome != record.knownOutcome
            if record.isCoolingDown {
                self = .coolingDown
            } else if record.outcome == .deferred, isCarried || !record.isTried {
                self = record.isTried ? .notFinished : .notTried
            } else if record.outcome == .errored, isCarried {
                self = .wentWrong
            } else {
                return nil
            }
        }
    }

    init(_ run: RunRecord) {
        var counts: [Kind: [Cause?: Int]] = [:]
        var isAnyKnown = false
        for record in run.cases {
            guard let kind = Kind(record) else { continue }
            counts[kind, default: [:]][kind == .coolingDown ? .coolDown : record.cause, default: 0] += 1
            if record.outcome != record.knownOutcome { isAnyKnown = true }
        }
        let when = run.kind == .nightly ? "tonight" : "in this run"
        lines = Kind.allCases.flatMap { kind in
            (Cause.allCases.map(Optional.some) + [nil]).compactMap { cause in
                counts[kind]?[cause].map { number in
                    let why = cause?.plainText.map { ": \($0)" } ?? ""
                    return "\(kind.rawValue) \(when)\(why) (\(counted(number, "account")))"
                }
            }
        }
        self.isAnyKnown = isAnyKnown
    }

    /// A box; nothing where all was found out.
    var markup: Markup {
        guard !lines.isEmpty else { return .nothing }
        let known: Markup =
            isAnyKnown ? "<p>They stand below by what was known before; that is still to be done.</p>" : .nothing
        return "<div class=note><ul>\(lines.map { "<li>\($0)</li>" as Markup })</ul>\(known)</div>\n"
    }
}
