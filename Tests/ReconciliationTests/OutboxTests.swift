import Testing

@testable import Reconciliation

/// What is written when, and with what else.
@Suite struct OutboxTests {
    private let accounts = SchedulerNight.accounts(3)
    private let settlement = CaseWrite.Kind.settlement(Settlement(.partial, cause: .syncSucceededInPart, "a test"))

    private func outbox(_ count: Int) -> Outbox {
        var outbox = Outbox()
        for account in SchedulerNight.accounts(count) { outbox.post(settlement, of: account, at: storyStart) }
        return outbox
    }

    @Test(arguments: zip([499.999, 500], [false, true]))
    func `results wait for others for half a second from the oldest one`(milliseconds: Double, isDue: Bool) {
        var outbox = outbox(1)
        outbox.post(.progress, of: accounts[1], at: moment(.milliseconds(150)))
        #expect(outbox.nextWriteAt == moment(.milliseconds(500)))
        let due = outbox.takeDue(cases: 9, isHurried: false, at: moment(.milliseconds(milliseconds)))
        #expect((due != nil) == isDue)
        #expect(outbox.isEmpty == isDue && outbox.isWriting == isDue)
    }

    @Test(arguments: [
        (499, 1_000, false, false), (500, 1_000, false, true), (2, 3, false, false), (3, 3, false, true),
        (1, 9, true, true),
    ])
    func `nothing is waited for by a full outbox, by the last cases, and in a hurry`(
        entries: Int, cases: Int, isHurried: Bool, isDue: Bool
    ) {
        var outbox = outbox(entries)
        #expect((outbox.takeDue(cases: cases, isHurried: isHurried, at: storyStart)?.count == entries) == isDue)
    }

    @Test func `nothing is written of an empty outbox`() {
        var outbox = Outbox()
        #expect(outbox.isEmpty && outbox.nextWriteAt == nil)
        #expect(outbox.takeDue(cases: 0, isHurried: true, at: storyStart) == nil)
    }

    @Test func `a write has one entry for each account, the latest one, in the order of the accounts`() {
        var outbox = Outbox()
        for account in accounts.reversed() { outbox.post(.progress, of: account, at: storyStart) }
        outbox.post(settlement, of: accounts[1], at: storyStart)
        let due = outbox.takeDue(cases: 3, isHurried: false, at: storyStart) ?? []
        #expect(due.map(\.account) == accounts)
        #expect(due.map(\.kind) == [.progress, settlement, .progress])
    }

    @Test func `one write is under way at a time, and what comes meanwhile waits from its own time`() {
        var outbox = outbox(1)
        _ = outbox.takeDue(cases: 1, isHurried: false, at: storyStart)
        outbox.post(.progress, of: accounts[1], at: moment(.seconds(1)))
        #expect(outbox.nextWriteAt == nil)
        #expect(outbox.takeDue(cases: 1, isHurried: true, at: moment(.seconds(9))) == nil)
        #expect(outbox.end() == [accounts[0]])
        #expect(outbox.nextWriteAt == moment(.milliseconds(1_500)))
    }

    @Test func `when the last entry was taken out, the next one waits from its own time`() {
        var outbox = outbox(1)
        outbox.forget(accounts[0])
        #expect(outbox.takeDue(cases: 9, isHurried: false, at: moment(.milliseconds(100))) == nil)
        outbox.post(.progress, of: accounts[1], at: moment(.milliseconds(150)))
        #expect(outbox.nextWriteAt == moment(.milliseconds(650)))
    }

    @Test func `the answer to a write does not concern a case that left meanwhile`() {
        var outbox = outbox(2)
        _ = outbox.takeDue(cases: 2, isHurried: false, at: storyStart)
        outbox.forget(accounts[0])
        #expect(outbox.end() == [accounts[1]])
        #expect(outbox.end() == [])
    }

    @Test(arguments: [
        (CaseWrite.Kind.progress, false, CaseWrite.Kind?.some(.progress)), (.progress, true, .some(.progress)),
        (.withdrawal, false, nil), (.withdrawal, true, nil),
        (.settlement(Settlement(.partial, cause: .syncSucceededInPart, "a test")), false, nil),
        (.settlement(Settlement(.partial, cause: .syncSucceededInPart, "a test")), true, .some(.progress)),
    ])
    func `a case that changed takes back all but what its trigger answered`(
        kind: CaseWrite.Kind, hasProgress: Bool, expected: CaseWrite.Kind?
    ) {
        var outbox = Outbox()
        outbox.post(kind, of: accounts[0], at: storyStart)
        outbox.revise(accounts[0], hasProgress: hasProgress)
        #expect(outbox.contains(accounts[0]) == (expected != nil))
        let due = outbox.takeDue(cases: 1, isHurried: true, at: storyStart)
        #expect(due?.map(\.kind) == expected.map { [$0] })
    }

    @Test func `what a case with an empty outbox takes back is nothing`() {
        var outbox = Outbox()
        outbox.revise(accounts[0], hasProgress: true)
        #expect(outbox.isEmpty)
    }
}
