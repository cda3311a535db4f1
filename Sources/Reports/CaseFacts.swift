import Reconciliation

/// The facts of a case as pieces of a sentence.
struct CaseFacts {
    private let record: CaseRecord
    private let run: RunFacts
    /// Whether the sentences stand for many cases, with different banks and numbers of nights.
    private let isShared: Bool

    init(_ record: CaseRecord, in run: RunFacts, isShared: Bool) {
        self.record = record
        self.run = run
        self.isShared = isShared
    }

    /// What is known of the account, and what follows from it.
    var known: Sentences {
        switch record.knownOutcome {
        case .alreadyAvailable: alreadyAvailable
        case .recovered: recovered
        case .partial: partial
        case .reauthorisationRequired: reauthorisationRequired
        case .bankUnavailable: bankUnavailable
        case .providerFailed: providerFailed
        case .incompleteStatement: incompleteStatement
        case .stillProcessing: stillProcessing
        case .accountNotFound: accountNotFound
        case .deferred: deferred
        case .errored: errored
        case nil:
            Sentences(
                whatHappened: "This account is not finished yet.",
                nextStep: "Nothing to do: wait until the run has ended.")
        }
    }

    /// Why what is known was not found out anew; nil if it was, or if nothing is known.
    var tonight: String? {
        guard isCarried, let outcome = record.outcome else { return nil }
        let why = record.cause?.plainText.map { ": \($0)" } ?? ""
        if outcome == .errored { return "Then the check went wrong\(why)." }
        return (record.isTried ? "Not finished \(now)" : "Not tried \(now)") + "\(why)."
    }

    /// Whether the outcome says nothing of the account, and its standing does.
    private var isCarried: Bool { record.outcome != record.knownOutcome }

    private var now: String { run.kind == .nightly ? "tonight" : "in this run" }

    private func pair(_ whatHappened: String, _ nextStep: String) -> Sentences {
        Sentences(whatHappened: whatHappened, nextStep: nextStep)
    }
}

// MARK: What came back

extension CaseFacts {
    private var alreadyAvailable: Sentences {
        if record.nothingIsWrong {
            return pair("Nothing is wrong: the data of this account is there.", statementIsReady)
        }
        let inTime = "Mono's notice that the data is there came just in time"
        if record.apiCalls == 0 { return pair("\(inTime): nothing had to be asked.", statementIsReady) }
        let happened =
            record.cause == .eventCame
            ? "\(inTime): nothing had to be fetched again."
            : "Mono had the data already; only its notice to us was lost. Nothing had to be fetched again."
        return pair(happened, statementIsReady)
    }

    private var recovered: Sentences {
        pair("We asked Mono to fetch the account again, and now its data is there.", statementIsReady)
    }

    private var statementIsReady: String { "Nothing to do: the statement can be used." }
}

// MARK: What is known of the others

extension CaseFacts {
    private var partial: Sentences {
        let fact = "Mono could get only part of the data from \(bank): only the balance or only the transactions."
        let step =
            record.nightsInARow >= 2
            ? "Use what is there, and ask the customer for a bank statement."
            : "Use what is there. It is tried again; if it stays like this, ask the customer for a bank "
                + "statement."
        return pair(tried(fact), step)
    }

    private var reauthorisationRequired: Sentences {
        let since = record.reason == .reauthorisationRequired ? record.stuckSince : nil
        let flagged = since.map { " (needed since \(day($0)))" } ?? ""
        if record.knownCause == .cannotBeReauthorised {
            let fact = "Mono cannot reach the account at \(bank), and the old link cannot be renewed\(flagged)."
            return pair(tried(fact), "Ask the customer to link the account again; logging in again will not help.")
        }
        let fact =
            "Mono can reach the account at \(bank) only after the customer has logged in to the bank again\(flagged)."
        return pair(tried(fact), askToReauthorise)
    }

    private var bankUnavailable: Sentences {
        let failed = "The data could not be fetched"
        let facts = run.bank(of: record)
        if let facts, let since = facts.downSince {
            let nights =
                facts.nightsDown >= 2
                ? "for \(facts.nightsDown) nights, since \(minute(since))" : "since \(clock(since))"
            let before = facts.delivered > 0 && !isShared ? " (before, it answered for \(others(facts)))" : ""
            let down = isShared ? "the bank is down" : "\(bank) has given us nothing \(nights)\(before)"
            return pair(tried("\(failed): \(down). It is not the customer's fault."), waitForBank)
        }
        if run.isRefusedAlone(record) {
            let whom =
                facts.map { run.answeredOthersTonight(record) ? "\(others($0)) \(now)" : nil } ?? nil
            let fact = "\(failed): \(bank) answered for \(whom ?? "other accounts since"), but not for this one."
            return pair(tried(fact), record.nightsInARow >= 2 ? "\(askToReauthorise) \(elseWriteToMono)" : tryAgain)
        }
        let trouble =
            wasTried ? "\(failed): there is trouble at \(bank)." : "\(failed): there was trouble at \(bank)."
        return pair(tried("\(trouble) It is not the customer's fault."), waitForBank)
    }

    private var providerFailed: Sentences {
        var fact = "Mono tried to fetch the data from \(bank) and failed, without saying why."
        if wasTried, let facts = run.bank(of: record), facts.delivered > 0, facts.downSince == nil {
            fact += " \(bankAtStart) answered for \(others(facts)) \(now)."
        }
        guard record.nightsInARow >= 2 else {
            let step = "Nothing to do yet: it is tried again. If it is urgent, write to Mono's support."
            return pair(tried(fact), step + quote)
        }
        return pair(tried(fact), "\(askToReauthorise) \(elseWriteToMono)")
    }

    private var incompleteStatement: Sentences {
        pair(tried("The link works, but \(bank) handed out an incomplete statement."), waitForBank)
    }

    private var stillProcessing: Sentences {
        let happened =
            if record.knownCause == .linkedAgain {
                "The customer linked the account again a moment ago; Mono is still fetching the data."
            } else if record.knownCause == .reauthorisedJustNow {
                "The customer logged in to the bank again a moment ago; Mono is still fetching the data."
            } else if record.knownCause == .owesAnew {
                "New data was asked for a moment ago; Mono is still fetching it."
            } else {
                "Mono was still fetching the data when it was last checked; nothing has failed."
            }
        return pair(
            happened + nights,
            run.isOverdue(record)
                ? "Nothing to do for you: it takes unusually long, and the head of the report says so."
                : "Nothing to do: the data is expected by itself, and it is checked again.")
    }

    private var accountNotFound: Sentences {
        if record.knownCause == .deleted {
            return pair(
                "The account was deleted from our own list while it was being checked.",
                "If that was not on purpose, ask the customer to link the account again.")
        }
        if record.knownCause == .unlinked {
            return pair(
                "The account was unlinked, so nothing can be fetched for it.",
                "If the customer did not mean to, ask for the account to be linked again.")
        }
        return pair(
            tried("Mono no longer knows this account: the link is gone."),
            "Ask the customer to link the account again.")
    }
}

// MARK: Nothing is known

extension CaseFacts {
    private var deferred: Sentences {
        let cause = record.cause?.plainText.map { ": \($0)" } ?? ""
        let step =
            record.nextAttemptAt.map { "Nothing to do: it can be tried again from \(minute($0))." }
            ?? "Nothing to do: the next nightly run tries it again."
        return pair("\(record.isTried ? "Not finished" : "Not tried") \(now)\(cause).\(waiting)", step)
    }

    /// For how many days an account has waited that never had its turn.
    private var waiting: String {
        guard run.isOverdue(record), let start = run.startedAt, let days = record.stuckDays(atStart: start) else {
            return ""
        }
        return isShared ? "" : " It has been stuck for \(days) days."
    }

    private var errored: Sentences {
        if record.cause == .unreadableAccount {
            return pair(
                "A date in our own record of this account is impossible, so Mono was not asked about it.",
                "Pass this row to an engineer, who has to correct the account's dates in mono.accounts.")
        }
        let explain =
            "Pass this row to an engineer, who can run: mono-reconcile explain \(record.accountID.printable())"
        if record.cause == .rowRefused {
            return pair("Our database refused to save anything in its record of this account.", explain)
        }
        let why = record.cause?.plainText.map { ": \($0)" } ?? ""
        return pair(
            "Checking this account went wrong\(why). So it is not known how it stands.",
            explain)
    }
}

// MARK: Pieces

extension CaseFacts {
    private var waitForBank: String {
        "Nothing to do but wait: it is tried again. If it is urgent, a bank statement from the customer is the "
            + "way round it."
    }

    private var tryAgain: String { "Nothing to do yet: it is tried again." }

    private var elseWriteToMono: String { "If that does not help, write to Mono's support.\(quote)" }

    /// The number that Mono's support asks for.
    private var quote: String {
        guard let number = record.dataRequestID, !number.isEmpty else { return "" }
        return " Quote this number to Mono: \(number.printable(limit: 80))."
    }

    private var askToReauthorise: String {
        record.reauthLink?.isEmpty == false
            ? "Send the customer the link in this row, and nobody else: with it they log in to the bank again "
                + "(re-authorise)."
            : "Ask the customer to open your app and log in to the bank again (re-authorise the account)."
    }

    /// The fact, after the news that the last attempt found it where this run left the account alone on purpose; and
    /// since when it has been known.
    private func tried(_ fact: String) -> String {
        guard !wasTried, !isCarried else { return fact + nights }
        let news =
            record.knownOutcome == .reauthorisationRequired && record.knownCause != .cannotBeReauthorised
            ? "the customer has not re-authorised" : "nothing new has come from Mono"
        // The run of that night begins some hours after the cool-down's end.
        let next = record.nextAttemptAt.map { "; tried again on \(day($0.advanced(by: CoolDown.lead)))" } ?? ""
        return "Not tried \(now): \(news)\(next). The last attempt found: \(fact)\(nights)"
    }

    /// Since when it has been known; empty where that is only tonight, and where the sentence stands for many cases.
    private var nights: String {
        let count = record.nightsInARow
        guard !isShared, count >= 2 || isCarried else { return "" }
        guard let since = record.standing?.since else { return " This is night \(count) in a row." }
        return " Known since \(day(since))\(count >= 2 ? " (\(count) nights)" : "")."
    }

    /// Whether this run found out what is known, rather than repeating it.
    private var wasTried: Bool { record.isTried && !isCarried }

    private func others(_ facts: BankFacts) -> String {
        isShared ? "other accounts" : counted(facts.delivered, "other account")
    }

    private var bank: String {
        isShared ? "the bank" : record.bank.map { $0.printable(limit: 60) } ?? "the bank"
    }

    private var bankAtStart: String { bank == "the bank" ? "The bank" : bank }

    private func day(_ time: Timestamp) -> String { time.dayText(in: run.zone, near: run.end) }

    private func clock(_ time: Timestamp) -> String { time.clockText(in: run.zone) }

    private func minute(_ time: Timestamp) -> String { time.minuteText(in: run.zone, near: run.end) }
}
