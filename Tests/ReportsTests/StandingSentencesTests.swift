import Reconciliation
import TestTraits
import Testing

@testable import Reports

/// The sentences of a night, written down by hand: what was found tonight, and what was only known.
@Suite struct StandingSentencesTests {
    static let logIn = "Ask the customer to open your app and log in to the bank again (re-authorise the account)."
    static let wait =
        "Nothing to do but wait: it is tried again. If it is urgent, a bank statement from the customer is "
        + "the way round it."
    static let keyRefused =
        "Not tried tonight: Mono refused our access key, which concerns every account; an engineer has to mend it."

    struct Row: Sendable {
        var record: CaseRecord
        var owner: Owner
        var happened: String
        var step: String
    }

    /// Of a night with nothing else in it.
    static let alone: [Row] = [
        Row(
            record: carried("a", .reauthorisationRequired, because: .keyRefused, institution: "GTBank", nights: 3),
            owner: .customer,
            happened: "Mono can reach the account at GTBank only after the customer has logged in to the bank again. "
                + "Known since 8 Mar (3 nights). \(keyRefused)",
            step: logIn),
        Row(
            record: carried(
                "b", .reauthorisationRequired, because: .limit, institution: "GTBank",
                standingCause: .cannotBeReauthorised),
            owner: .customer,
            happened:
                "Mono cannot reach the account at GTBank, and the old link cannot be renewed. Known since 10 Mar. "
                + "Not tried tonight: it was left out by the limit on accounts for one night.",
            step: "Ask the customer to link the account again; logging in again will not help."),
        Row(
            record: carried("c", .bankUnavailable, because: .inOtherRun, institution: "GTBank", nights: 2),
            owner: .bank,
            happened: "The data could not be fetched: there was trouble at GTBank. It is not the customer's fault. "
                + "Known since 9 Mar (2 nights). Not tried tonight: another run was at work on this account.",
            step: wait),
        Row(
            record: carried("d", .providerFailed, because: .readGivenUp, outcome: .errored, institution: "GTBank"),
            owner: .mono,
            happened: "Mono tried to fetch the data from GTBank and failed, without saying why. Known since 10 Mar. "
                + "Then the check went wrong: Mono gave no usable answer, however often it was asked.",
            step: "Nothing to do yet: it is tried again. If it is urgent, write to Mono's support."),
        Row(
            record: carried("e", .stillProcessing, because: .interrupted, nights: 4), owner: .nobody,
            happened: "Mono was still fetching the data when it was last checked; nothing has failed. "
                + "Known since 7 Mar (4 nights). Not tried tonight: the run was stopped before this account was done.",
            step: "Nothing to do for you: it takes unusually long, and the head of the report says so."),
        Row(
            record: carried("f", .partial, because: .budget, institution: "GTBank", nights: 2), owner: .customer,
            happened: "Mono could get only part of the data from GTBank: only the balance or only the transactions. "
                + "Known since 9 Mar (2 nights). "
                + "Not tried tonight: the limit on paid requests was used up before this account's turn.",
            step: "Use what is there, and ask the customer for a bank statement."),
        Row(
            record: carried("g", .accountNotFound, because: .monoUnavailable), owner: .customer,
            happened: "Mono no longer knows this account: the link is gone. Known since 10 Mar. "
                + "Not tried tonight: Mono could not be reached.",
            step: "Ask the customer to link the account again."),
        Row(
            record: carried("h", .incompleteStatement, because: .tryLater, institution: "GTBank", nights: 5),
            owner: .bank,
            happened: "The link works, but GTBank handed out an incomplete statement. Known since 6 Mar (5 nights). "
                + "Not tried tonight: Mono asked us to come back later.",
            step: wait),
        Row(
            record: carried("i", nil, because: .keyRefused), owner: .nobody, happened: keyRefused,
            step: "Nothing to do: the next nightly run tries it again."),
        Row(
            record: carried("j", nil, because: .wrongAccount, outcome: .errored), owner: .engineer,
            happened: "Checking this account went wrong: Mono answered about another account. "
                + "So it is not known how it stands.",
            step: "Pass this row to an engineer, who can run: mono-reconcile explain j"),
        Row(
            record: record("k", .bankUnavailable, institution: "GTBank"), owner: .bank,
            happened: "The data could not be fetched: there is trouble at GTBank. It is not the customer's fault.",
            step: wait),
    ]

    @Test(arguments: alone)
    func `what is known is told first, then why it was not found out anew`(row: Row) {
        expect(row, in: run([row.record]))
    }

    private static func failed(_ id: String, nights: Int, _ outcome: Outcome = .bankUnavailable) -> CaseRecord {
        var failed = synced(id, outcome, after: 60)
        failed.nightsInARow = nights
        return failed
    }

    /// Of a night in which GTBank answered for two others.
    static let answered: [Row] = [
        Row(
            record: failed("a", nights: 1), owner: .bank,
            happened:
                "The data could not be fetched: GTBank answered for 2 other accounts tonight, but not for this one.",
            step: "Nothing to do yet: it is tried again."),
        Row(
            record: failed("b", nights: 4), owner: .customer,
            happened:
                "The data could not be fetched: GTBank answered for 2 other accounts tonight, but not for this one. "
                + "This is night 4 in a row.",
            step: "\(logIn) If that does not help, write to Mono's support."),
        Row(
            record: failed("c", nights: 1, .providerFailed), owner: .mono,
            happened: "Mono tried to fetch the data from GTBank and failed, without saying why. "
                + "GTBank answered for 2 other accounts tonight.",
            step: "Nothing to do yet: it is tried again. If it is urgent, write to Mono's support."),
        Row(
            record: carried("d", .bankUnavailable, because: .tooSoon, institution: "GTBank", nights: 3),
            owner: .customer,
            happened: "The data could not be fetched: GTBank answered for other accounts since, but not for this one. "
                + "Known since 8 Mar (3 nights). Not tried tonight: this account's data had been asked for minutes before, and Mono wants a pause between two requests.",
            step: "\(logIn) If that does not help, write to Mono's support."),
    ]

    @Test(arguments: answered)
    func `a bank that answered for others is not waited for`(row: Row) {
        expect(row, in: run([row.record] + (1...2).map { synced("ok\($0)", .recovered, after: $0 * 50) }))
    }

    /// Of a night in which GTBank is down after it answered for one.
    static let down: [Row] = [
        Row(
            record: failed("a", nights: 4), owner: .bank,
            happened: "The data could not be fetched: GTBank has given us nothing since 03:00 (before, it answered for "
                + "1 other account). It is not the customer's fault. This is night 4 in a row.",
            step: wait),
        Row(
            record: carried("b", .bankUnavailable, because: .budget, institution: "GTBank"), owner: .bank,
            happened: "The data could not be fetched: GTBank has given us nothing since 03:00 (before, it answered for "
                + "1 other account). It is not the customer's fault. Known since 10 Mar. "
                + "Not tried tonight: the limit on paid requests was used up before this account's turn.",
            step: wait),
    ]

    @Test(arguments: down)
    func `a bank that is down is waited for`(row: Row) {
        let others = [synced("ok", .recovered, after: 1)] + (2...4).map { synced("\($0)", .bankUnavailable, after: $0) }
        expect(row, in: run([row.record] + others))
    }

    private func expect(_ row: Row, in run: RunRecord) {
        let facts = RunFacts(run)
        let sentences = Sentences(of: row.record, in: facts)
        #expect(sentences.whatHappened == row.happened)
        #expect(sentences.nextStep == row.step)
        #expect(facts.owner(of: row.record) == row.owner)
    }

    @Test func `a one-off run by day speaks of no night`() {
        let oneOff = run([carried("a", .partial, because: .budget)], kind: .oneOff)
        #expect(Sentences(of: oneOff.cases[0], in: RunFacts(oneOff)).whatHappened.contains("Not tried in this run: "))
    }

    @Test(.processorBound, arguments: 1...100 as ClosedRange<UInt64>)
    func `no next step contradicts its owner's heading`(seed: UInt64) {
        var dice = SplitMix64(seed: seed)
        let night = run((0..<100).map { Self.anything("\($0)", &dice) })
        let facts = RunFacts(night)
        for record in night.cases {
            let shared = Sentences(sharedBy: record, in: facts).nextStep
            for step in [Sentences(of: record, in: facts).nextStep, shared] {
                let asks = ["tell the customer", "ask the customer", "send the customer"].contains {
                    step.lowercased().contains($0)
                }
                switch facts.owner(of: record) {
                case .customer: #expect(!step.hasPrefix("Nothing to do"), "\(step)")
                case .engineer: #expect(step.contains("engineer") && !asks, "\(step)")
                case .mono: #expect(step.contains("write to Mono") && !asks, "\(step)")
                case .bank: #expect(step.hasPrefix("Nothing to do") && !asks && !step.contains("Mono"), "\(step)")
                case .nobody:
                    #expect(step.hasPrefix("Nothing to do") && !asks && !step.contains("Mono"), "\(step)")
                    #expect(!step.contains("engineer"), "\(step)")
                }
            }
        }
    }

    private static func anything(_ id: String, _ dice: inout SplitMix64) -> CaseRecord {
        let outcome = Outcome.allCases.randomElement(using: &dice) ?? .partial
        var one = synced(
            id, outcome, after: Int.random(in: 0...300, using: &dice),
            institution: "bank \(Int.random(in: 0...9, using: &dice))")
        one.cause = Cause.allCases.randomElement(using: &dice)
        one.nightsInARow = Int.random(in: 1...9, using: &dice)
        one.isTried = Bool.random(using: &dice)
        one.stuckSince = runStart.advanced(by: .seconds(-Int.random(in: 0...900_000, using: &dice)))
        if Bool.random(using: &dice) { one.reauthLink = "https://link" }
        if Bool.random(using: &dice) { one.dataRequestID = "req" }
        if Bool.random(using: &dice),
            let known = Outcome.allCases.filter(\.isUnresolved).filter(\.restsOnEvidence)
                .randomElement(using: &dice)
        {
            one.standing = Standing(outcome: known, cause: Cause.allCases.randomElement(using: &dice), since: runStart)
        }
        return one
    }
}
