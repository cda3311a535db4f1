import Reconciliation
import Testing

/// What our own database tells a scheduler, at every moment of a case.
@Suite struct SchedulerNewsTests {
    private static let good = EventNote.Kind.updated(status: .available, sync: nil, job: nil)
    private static let account = SchedulerNight.accounts(1)

    private func night(_ situation: Situation, _ kind: EventNote.Kind, at time: Duration) -> SchedulerNight {
        var night = SchedulerNight(SchedulerNight.claims(1, situation))
        night.happenings = Self.account.map { (time, .event($0, kind)) }
        return night
    }

    @Test func `an event before the claim needs no call`() {
        let ending = night(.waiting, Self.good, at: .zero).play()
        #expect(ending.violations == [])
        #expect(ending.outcomes == [.alreadyAvailable: 1])
        #expect(ending.calls == [])
    }

    @Test func `an event while Mono works ends the wait without another call`() throws {
        var night = night(.waiting, Self.good, at: .seconds(30))
        night.answer = { asked in
            if case .job = asked.call { return .job(.success(.processing)) }
            return SchedulerNight.goodMono(asked)
        }
        let ending = night.play()
        #expect(ending.violations == [])
        #expect(ending.outcomes == [.recovered: 1])
        #expect(ending.calls.allSatisfy { $0.at < .seconds(30) })
        let end = try #require(ending.finishedAt)
        #expect(end < .seconds(31))
    }

    @Test func `a settlement that met a changed row is made again from the news`() {
        // The inspection says AVAILABLE; the bank asks for a new log-in just before that is written.
        var refusals = 0
        for millisecond in 180...320 {
            var night = night(.waiting, .reauthorisationRequired, at: .milliseconds(millisecond))
            night.answer = SchedulerNight.readyMono
            night.storeLatency = .milliseconds(50)
            let ending = night.play()
            #expect(ending.violations == [])
            refusals += ending.refusals
            if ending.refusals > 0 { #expect(ending.outcomes == [.reauthorisationRequired: 1]) }
        }
        #expect(refusals > 0)
    }

    @Test func `an intent that met a changed row is not followed by a trigger`() {
        var night = night(.waitingWithData, .unlinked, at: .milliseconds(30))
        night.storeLatency = .milliseconds(20)
        let ending = night.play()
        #expect(ending.violations == [])
        #expect(ending.counted.trigger == 0)
        #expect(ending.outcomes == [.accountNotFound: 1])
        #expect(ending.standing == [])
    }

    @Test(arguments: Array(stride(from: 1, to: 400, by: 9)))
    func `an event at any moment around the intent leaves one settlement and no orphaned intent`(millisecond: Int) {
        for latency in [8, 60, 200] {
            var night = night(.waitingWithData, Self.good, at: .milliseconds(millisecond))
            night.storeLatency = .milliseconds(latency)
            night.storeSpread = .milliseconds(latency / 2)
            let ending = night.play()
            #expect(ending.violations == [], "with \(latency) ms")
            // A trigger that did not leave leaves no intent.
            #expect(ending.standing.count == ending.counted.trigger, "with \(latency) ms")
            let expected: Outcome = ending.counted.trigger == 0 ? .alreadyAvailable : .recovered
            #expect(ending.outcomes == [expected: 1], "with \(latency) ms")
        }
    }

    @Test func `news that change nothing do not keep a case from its look`() {
        var night = SchedulerNight(SchedulerNight.claims(3, .waitingWithData))
        night.happenings = SchedulerNight.accounts(3).flatMap { account in
            (1...200).map { (.milliseconds(50 * $0), .event(account, .jobUpdate(job: "x", status: .processing))) }
        }
        let ending = night.play()
        #expect(ending.violations == [])
        #expect(ending.outcomes == [.recovered: 3])
        #expect(ending.calls.allSatisfy { $0.at < .seconds(4) })
    }

    // MARK: While a claim is under way

    @Test(arguments: Array(stride(from: 0, through: 99, by: 9)))
    func `an event at any moment of the claim needs no call`(millisecond: Int) {
        var night = night(.waiting, Self.good, at: .milliseconds(millisecond))
        night.storeLatency = .milliseconds(100)
        let ending = night.play()
        #expect(ending.violations == [])
        #expect(ending.outcomes == [.alreadyAvailable: 1])
        #expect(ending.calls == [])
    }

    /// A scheduler whose first claim is under way.
    private func claimingScheduler() -> CaseScheduler {
        var scheduler = CaseScheduler(
            run: SchedulerNight.run(), limits: WorkerLimits(rate: 10, concurrency: 10), seed: 1)
        #expect(scheduler.actions(at: storyStart).claims == [1])
        return scheduler
    }

    @Test func `what changes while it is claimed is read again, and nothing else`() {
        let ids = SchedulerNight.accounts(3)
        var scheduler = claimingScheduler()
        scheduler.changed([ids[1]])
        scheduler.changed([ids[2]])
        scheduler.take(.claimed(Array(SchedulerNight.claims(3).prefix(2)), more: false), at: storyStart)
        #expect(scheduler.actions(at: storyStart).newsRequests == [[ids[1]]])
    }

    @Test(
        arguments: [nil, WorkerLimits.changesKept - 1, WorkerLimits.changesKept, WorkerLimits.changesKept + 1] as [Int?]
    )
    func `if any may have changed, or too many did, all that was claimed is read again`(count: Int?) {
        let others = (0..<(count ?? 0)).compactMap { AccountID("b-\($0)") }
        var scheduler = claimingScheduler()
        scheduler.changed(count.map { _ in others })
        scheduler.changed([SchedulerNight.accounts(1)[0]])
        scheduler.take(.claimed(SchedulerNight.claims(2), more: false), at: storyStart)
        let isKept = count.map { $0 < WorkerLimits.changesKept } ?? false
        #expect(scheduler.actions(at: storyStart).newsRequests == [SchedulerNight.accounts(isKept ? 1 : 2)])
    }

    @Test func `a claim knows what changed before it`() {
        let ids = SchedulerNight.accounts(2)
        var scheduler = claimingScheduler()
        scheduler.changed([ids[1]])
        scheduler.take(.claimed([SchedulerNight.claim(ids[0], .waiting)], more: true), at: storyStart)
        scheduler.changed([ids[1]])
        #expect(scheduler.actions(at: storyStart).claims == [2])
        scheduler.take(.claimed([SchedulerNight.claim(ids[1], .waiting)], more: false), at: storyStart)
        #expect(scheduler.actions(at: storyStart).newsRequests == [])
    }
}
