import Ledger
import Reconciliation
import Reports

/// How an account stands and what to do next, in plain words.
struct Verdict: Equatable {
    /// How it stands, for programs.
    enum Code: String, CaseIterable {
        /// Its data is there.
        case healthy
        /// It owes its data, but not for long.
        case awaiting
        /// It owes its data, and a nightly run takes it up.
        case due
        /// The customer re-authorised since, and the data is on its way.
        case reauthorised
        /// Something is known that somebody or time has to mend.
        case unresolved
        /// It has no data, and none is on its way.
        case idle
        case unlinked
        /// A time in its row is impossible.
        case unreadable
        /// `mono.accounts` does not have it.
        case absent
    }

    let code: Code
    /// A piece of a sentence: `must re-authorise since 25 Nov, 3 nights`.
    let standing: String
    /// What keeps it from being tried, or what the last run came to; whole sentences.
    let remarks: [String]
    /// A sentence or two.
    let nextStep: String

    /// Both parts as sentences.
    var sentences: String {
        ([standing.prefix(1).uppercased() + standing.dropFirst() + "."] + remarks).joined(separator: " ")
    }
}

/// What a verdict is made of.
struct VerdictFacts {
    var accountID: AccountID
    /// Its row; nil: there is none.
    var state: AccountHistory.State?
    /// Its case in the newest run that has one.
    var newest: AccountHistory.CaseInRun?
    var bank: AccountHistory.BankHealth?
    var limits: AccountLimits
    var clock: LocalClock
}

/// The times that decide when an account is tried.
struct AccountLimits: Equatable, Sendable {
    /// How long an account may await its event before it is stuck.
    var stuckAfter: Duration
    /// Mono's least time between two syncs of one account.
    var syncLimit: Duration
}

extension Verdict {
    init(_ facts: VerdictFacts) {
        guard let state = facts.state else {
            self.init(
                code: .absent, standing: "not in mono.accounts", remarks: [],
                nextStep: "If it should be there, an engineer can record it: mono-reconcile link, or the manual's page "
                    + "adoption.md.")
            return
        }
        let clock = facts.clock
        if let date = state.account.unlinkedAt {
            self.init(
                code: .unlinked, standing: "unlinked since \(clock.day(date))", remarks: [],
                nextStep: "If the customer did not mean to, ask for the account to be linked again.")
        } else if state.account.hasImpossibleTime {
            self.init(
                code: .unreadable, standing: "not tried, because a date in our own record of it is impossible",
                remarks: [], nextStep: "An engineer has to correct the account's dates in mono.accounts.")
        } else if state.account.isHealthy {
            let came = state.lastUpdatedAt.map { ", which came \(clock.minute($0))" } ?? ""
            self.init(
                code: .healthy, standing: "healthy: its data is there\(came)", remarks: facts.remarks,
                nextStep: "Nothing to do: the statement can be used.")
        } else {
            self = facts.unsettled(state)
        }
    }
}

extension VerdictFacts {
    /// The verdict on an account that owes its data or is flagged, or has none.
    fileprivate func unsettled(_ state: AccountHistory.State) -> Verdict {
        let account = state.account
        if let standing = state.standing, account.flaggedSince != nil || account.awaitingSince != nil {
            if standing.outcome == .reauthorisationRequired, account.flaggedSince == nil,
                let since = account.awaitingSince
            {
                return Verdict(
                    code: .reauthorised,
                    standing: "the customer re-authorised \(clock.minute(since)), and the data is awaited",
                    remarks: remarks, nextStep: waitForRun(since))
            }
            let nights = clock.zone.nights(from: standing.since, to: newest?.runStartedAt ?? clock.now)
            let count = nights > 1 ? ", \(nights) nights" : ""
            return Verdict(
                code: .unresolved, standing: "\(standing.words) since \(clock.day(standing.since))\(count)",
                remarks: bankRemarks(standing) + remarks, nextStep: sentences(standing, state, nights).nextStep)
        }
        if let since = account.flaggedSince {
            let standing = Standing(outcome: .reauthorisationRequired, cause: .eventSaidReauthorise, since: since)
            return Verdict(
                code: .unresolved, standing: "\(standing.words) since \(clock.day(since))", remarks: remarks,
                nextStep: sentences(standing, state, 1).nextStep)
        }
        guard let since = account.awaitingSince else {
            return Verdict(
                code: .idle, standing: "without data, and nothing is owed", remarks: remarks,
                nextStep: "Nothing to do until Mono tells of it. An engineer can have it fetched at once: \(atOnce)")
        }
        if clock.now.since(since) < limits.stuckAfter {
            return Verdict(
                code: .awaiting, standing: "awaits its data since \(clock.minute(since))", remarks: remarks,
                nextStep: waitForRun(since))
        }
        let failed = newest.flatMap { $0.record.outcome == .errored ? Sentences(of: $0.record).nextStep : nil }
        return Verdict(
            code: .due, standing: "due since \(clock.minute(since)): its data has not come", remarks: remarks,
            nextStep: failed ?? waitForRun(since))
    }

    private var atOnce: String { "mono-reconcile --account \(accountID)" }

    private func waitForRun(_ since: Timestamp) -> String {
        let isDue = clock.now.since(since) >= limits.stuckAfter
        let first =
            isDue ? "the next nightly run tries it" : "the data is expected by itself, else a nightly run tries it"
        return "Nothing to do: \(first). An engineer can try it at once: \(atOnce)"
    }

    /// The sentences of the newest case, as if that had found out what is known.
    private func sentences(_ standing: Standing, _ state: AccountHistory.State, _ nights: Int) -> Sentences {
        var record =
            newest?.record
            ?? CaseRecord(
                runID: 0, accountID: accountID.rawValue,
                reason: state.account.flaggedSince == nil ? .missingUpdate : .reauthorisationRequired)
        record.outcome = standing.outcome
        record.cause = standing.cause
        record.standing = standing
        record.isTried = true
        record.institution = state.institution
        record.nightsInARow = nights
        record.nextAttemptAt = nil
        return Sentences(of: record, zone: clock.zone, bankDeliveredAt: bank?.lastDeliveryAt)
    }

    /// What the bank did for others, where the account waits because of its bank or of Mono.
    private func bankRemarks(_ standing: Standing) -> [String] {
        switch standing.outcome {
        case .bankUnavailable, .providerFailed: break
        case .alreadyAvailable, .recovered, .partial, .reauthorisationRequired, .incompleteStatement, .stillProcessing,
            .accountNotFound, .deferred, .errored:
            return []
        }
        guard let bank else { return [] }
        let name = bank.bank.printable(limit: 60)
        if bank.failures >= 3, let since = bank.failingSince {
            return ["\(name) has handed out nothing for any account since \(clock.minute(since))."]
        }
        guard let delivered = bank.lastDeliveryAt, delivered > standing.since else { return [] }
        return ["\(name) answered for another account \(clock.minute(delivered)), but not for this one."]
    }

    /// What the newest run came to, and until when no run tries the account.
    fileprivate var remarks: [String] {
        var remarks: [String] = []
        if let newest {
            switch newest.record.outcome {
            case nil: remarks.append("Run \(newest.record.runID) has it in hand.")
            case .deferred:
                let why = newest.record.cause?.whyNotTried.map { ": \($0)" } ?? ""
                remarks.append("Not finished in run \(newest.record.runID)\(why).")
            case .errored: remarks.append("Checking it went wrong in run \(newest.record.runID).")
            case .alreadyAvailable, .recovered, .partial, .reauthorisationRequired, .bankUnavailable, .providerFailed,
                .incompleteStatement, .stillProcessing, .accountNotFound:
                break
            }
        }
        guard let state, !state.account.isHealthy else { return [] }
        if let limit = state.account.lastSyncRequestedAt?.advanced(by: limits.syncLimit), limit > clock.now {
            remarks.append("Inside Mono's limit until \(clock.minute(limit)): its data was asked for a moment ago.")
        }
        if state.standing != nil, let retryAfter = state.retryAfter, retryAfter > clock.now {
            remarks.append(
                "Cooling down until \(clock.minute(retryAfter)): no nightly run tries it before, unless something new comes "
                    + "from Mono.")
        }
        return remarks
    }
}

extension Standing {
    /// What is known, before "since".
    fileprivate var words: String {
        switch outcome {
        case .reauthorisationRequired where cause == .cannotBeReauthorised: "must be linked again"
        case .reauthorisationRequired: "must re-authorise"
        case .partial: "only part of its data is there"
        case .bankUnavailable: "its bank hands out nothing"
        case .providerFailed: "Mono fails on it"
        case .incompleteStatement: "its bank hands out incomplete statements"
        case .stillProcessing: "Mono is still fetching it"
        case .accountNotFound: "no longer linked at Mono"
        case .deferred: "put off"
        case .errored: "checking it goes wrong"
        case .alreadyAvailable, .recovered: "its data is there"
        }
    }
}
