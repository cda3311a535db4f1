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
    package init(of record: CaseRecord) { self.init(Facts(record, isShared: false)) }

    /// Forms both for all cases that have this one's outcome and cause: without bank, dates, nights and id.
    init(sharedBy record: CaseRecord) {
        var common = CaseRecord(runID: record.runID, accountID: "ACCOUNT", reason: record.reason)
        common.outcome = record.outcome
        common.apiCalls = record.apiCalls
        common.syncIntendedAt = record.syncIntendedAt
        common.nightsInARow = record.nightsInARow
        common.reauthLink = record.reauthLink
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
            return ("Nothing is wrong: Mono has this account's data.", "Nothing to do.")
        }
        let happened =
            record.apiCalls == 0
            ? "Mono's notice arrived before we had to ask: the account's data is available."
            : "Mono already has the account's data; it did not have to be fetched again."
        return (happened, statementIsReady)
    }

    var recovered: Pair {
        ("We asked Mono to fetch the account again; the link works and the data is available.", statementIsReady)
    }

    var partial: Pair {
        let fact = "Mono could get only part of the data from \(bank): only the balance or only the transactions."
        let step =
            record.nightsInARow >= 2
            ? "Use what is there, and ask the customer for a bank statement."
            : "Use what is there; if it stays like this, ask the customer for a bank statement."
        return (tried(fact), step)
    }

    var reauthorisationRequired: Pair {
        let since = record.reason == .reauthorisationRequired ? record.stuckSince : nil
        let flagged = since.map { " (asked for since \(day($0)))" } ?? ""
        if record.detail?.contains(Settlement.cannotBeReauthorised) == true {
            let fact = "Mono cannot reach the account at \(bank), and says that it cannot be re-authorised\(flagged)."
            return (tried(fact), "Ask the customer to link the account again: re-authorising is not possible.")
        }
        let fact = "Mono cannot reach the account at \(bank) until the customer gives permission again\(flagged)."
        return (tried(fact), askToReauthorise)
    }

    var bankUnavailable: Pair {
        let fact = "Mono could not get the data because of trouble on the side of \(bank)."
        return (tried(fact), waitForBank)
    }

    var providerFailed: Pair {
        let fact = "Mono failed to fetch the data from \(bank) and gave no reason."
        guard record.nightsInARow >= 2 else {
            return (tried(fact), "Nothing to do yet: it is tried again. If it is urgent, tell Mono's support.")
        }
        return (tried(fact), askToReauthorise + " If that does not help, tell Mono's support.")
    }

    var incompleteStatement: Pair {
        let fact = "The link works, but \(bank) gave an incomplete statement."
        return (tried(fact), waitForBank)
    }

    var stillProcessing: Pair {
        let happened =
            record.detail?.contains("re-authorised") == true
            ? "The customer re-authorised the account a moment ago; Mono is still fetching the data."
            : "Mono was still fetching the data when we stopped looking; nothing has failed."
        return (happened, "Nothing to do: it is settled by Mono's notice, or else by the next nightly run.")
    }

    var accountNotFound: Pair {
        let happened = detail.map { "The account is no longer linked: \($0)." } ?? "The account is no longer linked."
        return (
            wasTried ? happened : tried("The account is no longer linked."),
            "Ask the customer to link the account again."
        )
    }

    var deferred: Pair {
        let cause = detail.map { ": \($0)" } ?? ""
        let step =
            record.nextAttemptAt.map { "Nothing to do: it can be tried again from \(moment($0))." }
            ?? "Nothing to do: the next nightly run tries it again."
        return ("Not finished in this run\(cause).", step)
    }

    var errored: Pair {
        let cause = detail.map { " For the engineer: \($0)." } ?? ""
        return (
            "Checking this account went wrong, so it is not known how it stands.\(cause)",
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
            : "Nothing to do but wait: it is tried again. If the customer cannot wait, ask for a bank statement."
    }

    private var askToReauthorise: String {
        record.reauthLink?.isEmpty == false
            ? "Send the customer the link in this row and ask them to log in to their bank again (re-authorise)."
            : "Ask the customer to open your app and log in to their bank again (re-authorise the account)."
    }

    /// The fact, after the news that it is the last attempt's if it is; and how many nights it has been so.
    private func tried(_ fact: String) -> String {
        let nights = record.nightsInARow >= 2 && !isShared ? " This is night \(record.nightsInARow) in a row." : ""
        guard !wasTried else { return fact + nights }
        let next = record.nextAttemptAt.map { "; the next attempt is due from \(moment($0))" } ?? ""
        return "Not tried tonight\(next). The last attempt found: \(fact)\(nights)"
    }

    /// Whether this run asked about the account or heard of it, rather than repeating the last outcome.
    private var wasTried: Bool {
        let isRepeat = record.detail?.lowercased().contains("not tried tonight") == true
        return record.apiCalls > 0 || record.syncIntendedAt != nil || !isRepeat
    }

    private var bank: String { record.bank.map { $0.printable(limit: 60) } ?? "the bank" }

    /// The engine's explanation as the end of a sentence: one line, no full stop.
    private var detail: String? {
        guard var text = record.detail?.printable()[...] else { return nil }
        while text.last == "." || text.last == " " { text.removeLast() }
        return text.isEmpty ? nil : String(text)
    }

    private func day(_ time: Timestamp) -> String { String(time.iso8601.prefix { $0 != "T" }) }

    /// `2026-03-10 02:14 UTC`.
    private func moment(_ time: Timestamp) -> String {
        let clock = time.iso8601.drop { $0 != "T" }.dropFirst().prefix(5)
        return "\(day(time)) \(clock) UTC"
    }
}
