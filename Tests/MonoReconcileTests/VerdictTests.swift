import Reconciliation
import Testing

@testable import Ledger
@testable import MonoReconcile

/// How an account stands and what to do, in words.
struct VerdictTests {
    /// 10 March 2026, 02:00 UTC.
    private static let now = Timestamp(microseconds: 1_773_108_000_000_000)

    private static func ago(hours: Int) -> Timestamp { now.advanced(by: .seconds(-hours * 3_600)) }

    private static func verdict(
        _ account: AccountState?, _ standing: Standing? = nil, _ newest: CaseRecord? = nil,
        bank: AccountHistory.BankHealth? = nil, retryAfter: Timestamp? = nil
    ) throws -> Verdict {
        let state = account.map { account in
            AccountHistory.State(
                account: account, institution: "Bank A", retryAfter: retryAfter, consecutiveFailures: 0,
                standing: standing)
        }
        return Verdict(
            VerdictFacts(
                accountID: try #require(AccountID("a")), state: state,
                newest: newest.map {
                    AccountHistory.CaseInRun(kind: .nightly, runStartedAt: ago(hours: 1), record: $0)
                },
                bank: bank, limits: AccountLimits(stuckAfter: .seconds(300), syncLimit: .seconds(300)),
                clock: LocalClock(zone: .lagos, now: now)))
    }

    private static func newest(_ outcome: Outcome?, _ cause: Cause?) -> CaseRecord {
        var record = CaseRecord(runID: 7, accountID: "a", reason: .missingUpdate)
        (record.outcome, record.cause) = (outcome, cause)
        return record
    }

    @Test func `an account without debt and flag is healthy, whatever stood before`() throws {
        let verdict = try Self.verdict(AccountState(dataAvailable: true))
        #expect(verdict.code == .healthy)
        #expect(verdict.sentences == "Healthy: its data is there.")
        #expect(verdict.nextStep == "Nothing to do: the statement can be used.")
    }

    @Test(arguments: [(299, Verdict.Code.awaiting), (300, .due)])
    func `a debt is due from the threshold on`(seconds: Int, code: Verdict.Code) throws {
        let since = Self.now.advanced(by: .seconds(-seconds))
        #expect(try Self.verdict(AccountState(awaitingSince: since)).code == code)
    }

    @Test func `a standing says since when and for how many nights`() throws {
        let flagged = AccountState(
            dataAvailable: true, awaitingSince: Self.ago(hours: 60), flaggedSince: Self.ago(hours: 60))
        let standing = Standing(
            outcome: .reauthorisationRequired, cause: .eventSaidReauthorise, since: Self.ago(hours: 49))
        let verdict = try Self.verdict(flagged, standing)
        #expect(verdict.code == .unresolved)
        #expect(verdict.sentences == "Must re-authorise since 8 Mar, 3 nights.")
        #expect(verdict.nextStep.contains("log in to the bank again"))
        let relogged = AccountState(dataAvailable: true, awaitingSince: Self.ago(hours: 0))
        #expect(try Self.verdict(relogged, standing).code == .reauthorised)
    }

    @Test func `a flag without a run is a standing of its own`() throws {
        let verdict = try Self.verdict(AccountState(flaggedSince: Self.ago(hours: 1)))
        #expect(verdict.sentences == "Must re-authorise since 10 Mar.")
    }

    @Test func `why it was not tried is told beside what is known`() throws {
        let standing = Standing(outcome: .partial, cause: .syncSucceededInPart, since: Self.ago(hours: 25))
        let verdict = try Self.verdict(
            AccountState(awaitingSince: Self.ago(hours: 99)), standing, Self.newest(.deferred, .keyRefused))
        #expect(
            verdict.sentences
                == "Only part of its data is there since 9 Mar, 2 nights. Not finished in run 7: Mono refused our access key."
        )
        #expect(verdict.nextStep.contains("bank statement"))
        let open = try Self.verdict(AccountState(awaitingSince: Self.ago(hours: 99)), nil, Self.newest(nil, nil))
        #expect(open.remarks == ["Run 7 has it in hand."])
    }

    @Test(arguments: [(299, true), (300, false)])
    func `Mono's limit is told until it has passed`(seconds: Int, isTold: Bool) throws {
        let account = AccountState(
            awaitingSince: Self.ago(hours: 2), lastSyncRequestedAt: Self.now.advanced(by: .seconds(-seconds)))
        let sentences = try Self.verdict(account).sentences
        #expect(sentences.contains("Inside Mono's limit until 03:00") == isTold)
    }

    @Test func `a cool-down is told`() throws {
        let (state, end) = (AccountState(awaitingSince: Self.ago(hours: 2)), Self.now.advanced(by: .seconds(86_400)))
        let standing = Standing(outcome: .partial, cause: nil, since: Self.ago(hours: 1))
        #expect(
            try Self.verdict(state, standing, retryAfter: end).remarks == [
                "Cooling down until 11 Mar 03:00: no nightly run tries it before, unless something new comes from Mono."
            ])
        // Of an account of which nothing is known, nobody is left alone.
        #expect(try Self.verdict(state, retryAfter: end).remarks == [])
    }

    @Test func `a bank that answers others is not blamed`() throws {
        let standing = Standing(outcome: .bankUnavailable, cause: .bankGaveNoData, since: Self.ago(hours: 30))
        let account = AccountState(awaitingSince: Self.ago(hours: 99))
        let delivering = AccountHistory.BankHealth(
            bank: "Bank A", lastDeliveryAt: Self.ago(hours: 1), failingSince: nil, failures: 0)
        #expect(
            try Self.verdict(account, standing, bank: delivering).remarks
                == ["Bank A answered for another account 02:00, but not for this one."])
        let failing = AccountHistory.BankHealth(
            bank: "Bank A", lastDeliveryAt: nil, failingSince: Self.ago(hours: 30), failures: 3)
        #expect(
            try Self.verdict(account, standing, bank: failing).remarks
                == ["Bank A has handed out nothing for any account since 8 Mar 21:00."])
    }

    @Test func `no row, an unlinked account and an impossible time have words of their own`() throws {
        #expect(try Self.verdict(nil).code == .absent)
        #expect(try Self.verdict(AccountState(unlinkedAt: Self.now)).code == .unlinked)
        var unreadable = AccountState()
        unreadable.hasImpossibleTime = true
        #expect(try Self.verdict(unreadable).code == .unreadable)
        #expect(try Self.verdict(AccountState()).code == .idle)
    }

    @Test func `names that mean no account, or several, are all told`() throws {
        let (a, b) = (try #require(AccountID("a")), try #require(AccountID("b")))
        #expect(try LedgerReader.judge(["a", "ref", "b"], [[a], [a], [b]], subject: "x") == [a, b])
        let failure = #expect(throws: Failure.self) {
            try LedgerReader.judge(["no", "both", "nor"], [[], [a, b], []], subject: "--account")
        }
        #expect(failure?.code == 65)
        #expect(
            failure?.message
                == "--account: \"both\" is the reference of several accounts: a, b; neither an Account ID nor a reference "
                + "in mono.accounts: \"no\", \"nor\"; nothing was done; mono-reconcile find TEXT looks for accounts")
    }

    @Test func `an empty table and a limit do not look green`() throws {
        let id = try #require(AccountID("a"))
        func verdicts(_ known: Int, due: Int, most: Int?) -> [Finding] {
            BacklogChecks.judge(
                Backlog(
                    known: KnownAccounts(number: known, isExact: true), due: due, now: Self.now,
                    oldest: OldestStuck(accountID: id, since: Self.ago(hours: 72))),
                most: most)
        }
        #expect(verdicts(0, due: 0, most: nil).map(\.verdict) == [.hint, .ok])
        #expect(verdicts(30, due: 20, most: 20).map(\.verdict) == [.ok, .ok])
        let limited = verdicts(30, due: 21, most: 20)
        #expect(limited.map(\.verdict) == [.ok, .hint])
        #expect(limited.last?.said.contains("leaves out 1; the oldest for 3 d: a") == true)
    }
}
