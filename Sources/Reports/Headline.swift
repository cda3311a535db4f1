package import Reconciliation

/// A run in one sentence.
package enum Headline {
    /// What is back, then what somebody must do something about, then what only takes time.
    ///
    /// Accounts that the run did not get to count by what was known of them. A bank is named only if it keeps accounts
    /// waiting: the bank that keeps most of them; it is said to be down only where ``BankFacts`` proves it. Times are of
    /// the run's zone.
    package static func text(of run: RunRecord) -> String {
        text(of: Tally(run), of: run)
    }

    static func text(of tally: Tally, of run: RunRecord) -> String {
        if isEmpty(run) {
            return "Nothing is stuck: 0 accounts are known. The manual's page adoption.md tells how accounts get into "
                + "mono.accounts."
        }
        var parts = [opening(tally, of: run)]
        parts += people(tally)
        parts += banks(tally, of: run)
        parts += waiting(tally)
        // Nothing new was found out, so all that follows is older.
        let isKnown = tally.known[.deferred, default: 0] < tally.total
        if tally.tried == 0, isKnown, parts.count > 1 { parts[1] = "as known before, " + parts[1] }
        parts += notTried(tally, of: run)
        return parts.joined(separator: "; ") + "."
    }

    /// Whether the run had nothing to do because no account was ever brought in.
    static func isEmpty(_ run: RunRecord) -> Bool {
        run.kind == .nightly && run.cases.isEmpty && run.notSelected == 0 && run.closing?.knownAccounts == 0
    }

    private static func opening(_ tally: Tally, of run: RunRecord) -> String {
        let candidates = tally.total - tally.nothingWrong
        let stop = stop(run)
        let nothing = stop.map { "\($0); nothing was tried" } ?? "Nothing was tried"
        switch (tally.total, candidates) {
        case (0, _) where run.notSelected > 0: return "\(nothing): \(leftOut(of: run))"
        case (0, _): return "Nothing is stuck"
        case (1, 0): return "Nothing is wrong with the account"
        case (_, 0): return "Nothing is wrong with the \(grouped(tally.total)) accounts"
        default: break
        }
        if tally.resting == tally.total, stop == nil { return "Nobody was due for another try" }
        if tally.tried == 0 { return nothing }
        let healthy = tally.nothingWrong > 0 ? "; nothing is wrong with \(grouped(tally.nothingWrong)) more" : ""
        let back = back(tally.back, of: candidates) + healthy
        return stop.map { "\($0); \(back.prefix(1).lowercased())\(back.dropFirst())" } ?? back
    }

    /// What ended the run before its accounts were done.
    private static func stop(_ run: RunRecord) -> String? {
        switch run.exitCode {
        case 77: "Mono refused the key"
        case 69: "Mono could not be reached"
        case 75: "Mono asked us to come back later"
        case 130, 143: "The run was interrupted"
        default: nil
        }
    }

    /// What the run did not get to, as far as it was not told before.
    private static func notTried(_ tally: Tally, of run: RunRecord) -> [String] {
        guard tally.total > 0 else { return [] }
        var parts: [String] = []
        if tally.carried > 0, tally.tried > 0 {
            parts.append("\(grouped(tally.carried)) of these \(tally.carried == 1 ? "was" : "were") not tried")
        }
        if tally.resting > 0, tally.tried > 0 || tally.carried > 0 {
            parts.append(
                "\(grouped(tally.resting)) of these \(tally.resting == 1 ? "was" : "were") not due for another try")
        }
        if tally.carriedErrors > 0 { parts.append("checking \(grouped(tally.carriedErrors)) of these went wrong") }
        if run.notSelected > 0 { parts.append(leftOut(of: run)) }
        return parts
    }

    /// How many were left out, and how long the oldest of all stuck accounts has been so.
    static func leftOut(of run: RunRecord) -> String {
        let left =
            "\(accounts(run.notSelected, "was", "were")) \(run.isLimited ? "left out by the limit" : "not reached")"
        guard let oldest = run.oldestStuckSince, let end = run.finishedAt else { return left }
        let hours = max(0, end.since(oldest).components.seconds / 3_600)
        let age = hours < 48 ? counted(Int(hours), "hour") : counted(Int(hours / 24), "day")
        return "\(left) (the oldest of all has been stuck for \(age))"
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
        let reauthorise = tally.known[.reauthorisationRequired, default: 0]
        if reauthorise == 1 { parts.append("1 customer must re-authorise") }
        if reauthorise > 1 { parts.append("\(grouped(reauthorise)) customers must re-authorise") }
        if tally.refusedAlone > 0 {
            parts.append("\(accounts(tally.refusedAlone, "", "")) failed again although the bank answered for others")
        }
        let missing = tally.known[.accountNotFound, default: 0]
        if missing > 0 { parts.append("\(accounts(missing, "is", "are")) no longer linked") }
        let errors = tally.known[.errored, default: 0]
        if errors > 0 { parts.append("\(accounts(errors, "needs", "need")) an engineer") }
        return parts
    }

    private static func banks(_ tally: Tally, of run: RunRecord) -> [String] {
        // On a tie the first by name, as the banks are in that order.
        var worst: Tally.Bank?
        for bank in tally.banks where bank.waiting > worst?.waiting ?? 0 { worst = bank }
        guard let worst else { return [] }
        let all = tally.owners[.bank, default: 0]
        if worst.name == Tally.unknownBank { return ["\(accounts(all, "waits", "wait")) for the bank"] }
        let name = worst.name.printable(limit: 60)
        let first =
            down(worst, of: run).map {
                "\(name) has been down \($0) (\(accounts(worst.waiting, "waits", "wait")) for it)"
            }
            ?? "\(name): \(accounts(worst.waiting, "waits", "wait")) for the bank"
        let others = all - worst.waiting
        return others > 0
            ? [first, "\(grouped(others)) more \(others == 1 ? "waits" : "wait") for other banks"] : [first]
    }

    /// `since 02:20`, or `for 2 nights, since 27 Nov 02:20`; nil if the bank is not down.
    static func down(_ bank: Tally.Bank, of run: RunRecord) -> String? {
        guard let facts = bank.facts, let since = facts.downSince else { return nil }
        guard facts.nightsDown >= 2 else { return "since \(since.clockText(in: run.zone))" }
        return "for \(facts.nightsDown) nights, since \(since.minuteText(in: run.zone, near: run.startedAt))"
    }

    private static func waiting(_ tally: Tally) -> [String] {
        var parts: [String] = []
        let known = { (outcome: Outcome) in tally.known[outcome, default: 0] }
        if known(.partial) > 0 { parts.append("\(accounts(known(.partial), "has", "have")) only part of the data") }
        if known(.providerFailed) > 0 { parts.append("Mono failed on \(accounts(known(.providerFailed), "", ""))") }
        let pending = known(.stillProcessing)
        if pending > 0 { parts.append("\(accounts(pending, "is", "are")) still being fetched") }
        if known(.deferred) > 0 { parts.append("\(accounts(known(.deferred), "was", "were")) put off") }
        return parts
    }

    private static func accounts(_ number: Int, _ one: String, _ many: String) -> String {
        let noun = counted(number, "account")
        let verb = number == 1 ? one : many
        return verb.isEmpty ? noun : noun + " " + verb
    }
}
