package import Reconciliation

/// What became of a case and who does what next, in plain English for a support agent.
///
/// Both are never empty, on one line, and say nothing that the case's row does not know.
package struct Sentences: Equatable, Sendable {
    /// What was found, in the past or present.
    package let whatHappened: String
    /// What the reader does about it.
    package let nextStep: String

    /// Forms both for one case.
    ///
    /// A time of the next attempt is named only if it is after `end`, the end of the case's run; without that, after the
    /// case was settled.
    package init(of record: CaseRecord, runEnd end: Timestamp? = nil) {
        var record = record
        record.nextAttemptAt = record.nextAttempt(after: end ?? record.settledAt)
        self.init(Facts(record, isShared: false))
    }

    /// Forms both for all cases that have this one's outcome and cause: without bank, dates, nights and id.
    init(sharedBy record: CaseRecord) {
        var common = CaseRecord(runID: record.runID, accountID: "ACCOUNT", reason: record.reason)
        common.outcome = record.outcome
        common.cause = record.cause
        common.apiCalls = record.apiCalls
        common.syncIntendedAt = record.syncIntendedAt
        common.nightsInARow = record.nightsInARow
        common.reauthLink = record.reauthLink
        // Nothing is decided by the engineer's words; the sentences of `errored` show them.
        common.detail = record.detail?.cut(toBytes: 160)
        self.init(Facts(common, isShared: true))
    }

    /// Two sentences that are known.
    init(whatHappened: String, nextStep: String) {
        self.whatHappened = whatHappened
        self.nextStep = nextStep
    }

    private init(_ facts: Facts) {
        let record = facts.record
        let pair =
            switch record.outcome {
            case .alreadyAvailable: facts.alreadyAvailable
            case .recovered: facts.recovered
            case .partial: facts.partial
            case .reauthorisationRequired: facts.reauthorisationRequired
            case .bankUnavailable: facts.bankUnavailable
            case .providerFailed: facts.providerFailed
            case .incompleteStatement: facts.incompleteStatement
            case .stillProcessing: facts.stillProcessing
            case .accountNotFound: facts.accountNotFound
            case .deferred: facts.deferred
            case .errored: facts.errored
            case nil: ("This account is not finished yet.", "Nothing to do: wait until the run has ended.")
            }
        (whatHappened, nextStep) = pair
    }
}

/// The facts of a case as pieces of a sentence.
private struct Facts {
    typealias Pair = (String, String)

    let record: CaseRecord
    /// Whether the sentences stand for many cases, with different numbers of nights.
    let isShared: Bool

    init(_ record: CaseRecord, isShared: Bool) {
        self.record = record
        self.isShared = isShared
    }

    var alreadyAvailable: Pair {
        if record.nothingIsWrong {
            return ("Nothing is wrong: the data of this account is there.", "Nothing to do: the statement can be used.")
        }
        let inTime = "Mono's notice that the data is there came just in time"
        if record.apiCalls == 0 { return ("\(inTime): nothing had to be asked.", statementIsReady) }
        let happened =
            record.cause == .eventCame
            ? "\(inTime): nothing had to be fetched again."
            : "Mono had the data already; only its notice to us was lost. Nothing had to be fetched again."
        return (happened, statementIsReady)
    }

    var recovered: Pair {
        ("We asked Mono to fetch the account again, and now its data is there.", statementIsReady)
    }

    var partial: Pair {
        let fact = "Mono could get only part of the data from \(bank): only the balance or only the transactions."
        let step =
            record.nightsInARow >= 2
            ? "Use what is there, and ask the customer for a bank statement."
            : "Use what is there. It is tried again every night; if it stays like this, ask the customer for a bank "
                + "statement."
        return (tried(fact), step)
    }

    var reauthorisationRequired: Pair {
        let since = record.reason == .reauthorisationRequired ? record.stuckSince : nil
        let flagged = since.map { " (needed since \($0.dayText))" } ?? ""
        if record.cause == .cannotBeReauthorised {
            let fact = "Mono cannot reach the account at \(bank), and the old link cannot be renewed\(flagged)."
            return (tried(fact), "Ask the customer to link the account again; logging in again will not help.")
        }
        let fact =
            "Mono can reach the account at \(bank) only after the customer has logged in to the bank again\(flagged)."
        return (tried(fact), askToReauthorise)
    }

    var bankUnavailable: Pair {
        let fact = "The data could not be fetched: there is trouble at \(bank). It is not the customer's fault."
        return (tried(fact), waitForBank)
    }

    var providerFailed: Pair {
        let fact = "Mono tried to fetch the data from \(bank) and failed, without saying why."
        guard record.nightsInARow >= 2 else {
            return (
                tried(fact), "Nothing to do yet: it is tried again tomorrow. If it is urgent, write to Mono's support."
            )
        }
        return (tried(fact), askToReauthorise + " If that does not help, write to Mono's support.")
    }

    var incompleteStatement: Pair {
        let fact = "The link works, but \(bank) handed out an incomplete statement."
        return (tried(fact), waitForBank)
    }

    var stillProcessing: Pair {
        let happened =
            if record.cause == .linkedAgain {
                "The customer linked the account again a moment ago; Mono is still fetching the data."
            } else if record.cause == .reauthorisedJustNow {
                "The customer logged in to the bank again a moment ago; Mono is still fetching the data."
            } else if record.cause == .owesAnew {
                "New data was asked for a moment ago; Mono is still fetching it."
            } else {
                "Mono was still fetching the data when we stopped looking; nothing has failed."
            }
        let step = "Nothing to do: the data is expected by itself, and the next nightly run looks again."
        guard record.isOverdue else { return (happened, step) }
        return (happened + nights, "It has taken unusually long: write to Mono's support and name the account.")
    }

    var accountNotFound: Pair {
        if record.cause == .deleted {
            return (
                "The account was deleted from our own list while it was being checked.",
                "If that was not on purpose, ask the customer to link the account again."
            )
        }
        if record.cause == .unlinked {
            return (
                "The account was unlinked, so nothing can be fetched for it.",
                "If the customer did not mean to, ask for the account to be linked again."
            )
        }
        return (
            tried("Mono no longer knows this account: the link is gone."), "Ask the customer to link the account again."
        )
    }

    var deferred: Pair {
        let cause = DeferredCause.text(of: record.cause).map { ": \($0)" } ?? ""
        var step =
            record.nextAttemptAt.map { "Nothing to do: it can be tried again from \($0.minuteText) UTC." }
            ?? "Nothing to do: the next nightly run tries it again."
        if record.isOverdue { step = "Tell an engineer that this account never gets its turn." }
        return ("Not finished in this run\(cause).\(nights)", step)
    }

    var errored: Pair {
        if record.cause == .unreadableAccount {
            return (
                "A date in our own record of this account is impossible, so Mono was not asked about it.",
                "Pass this row to an engineer, who has to correct the account's dates in mono.accounts."
            )
        }
        let words = detail.map { " For the engineer: \($0)." } ?? ""
        return (
            "Checking this account went wrong, so it is not known how it stands.\(words)",
            "Pass this row to an engineer, who can run: mono-reconcile explain \(record.accountID.printable())"
        )
    }
}

extension Facts {
    private var statementIsReady: String { "Nothing to do: the statement can be used." }

    private var waitForBank: String {
        record.nightsInARow >= 3
            ? "Tell the customer that \(bank) has had trouble for \(isShared ? "several" : "\(record.nightsInARow)") nights, "
                + "and ask for a bank statement."
            : "Wait: it is tried again every night. If the customer cannot wait, ask for a bank statement."
    }

    private var askToReauthorise: String {
        record.reauthLink?.isEmpty == false
            ? "Send the customer the link in this row, and nobody else: with it they log in to the bank again "
                + "(re-authorise)."
            : "Ask the customer to open your app and log in to the bank again (re-authorise the account)."
    }

    /// The fact, after the news that the last attempt found it where this run did not try; and for how many nights.
    private func tried(_ fact: String) -> String {
        guard !wasTried else { return fact + nights }
        let next = record.nextAttemptAt.map { "; the next attempt is due from \($0.minuteText) UTC" } ?? ""
        return "Not tried tonight\(next). The last attempt found: \(fact)\(nights)"
    }

    /// Empty on the first night, and where the sentence stands for many cases.
    private var nights: String {
        record.nightsInARow >= 2 && !isShared ? " This is night \(record.nightsInARow) in a row." : ""
    }

    /// Whether this run asked about the account or heard of it, rather than repeating the last outcome.
    private var wasTried: Bool {
        record.apiCalls > 0 || record.syncIntendedAt != nil || record.cause != .notTried
    }

    private var bank: String { record.bank.map { $0.printable(limit: 60) } ?? "the bank" }

    /// The engineer's words as the end of a sentence: one line, no full stop.
    private var detail: String? {
        guard var text = record.detail?.printable()[...] else { return nil }
        while text.last == "." || text.last == " " { text.removeLast() }
        return text.isEmpty ? nil : String(text)
    }
}
