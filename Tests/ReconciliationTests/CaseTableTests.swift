import Testing

@testable import Reconciliation

/// The cases at a scheduler, and how many of them need what.
@Suite struct CaseTableTests {
    private let accounts = SchedulerNight.accounts(3)

    private func make(_ account: AccountID, _ situation: Situation = .waitingWithData) -> Case {
        Case(SchedulerNight.claim(account, situation), rules: Rules(api: .realtime), now: storyStart)
    }

    private func arm(_ one: inout Case) {
        one.intended(
            at: storyStart, account: AccountState(dataAvailable: true, awaitingSince: storyStart), now: storyStart)
    }

    @Test func `cases are counted while they are here`() {
        var table = CaseTable()
        #expect(table.isEmpty)
        for account in accounts.reversed() { table.insert(make(account)) }
        #expect(table.count == 3 && table.accounts == accounts && table.contains(accounts[2]))
        #expect(table.beforeTrigger == 3 && table.syncing == 0)
        #expect(table.remove(accounts[1])?.accountID == accounts[1])
        #expect(table.count == 2 && table.beforeTrigger == 2 && table[accounts[1]] == nil)
        #expect(table.remove(accounts[1]) == nil)
        #expect(table.beforeTrigger == 2)
    }

    @Test func `a case that changes is counted as what it has become`() {
        var table = CaseTable()
        table.insert(make(accounts[0]))
        #expect(table.change(accounts[0], arm)?.hasNewProgress == false)
        #expect(table.beforeTrigger == 0 && table.syncing == 1)
        #expect(table[accounts[0]]?.want == .trigger)
        table.remove(accounts[0])
        #expect(table.syncing == 0)
    }

    @Test func `a change says whether something new is known of the trigger's answer`() {
        var table = CaseTable()
        table.insert(make(accounts[0]))
        _ = table.change(accounts[0], arm)
        let sent = table.change(accounts[0]) { $0.started(.trigger, at: storyStart) }
        let answered = table.change(accounts[0]) { $0.answered(trigger: .started(job: "j"), at: storyStart) }
        let held = table.change(accounts[0]) { $0.held(for: .seconds(1)) }
        #expect([sent, answered, held].map { $0?.hasNewProgress } == [false, true, false])
        #expect(table.change(accounts[1]) { $0.held(for: .seconds(1)) } == nil)
    }

    @Test func `a change says once to which outcome the case came, and what it showed of its bank`() {
        var table = CaseTable()
        table.insert(make(accounts[0], .waiting))
        let started = table.change(accounts[0]) { $0.started(.details, at: storyStart) }
        let answered = table.change(accounts[0]) {
            $0.answered(details: .success(Details(status: .available, institution: "Kuda")), chance: 0, at: storyStart)
        }
        let after = table.change(accounts[0]) { $0.held(for: .seconds(1)) }
        let inspection = LookSample.Inspection(foundData: true, isFirstNight: true)
        #expect(started == CaseTable.Change(hasNewProgress: false))
        #expect(
            answered
                == CaseTable.Change(
                    hasNewProgress: false, sample: LookSample(inspection, ofBank: "Kuda"),
                    conclusion: CaseTable.Conclusion(bank: "Kuda", outcome: .alreadyAvailable, showsBank: false)))
        #expect(after == CaseTable.Change(hasNewProgress: false))
    }

    @Test func `settled cases are counted by their outcome`() {
        var table = CaseTable()
        for outcome in [Outcome.partial, .partial, .errored] { table.countSettled(outcome) }
        #expect(table.settled == [.partial: 2, .errored: 1])
    }

    @Test func `a second case of one account is a mistake of ours`() async {
        await #expect(processExitsWith: .failure) {
            let claim = SchedulerNight.claim(SchedulerNight.accounts(1)[0], .waiting)
            var table = CaseTable()
            table.insert(Case(claim, rules: Rules(api: .realtime), now: storyStart))
            table.insert(Case(claim, rules: Rules(api: .realtime), now: storyStart))
        }
    }
}
