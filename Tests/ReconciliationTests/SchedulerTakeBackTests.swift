import Reconciliation
import Testing

/// A case that another worker took and that came back to this scheduler is a new one.
@Suite struct SchedulerTakeBackTests {
    private let id = SchedulerNight.accounts(1)[0]

    private func scheduler(_ situation: Situation) -> CaseScheduler {
        var scheduler = CaseScheduler(
            run: SchedulerNight.run(), limits: WorkerLimits(rate: 10, concurrency: 10), seed: 1)
        _ = scheduler.actions(at: storyStart)
        scheduler.take(.claimed([SchedulerNight.claim(id, situation)], more: false), at: storyStart)
        return scheduler
    }

    /// Gives it slots and says what it does then.
    private func act(_ scheduler: inout CaseScheduler, at time: Timestamp) -> [CaseScheduler.Action] {
        let first = scheduler.actions(at: time)
        guard !first.reservations.isEmpty else { return first }
        scheduler.take(.granted(SlotGrant(first: time, spacing: .milliseconds(100), count: 5)), at: time)
        return first + scheduler.actions(at: time)
    }

    @Test func `an answer to its former self tells it nothing`() {
        var scheduler = scheduler(.waiting)
        #expect(act(&scheduler, at: storyStart).calls.map(\.call) == [.details])
        let later = moment(.seconds(2))
        scheduler.take(.claimed([SchedulerNight.claim(id, .waiting)], more: false), at: later)
        #expect(act(&scheduler, at: later).calls.map(\.call) == [.details])
        scheduler.answered(0, .details(.success(Details(status: .available))), at: later)
        #expect(scheduler.cases[id]?.want == .answer)
        scheduler.answered(1, .details(.success(Details(status: .unavailable))), at: later)
        #expect(scheduler.cases[id]?.want == .intent(notBefore: later))
    }

    @Test func `an intent that its former self asked for is not its own`() {
        var scheduler = scheduler(.waitingWithData)
        #expect(act(&scheduler, at: storyStart).intents == [[id]])
        let later = moment(.seconds(2))
        var claim = SchedulerNight.claim(id, .waitingWithData)
        claim.intent = Claim.PastIntent(at: moment(.seconds(1)), hadData: true, answer: nil, jobID: nil)
        scheduler.take(.claimed([claim], more: false), at: later)
        // The other worker's stands in the row; this worker's statement was still on its way.
        let row = AccountState(dataAvailable: true, awaitingSince: storyStart)
        let committed = [id: CommittedIntent(at: moment(.seconds(1)), account: row)]
        scheduler.take(.intended(IntentResult(committed: committed)), at: later)
        #expect(scheduler.cases[id]?.want != .trigger)
        #expect(act(&scheduler, at: later).calls == [])
    }

    @Test func `after a loss it asks for cases again although none were left`() {
        var scheduler = scheduler(.waitingWithData)
        let first = act(&scheduler, at: storyStart)
        #expect(first.intents == [[id]])
        #expect(first.claims == [])
        scheduler.take(.intended(IntentResult()), at: moment(.seconds(1)))
        #expect(scheduler.cases.isEmpty)
        #expect(act(&scheduler, at: moment(.seconds(1))).claims.count == 1)
    }

    @Test func `what waits for its former self does not wait for it`() {
        var scheduler = scheduler(.waitingWithData)
        scheduler.take(.claimed([SchedulerNight.claim(id, .waitingWithData)], more: false), at: storyStart)
        #expect(act(&scheduler, at: storyStart).intents == [[id]])
    }

    @Test(arguments: [false, true])
    func `a loss while a claim is under way makes it ask once more`(isLost: Bool) {
        var scheduler = scheduler(.waitingWithData)
        scheduler.take(.claimed([SchedulerNight.claim(id, .waitingWithData)], more: true), at: storyStart)
        let first = act(&scheduler, at: storyStart)
        #expect(first.intents == [[id]])
        #expect(first.claims.count == 1)
        let row = AccountState(dataAvailable: true, awaitingSince: storyStart)
        let committed = [id: CommittedIntent(at: storyStart, account: row)]
        scheduler.take(.intended(IntentResult(committed: isLost ? [:] : committed)), at: storyStart)
        scheduler.take(.claimed([], more: false), at: storyStart)
        for seconds in 1...2 {
            let later = act(&scheduler, at: moment(.seconds(seconds)))
            #expect(!later.claims.isEmpty == (isLost && seconds == 1))
            if isLost { scheduler.take(.claimed([], more: false), at: moment(.seconds(seconds))) }
        }
    }

    /// A scheduler that writes the settlement of its only case, which is claimed again before the answer if so wanted.
    private func writingScheduler(isTakenBack: Bool) -> CaseScheduler {
        var scheduler = scheduler(.waiting)
        #expect(act(&scheduler, at: storyStart).calls.map(\.call) == [.details])
        scheduler.answered(0, .details(.success(Details(status: .available))), at: storyStart)
        #expect(act(&scheduler, at: storyStart).writes.count == 1)
        if isTakenBack { scheduler.take(.claimed([SchedulerNight.claim(id, .waiting)], more: false), at: storyStart) }
        return scheduler
    }

    @Test(arguments: [false, true])
    func `a late answer that its former self is settled drops only that one`(isTakenBack: Bool) {
        var scheduler = writingScheduler(isTakenBack: isTakenBack)
        var result = WriteResult()
        result.settled = [id]
        scheduler.take(.wrote(result), at: storyStart)
        #expect(scheduler.cases[id]?.want == (isTakenBack ? .call(.details, notBefore: storyStart) : nil))
        #expect(scheduler.settled == (isTakenBack ? [:] : [.alreadyAvailable: 1]))
    }

    @Test(arguments: [false, true])
    func `a late answer that its former self is lost drops only that one`(isTakenBack: Bool) {
        var scheduler = writingScheduler(isTakenBack: isTakenBack)
        var result = WriteResult()
        result.lost = [id]
        scheduler.take(.wrote(result), at: storyStart)
        #expect(scheduler.cases[id]?.want == (isTakenBack ? .call(.details, notBefore: storyStart) : nil))
    }
}
