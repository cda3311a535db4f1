package import Reconciliation

/// A run in one sentence.
package enum Headline {
    /// What is back, then what somebody must do something about, then what only takes time.
    ///
    /// A bank is named only if it keeps accounts waiting: the bank that keeps most of them. It is said to be down only
    /// where ``BankOutage`` proves it; the time is UTC.
    package static func text(of run: RunRecord) -> String {
        text(of: Tally(run), of: run)
    }

    static func text(of tally: Tally, of run: RunRecord) -> String {
        var parts = [opening(tally, of: run)]
        parts += people(tally)
        parts += banks(tally)
        parts += waiting(tally)
        if run.notSelected > 0, tally.total > 0 { parts.append(leftOut(of: run)) }
        return parts.joined(separator: "; ") + "."
    }

    private static func opening(_ tally: Tally, of run: RunRecord) -> String {
        let candidates = tally.total - tally.nothingWrong
        switch (tally.total, candidates) {
        case (0, _) where run.notSelected > 0: return "Nothing was tried: \(leftOut(of: run))"
        case (0, _): return "Nothing is stuck"
        case (1, 0): return "Nothing is wrong with the account"
        case (_, 0): return "Nothing is wrong with the \(grouped(tally.total)) accounts"
        default: break
        }
        let healthy = tally.nothingWrong > 0 ? "; nothing is wrong with \(grouped(tally.nothingWrong)) more" : ""
        return back(tally.back, of: candidates) + healthy
    }

    private static func leftOut(of run: RunRecord) -> String {
        "\(accounts(run.notSelected, "was", "were")) \(run.isLimited ? "left out by the limit" : "not reached")"
    }

    private static func back(_ back: Int, of candidates: Int) -> String {
        switch (back, candidates) {
        case (0, 1): "The account is not back yet"
        case (1, 1): "The account is back"
        case (0, _): "None of \(grouped(candidates)) accounts is back yet"
        case (2, 2): "Both accounts are back"
        case (candidates, _): "All \(grouped(candidates)) accounts are back"
        case (1, _): "1 of \(grouped(candidates)) accounts is back"
        default: "\(grouped(back)) of \(grouped(candidates)) accounts are back"
        }
    }

    private static func people(_ tally: Tally) -> [String] {
        var parts: [String] = []
        let reauthorise = tally[.reauthorisationRequired]
        if reauthorise == 1 { parts.append("1 customer must re-authorise") }
        if reauthorise > 1 { parts.append("\(grouped(reauthorise)) customers must re-authorise") }
        let missing = tally[.accountNotFound]
        if missing > 0 { parts.append("\(accounts(missing, "is", "are")) no longer linked") }
        if tally[.errored] > 0 { parts.append("\(accounts(tally[.errored], "needs", "need")) an engineer") }
        return parts
    }

    private static func banks(_ tally: Tally) -> [String] {
        // On a tie the first by name, as the banks are in that order.
        var worst: Tally.Bank?
        for bank in tally.banks where bank.waiting > worst?.waiting ?? 0 { worst = bank }
        guard let worst else { return [] }
        let all = tally[.bankUnavailable] + tally[.incompleteStatement]
        if worst.name == Tally.unknownBank { return ["\(accounts(all, "waits", "wait")) for the bank"] }
        let name = worst.name.printable(limit: 60)
        let first =
            worst.downSince.map { since in
                "\(name) has been down since \(since.clockText) UTC (\(accounts(worst.waiting, "waits", "wait")) for it)"
            } ?? "\(name): \(accounts(worst.waiting, "waits", "wait")) for the bank"
        let others = all - worst.waiting
        return others > 0
            ? [first, "\(grouped(others)) more \(others == 1 ? "waits" : "wait") for other banks"] : [first]
    }

    private static func waiting(_ tally: Tally) -> [String] {
        var parts: [String] = []
        if tally[.partial] > 0 { parts.append("\(accounts(tally[.partial], "has", "have")) only part of the data") }
        if tally[.providerFailed] > 0 { parts.append("Mono failed on \(accounts(tally[.providerFailed], "", ""))") }
        let pending = tally[.stillProcessing]
        if pending > 0 { parts.append("\(accounts(pending, "is", "are")) still being fetched") }
        if tally[.deferred] > 0 { parts.append("\(accounts(tally[.deferred], "was", "were")) put off") }
        return parts
    }

    private static func accounts(_ number: Int, _ one: String, _ many: String) -> String {
        let noun = counted(number, "account")
        let verb = number == 1 ? one : many
        return verb.isEmpty ? noun : noun + " " + verb
    }
}
