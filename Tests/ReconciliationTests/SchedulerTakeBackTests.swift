import Reconciliation
import Testing

/// A case that another worker took and that came back to this scheduler is a new one.
@Suite struct SchedulerTakeBackTests {
    private let id = SchedulerNight.accounts(1)[0]

    private func scheduler(_ situation: Situation) -> CaseScheduler {
        var scheduler = CaseScheduler(
            rules: Rules(api: .realtime), limits: WorkerLimits(rate: 10, concurrency: 10), budget: nil, seed: 1)
        _ = scheduler.actions(at: storyStart)
        scheduler.claimed([SchedulerNight.claim(id, situation)], more: false, at: storyStart)
        return scheduler
    }

    /// Gives it slots and says what it does then.
    private func act(_ scheduler: inout CaseScheduler, at time: Timestamp) -> [CaseScheduler.Action] {
        let first = scheduler.actions(at: time)
        guard first.contains(where: { if case .reserve = $0 { true } else { false } }) else { return first }
        scheduler.granted(SlotGrant(first: time, spacing: .milliseconds(100), count: 5), at: time)
        return first + scheduler.actions(at: time)
    }

    @Test func `an answer to its former self tells it nothing`() {
        var scheduler = scheduler(.waiting)
        #expect(act(&scheduler, at: storyStart).contains(.call(id, .details)))
        let later = moment(.seconds(2))
        scheduler.claimed([SchedulerNight.claim(id, .waiting)], more: false, at: later)
        #expect(act(&scheduler, at: later).contains(.call(id, .details)))
        scheduler.answered(id, .details(.success(Details(status: .available))), number: 0, at: later)
        #expect(scheduler.cases[id]?.want == .answer)
        scheduler.answered(id, .details(.success(Details(status: .unavailable))), number: 1, at: later)
        #expect(scheduler.cases[id]?.want == .intent(notBefore: later))
    }

    @Test func `an intent that its former self asked for is not its own`() {
        var scheduler = scheduler(.waitingWithData)
        #expect(act(&scheduler, at: storyStart).contains(.intend([id])))
        let later = moment(.seconds(2))
        var claim = SchedulerNight.claim(id, .waitingWithData)
        claim.intent = Claim.PastIntent(at: moment(.seconds(1)), hadData: true, answer: nil, jobID: nil)
        scheduler.claimed([claim], more: false, at: later)
        // The other worker's stands in the row; this worker's statement was still on its way.
        let row = AccountState(dataAvailable: true, awaitingSince: storyStart)
        scheduler.intended([id: CommittedIntent(at: moment(.seconds(1)), account: row)], refused: [:], at: later)
        #expect(scheduler.cases[id]?.want != .trigger)
        #expect(!act(&scheduler, at: later).contains(.call(id, .trigger)))
    }

    @Test func `after a loss it asks for cases again although none were left`() {
        var scheduler = scheduler(.waitingWithData)
        let first = act(&scheduler, at: storyStart)
        #expect(first.contains(.intend([id])))
        #expect(!first.contains { if case .claim = $0 { true } else { false } })
        scheduler.intended([:], refused: [:], at: moment(.seconds(1)))
        #expect(scheduler.cases.isEmpty)
        #expect(act(&scheduler, at: moment(.seconds(1))).contains { if case .claim = $0 { true } else { false } })
    }

    @Test func `what waits for its former self does not wait for it`() {
        var scheduler = scheduler(.waitingWithData)
        scheduler.claimed([SchedulerNight.claim(id, .waitingWithData)], more: false, at: storyStart)
        let intents = act(&scheduler, at: storyStart).filter { if case .intend = $0 { true } else { false } }
        #expect(intents == [.intend([id])])
    }

    @Test(arguments: [false, true])
    func `a loss while a claim is under way makes it ask once more`(isLost: Bool) {
        var scheduler = scheduler(.waitingWithData)
        scheduler.claimed([SchedulerNight.claim(id, .waitingWithData)], more: true, at: storyStart)
        let first = act(&scheduler, at: storyStart)
        #expect(first.contains(.intend([id])))
        #expect(first.contains { if case .claim = $0 { true } else { false } })
        let row = AccountState(dataAvailable: true, awaitingSince: storyStart)
        let committed = [id: CommittedIntent(at: storyStart, account: row)]
        scheduler.intended(isLost ? [:] : committed, refused: [:], at: storyStart)
        scheduler.claimed([], more: false, at: storyStart)
        for seconds in 1...2 {
            let later = act(&scheduler, at: moment(.seconds(seconds)))
            #expect(later.contains { if case .claim = $0 { true } else { false } } == (isLost && seconds == 1))
            if isLost { scheduler.claimed([], more: false, at: moment(.seconds(seconds))) }
        }
    }

    /// A scheduler that writes the settlement of its only case, which is claimed again before the answer if so wanted.
    private func writingScheduler(isTakenBack: Bool) -> CaseScheduler {
        var scheduler = scheduler(.waiting)
        #expect(act(&scheduler, at: storyStart).contains(.call(id, .details)))
        scheduler.answered(id, .details(.success(Details(status: .available))), number: 0, at: storyStart)
        #expect(act(&scheduler, at: storyStart).contains { if case .write = $0 { true } else { false } })
        if isTakenBack { scheduler.claimed([SchedulerNight.claim(id, .waiting)], more: false, at: storyStart) }
        return scheduler
    }

    @Test(arguments: [false, true])
    func `a late answer that its former self is settled drops only that one`(isTakenBack: Bool) {
        var scheduler = writingScheduler(isTakenBack: isTakenBack)
        var result = WriteResult()
        result.settled = [id]
        scheduler.wrote(result, at: storyStart)
        #expect(scheduler.cases[id]?.want == (isTakenBack ? .call(.details, notBefore: storyStart) : nil))
        #expect(scheduler.settled == (isTakenBack ? [:] : [.alreadyAvailable: 1]))
    }

    @Test(arguments: [false, true])
    func `a late answer that its former self is lost drops only that one`(isTakenBack: Bool) {
        var scheduler = writingScheduler(isTakenBack: isTakenBack)
        var result = WriteResult()
        result.lost = [id]
        scheduler.wrote(result, at: storyStart)
        #expect(scheduler.cases[id]?.want == (isTakenBack ? .call(.details, notBefore: storyStart) : nil))
    }
}
