import Reconciliation
import Testing

/// What an executor is given, and what it may give back.
@Suite struct SchedulerActionTests {
    private let id = SchedulerNight.accounts(1)[0]
    private let slots = SlotGrant(first: storyStart, spacing: .milliseconds(1), count: 5)

    /// A scheduler with one case, and with slots for its first call.
    private func scheduler(_ situation: Situation, rules: Rules = Rules(api: .realtime)) -> CaseScheduler {
        var scheduler = CaseScheduler(
            run: SchedulerNight.run(rules), limits: WorkerLimits(rate: 10, concurrency: 10), seed: 1)
        _ = scheduler.actions(at: storyStart)
        scheduler.take(.claimed([SchedulerNight.claim(id, situation)], more: false), at: storyStart)
        #expect(scheduler.actions(at: storyStart).reservations.count == 1)
        scheduler.take(.granted(slots), at: storyStart)
        return scheduler
    }

    @Test func `a read may leave at any time`() {
        var scheduler = scheduler(.waiting)
        let calls = scheduler.actions(at: storyStart).calls
        #expect(calls == [MonoCall(number: 0, account: id, call: .details)])
    }

    @Test func `a trigger leaves before its intent is ten seconds old`() {
        var scheduler = scheduler(.waitingWithData)
        let asked = scheduler.cases[id]?.snapshot
        #expect(
            scheduler.actions(at: storyStart).requests.contains(
                .intend([asked].compactMap(\.self), of: SchedulerNight.run())))
        let row = AccountState(dataAvailable: true, awaitingSince: storyStart)
        let committed = [id: CommittedIntent(at: moment(.milliseconds(-7)), account: row)]
        scheduler.take(.intended(IntentResult(committed: committed)), at: storyStart)
        let calls = scheduler.actions(at: storyStart).calls
        let end = moment(.milliseconds(9_993))
        #expect(calls == [MonoCall(number: 0, account: id, call: .trigger, leavesBefore: end)])
    }

    @Test func `a write tells how the case stands and what was called`() {
        var scheduler = scheduler(.waiting)
        _ = scheduler.actions(at: storyStart)
        scheduler.answered(0, .details(.success(Details(status: .available))), at: storyStart)
        let snapshot = scheduler.cases[id]?.snapshot
        guard case .settlement(let settlement)? = scheduler.cases[id]?.want, let snapshot else {
            Issue.record("the case is not settled")
            return
        }
        var calls = CallCounts()
        calls.details = 1
        let write = StoreRequest.write(
            [CaseWrite(snapshot, .settlement(settlement))], calls: calls, of: SchedulerNight.run())
        #expect(scheduler.actions(at: storyStart).requests == [write])
    }

    @Test(arguments: [1, -1])
    func `an answer under an unknown number is ignored`(number: Int) {
        var scheduler = scheduler(.waiting)
        _ = scheduler.actions(at: storyStart)
        scheduler.answered(number, .details(.failure(.keyRefused)), at: storyStart)
        #expect(scheduler.stop == nil)
        #expect(scheduler.cases[id]?.want == .answer)
        scheduler.answered(0, .details(.failure(.keyRefused)), at: storyStart)
        #expect(scheduler.stop != nil)
        // Nor is an answer taken twice.
        scheduler.answered(0, .details(.success(Details(status: .available))), at: storyStart)
        #expect(scheduler.actions(at: storyStart).writes.count == 1)
    }

    @Test func `nothing is finished before the store knows of a hold`() {
        var scheduler = scheduler(.waiting)
        _ = scheduler.actions(at: storyStart)
        scheduler.answered(0, .details(.failure(.tooManyRequests(retryAfter: .seconds(30)))), at: storyStart)
        scheduler.handBack(.interrupted(signal: 15), at: storyStart)
        let hold = StoreRequest.hold(until: moment(.seconds(30)))
        let actions = scheduler.actions(at: storyStart)
        #expect(actions.requests == [hold])
        #expect(!actions.contains(.finished))
        scheduler.take(.done, at: storyStart)
        #expect(scheduler.actions(at: storyStart) == [.finished])
    }

    @Test func `rules and budget are the run's`() {
        var scheduler = CaseScheduler(
            run: SchedulerNight.run(Rules(api: .dataSync), budget: 7), limits: WorkerLimits(rate: 4, concurrency: 10),
            seed: 1)
        #expect(scheduler.actions(at: storyStart).claims == [1])
        scheduler.take(.claimed(SchedulerNight.claims(2), more: false), at: storyStart)
        let wanted = SlotRequest(slots: 2, budget: 2, lead: .zero, rate: 4)
        #expect(scheduler.actions(at: storyStart).reservations == [wanted])
        var grant = slots
        (grant.count, grant.paid, grant.budgetLeft) = (0, 2, 5)
        scheduler.take(.granted(grant), at: storyStart)
        #expect(scheduler.unspentBudget == 2)
        #expect(scheduler.cases[id]?.rules == Rules(api: .dataSync))
    }

    @Test(arguments: zip([0, nil] as [Int?], [2, nil]))
    func `what other workers took of the budget is there no more`(left: Int?, deferred: Int?) {
        var scheduler = CaseScheduler(
            run: SchedulerNight.run(budget: 7), limits: WorkerLimits(rate: 10, concurrency: 10), seed: 1)
        _ = scheduler.actions(at: storyStart)
        scheduler.take(.claimed(SchedulerNight.claims(2), more: false), at: storyStart)
        _ = scheduler.actions(at: storyStart)
        var grant = slots
        (grant.count, grant.budgetLeft) = (0, left)
        scheduler.take(.granted(grant), at: storyStart)
        #expect(scheduler.actions(at: storyStart).writes.first?.count == deferred)
    }

    @Test func `an answer that no scheduler asks for is a mistake of ours`() async {
        await #expect(processExitsWith: .failure) {
            var scheduler = CaseScheduler(
                run: SchedulerNight.run(), limits: WorkerLimits(rate: 10, concurrency: 10), seed: 1)
            scheduler.take(.closed(nil), at: storyStart)
        }
    }
}
