import Testing

@testable import Reconciliation

/// Whose starts go first, and which bank is left alone.
@Suite struct BankBookTests {
    private let accounts = SchedulerNight.accounts(9)
    private let run = SchedulerNight(SchedulerNight.claims(0)).run

    private func book() -> BankBook { BankBook(run: run) }

    private func trouble(_ failures: Int, lastFailure: Duration = .seconds(-3_600), probes: Int = 0) -> BankTrouble {
        let last = run.startedAt.advanced(by: lastFailure)
        return BankTrouble(bank: "Kuda", failures: failures, failingSince: last, lastFailureAt: last, probes: probes)
    }

    /// A book in which the bank's first three syncs have ended so.
    private func book(_ outcomes: [Outcome]) -> BankBook {
        var book = book()
        for (account, outcome) in zip(accounts, outcomes) {
            book.begins(account, of: "Kuda", at: storyStart)
            book.concluded(account, of: "Kuda", outcome, showsBank: true, at: storyStart)
        }
        return book
    }

    // MARK: Scouts

    @Test func `a bank's first three starts are its scouts; the others wait for one result`() {
        var book = book()
        for account in accounts.prefix(3) {
            #expect(book.rank(of: "Kuda", at: storyStart) == .first)
            let isFirst = book.begins(account, of: "Kuda", at: storyStart)
            #expect(isFirst)
        }
        #expect(book.rank(of: "Kuda", at: storyStart) == .unproven)
        let isFirst = book.begins(accounts[3], of: "Kuda", at: storyStart)
        #expect(!isFirst)
        #expect(book.goesFirst(accounts[2], of: "Kuda") && !book.goesFirst(accounts[3], of: "Kuda"))
        #expect(book.rank(of: "Zenith", at: storyStart) == .first)
        book.concluded(accounts[0], of: "Kuda", .recovered, showsBank: true, at: storyStart)
        #expect(book.rank(of: "Kuda", at: storyStart) == .open)
    }

    @Test func `a scout that needed no sync, or was lost, leaves its place to another`() {
        var book = book()
        for account in accounts.prefix(3) { book.begins(account, of: "Kuda", at: storyStart) }
        book.concluded(accounts[0], of: "Kuda", .alreadyAvailable, showsBank: false, at: storyStart)
        #expect(book.rank(of: "Kuda", at: storyStart) == .first)
        book.begins(accounts[3], of: "Kuda", at: storyStart)
        book.left(accounts[1], of: "Kuda")
        #expect(book.rank(of: "Kuda", at: storyStart) == .first)
    }

    @Test func `a failing scout opens nothing and is not replaced`() {
        var book = book()
        for account in accounts.prefix(3) { book.begins(account, of: "Kuda", at: storyStart) }
        book.concluded(accounts[0], of: "Kuda", .bankUnavailable, showsBank: true, at: storyStart)
        #expect(book.rank(of: "Kuda", at: storyStart) == .unproven)
        // Its settlement is written.
        book.left(accounts[0], of: "Kuda")
        #expect(book.rank(of: "Kuda", at: storyStart) == .unproven)
        book.concluded(accounts[1], of: "Kuda", .reauthorisationRequired, showsBank: true, at: storyStart)
        #expect(book.rank(of: "Kuda", at: storyStart) == .open)
    }

    @Test func `another worker's result opens a bank`() {
        var book = book()
        book.hasResult("Kuda")
        #expect(book.rank(of: "Kuda", at: storyStart) == .open)
    }

    // MARK: Pauses

    @Test func `three failures in a row pause a bank, six where it has delivered tonight`() {
        let failures = Array(repeating: Outcome.providerFailed, count: 6)
        #expect(book(Array(failures.prefix(2))).rank(of: "Kuda", at: storyStart) == .first)
        #expect(book(Array(failures.prefix(3))).rank(of: "Kuda", at: storyStart) == .paused)
        #expect(book([.recovered] + failures.prefix(5)).rank(of: "Kuda", at: storyStart) == .open)
        #expect(book([.recovered] + failures).rank(of: "Kuda", at: storyStart) == .paused)
        #expect(book(failures + [.partial]).rank(of: "Kuda", at: storyStart) == .open)
    }

    @Test func `accounts without a known bank are never paused`() {
        var book = book()
        for account in accounts { book.concluded(account, of: "", .bankUnavailable, showsBank: true, at: storyStart) }
        #expect(!book.isPaused("", at: storyStart))
    }

    @Test(arguments: [(2, -3_600, false), (3, -3_600, true), (3, -130_000, false)])
    func `a bank that was down before the night is paused from the beginning, unless that is long ago`(
        failures: Int, seconds: Int, isPaused: Bool
    ) {
        var book = book()
        book.heard([trouble(failures, lastFailure: .seconds(seconds))], at: storyStart)
        #expect(book.isPaused("Kuda", at: storyStart) == isPaused)
        #expect(book.isCalm == false)
    }

    @Test func `a delivery here is newer than the trouble that the store told of before it`() {
        var book = book()
        book.heard([trouble(9, lastFailure: .zero)], at: storyStart)
        #expect(book.isPaused("Kuda", at: storyStart))
        book.concluded(accounts[0], of: "Kuda", .recovered, showsBank: true, at: moment(.seconds(1)))
        #expect(!book.isPaused("Kuda", at: storyStart))
        book.heard([], at: moment(.seconds(2)))
        #expect(!book.isPaused("Kuda", at: storyStart) && book.isCalm)
    }

    @Test func `a delivery to another worker opens a bank that failed here`() {
        var book = book([.bankUnavailable, .bankUnavailable, .bankUnavailable])
        book.heard([trouble(3, lastFailure: .zero)], at: moment(.seconds(1)))
        #expect(book.rank(of: "Kuda", at: moment(.seconds(1))) == .paused)
        book.heard([], at: moment(.seconds(60)))
        #expect(book.rank(of: "Kuda", at: moment(.seconds(60))) == .open)
    }

    @Test func `what the store has not heard of yet pauses a bank all the same`() {
        var book = book([.bankUnavailable, .bankUnavailable, .bankUnavailable])
        book.heard([], at: moment(.seconds(1)))
        #expect(book.rank(of: "Kuda", at: moment(.seconds(1))) == .paused)
    }

    // MARK: Probes

    @Test func `a bank known to be down is probed at once, then at doubling gaps, three times in all`() {
        var book = book()
        book.heard([trouble(3)], at: storyStart)
        var now = storyStart
        var times: [Duration] = []
        while let next = book.nextProbe(of: "Kuda", at: now) {
            now = next
            times.append(now.since(storyStart))
            let known = book.asksToProbe("Kuda")
            #expect(known == times.count - 1)
            #expect(book.nextProbe(of: "Kuda", at: now) == nil && book.isAsking && book.isProbing("Kuda"))
            book.mayProbe("Kuda", true, at: now)
            #expect(book.rank(of: "Kuda", at: now) == .first)
            let account = accounts[times.count]
            book.begins(account, of: "Kuda", at: now)
            #expect(book.isProbe(account, of: "Kuda") && book.rank(of: "Kuda", at: now) == .paused)
            book.concluded(account, of: "Kuda", .bankUnavailable, showsBank: true, at: now)
        }
        #expect(times == [.zero, .seconds(120), .seconds(360)])
    }

    @Test func `a bank that failed tonight is left alone for a while before its first probe`() {
        let book = book([.bankUnavailable, .bankUnavailable, .bankUnavailable])
        #expect(book.nextProbe(of: "Kuda", at: moment(.seconds(9))) == moment(.seconds(60)))
    }

    @Test func `a probe that succeeds opens the bank`() {
        var book = book([.bankUnavailable, .bankUnavailable, .bankUnavailable])
        _ = book.asksToProbe("Kuda")
        book.mayProbe("Kuda", true, at: moment(.seconds(60)))
        book.begins(accounts[5], of: "Kuda", at: moment(.seconds(60)))
        book.concluded(accounts[5], of: "Kuda", .recovered, showsBank: true, at: moment(.seconds(70)))
        #expect(book.rank(of: "Kuda", at: moment(.seconds(70))) == .open)
        #expect(!book.isProbing("Kuda") && book.nextProbe(of: "Kuda", at: moment(.seconds(70))) == nil)
    }

    @Test func `another worker's probe is waited for until it has failed, or its window is over`() {
        var book = book()
        book.heard([trouble(3)], at: storyStart)
        _ = book.asksToProbe("Kuda")
        book.mayProbe("Kuda", false, at: storyStart)
        #expect(!book.isProbing("Kuda") && book.rank(of: "Kuda", at: storyStart) == .paused)
        var probed = trouble(3, probes: 1)
        probed.probedAt = storyStart
        book.heard([probed], at: storyStart)
        #expect(book.nextProbe(of: "Kuda", at: storyStart) == moment(.seconds(315)))
        probed.lastFailureAt = moment(.seconds(10))
        book.heard([probed], at: moment(.seconds(11)))
        #expect(book.nextProbe(of: "Kuda", at: moment(.seconds(11))) == moment(.seconds(120)))
    }

    @Test func `failures from before another worker's probe do not end it`() {
        var book = book([.bankUnavailable, .bankUnavailable, .bankUnavailable])
        var probed = trouble(3, lastFailure: .zero, probes: 1)
        probed.probedAt = moment(.seconds(60))
        book.heard([probed], at: moment(.seconds(61)))
        #expect(book.nextProbe(of: "Kuda", at: moment(.seconds(61))) == moment(.seconds(375)))
    }
}
