import Reconciliation
import Testing

/// The end of the budget and the end of the run.
@Suite struct CaseBudgetTests {
    @Test(arguments: Situation.allCases)
    func `without a budget nothing is begun`(situation: Situation) {
        var scenario = Scenario(situation)
        scenario.happens(.starve, at: .zero)
        let ending = scenario.play()
        #expect(ending.verdict == Verdict(.deferred))
        #expect(ending.calls.isEmpty && ending.intents.isEmpty)
        #expect(ending.settlement?.cause == .budget)
    }

    @Test func `an intent whose trigger has not left is taken back`() {
        for end in [Happening.What.starve, .abandon] {
            var scenario = Scenario(.flagged)
            scenario.slotDelays = [.seconds(5)]
            scenario.happens(end, at: .seconds(1))
            let ending = scenario.play()
            #expect(ending.verdict == Verdict(.deferred, withdrawsIntent: true))
            #expect(ending.triggerTimes.isEmpty)
            #expect(ending.settlement?.nextAttemptAt == nil)
        }
    }

    @Test func `a trigger that has left may still be proven by an event`() {
        for answer in [SyncAnswer.started(job: "job-1"), .timedOut, .withoutJob] {
            var scenario = Scenario(.waiting)
            scenario.trigger = [answer]
            scenario.happens(.starve, at: .seconds(1))
            scenario.happens(.event(.updated(status: .available, sync: .successful, job: "job-1")), at: .seconds(200))
            scenario.details = [.says(.processing)]
            let ending = scenario.play()
            #expect(ending.outcome == .recovered)
            #expect(ending.at == .seconds(200))
            #expect(ending.calls.allSatisfy { $0.at <= .seconds(1) })
        }
    }

    @Test func `otherwise it is deferred when the window ends, without a call`() {
        for answer in [SyncAnswer.started(job: "job-1"), .timedOut] {
            var scenario = Scenario(.flagged)
            scenario.trigger = [answer]
            scenario.happens(.starve, at: .seconds(1))
            let ending = scenario.play()
            #expect(ending.verdict == Verdict(.deferred))
            #expect(ending.at == .seconds(300))
            #expect(ending.calls.map(\.call) == [.trigger])
            #expect(ending.settlement?.nextAttemptAt == moment(.seconds(300)))
        }
    }

    @Test(arguments: [
        SyncAnswer.succeeded(job: nil), .failed(job: "job-1"), .refused(.notFound), .started(job: "job-1"), .timedOut,
        .refused(.tooManyRequests(retryAfter: nil)), .refused(.noConnection("reset")), .withoutJob,
    ])
    func `no call follows a trigger that is answered after the budget's end`(answer: SyncAnswer) {
        for situation in Situation.nightly {
            var scenario = Scenario(situation)
            scenario.triggerLatency = .seconds(5)
            scenario.trigger = [answer]
            scenario.happens(.starve, at: .seconds(1))
            let ending = scenario.play()
            #expect(ending.settlement != nil)
            #expect(ending.calls.last?.call == .trigger)
            #expect(ending.triggerTimes.count == 1)
        }
    }

    @Test(arguments: Situation.nightly)
    func `a success that is answered after the budget's end counts where data was there`(situation: Situation) {
        guard situation.had else { return }
        var scenario = Scenario(situation)
        scenario.triggerLatency = .seconds(5)
        scenario.trigger = [.succeeded(job: nil)]
        scenario.happens(.starve, at: .seconds(1))
        #expect(scenario.play().verdict == Verdict(.recovered, clearsFlag: true))
    }

    @Test func `a read is not repeated after the budget's end`() {
        var scenario = Scenario(.flagged)
        scenario.trigger = [.started(job: "job-1")]
        scenario.job = [.failure(.server(status: 503))]
        scenario.readLatency = .seconds(2)
        scenario.happens(.starve, at: .seconds(3))
        let ending = scenario.play()
        #expect(ending.jobTimes.count == 1)
        #expect(ending.settlement != nil)
    }

    @Test func `a failure that waits for its reason may still hear it, but is not looked at`() {
        var scenario = Scenario(.waitingWithData)
        scenario.trigger = [.failed(job: "job-1")]
        scenario.happens(.starve, at: .seconds(1))
        var ending = scenario.play()
        #expect(ending.verdict == Verdict(.deferred))
        #expect(ending.calls.map(\.call) == [.trigger])
        scenario.happens(.event(.reauthorisationRequired), at: .seconds(3))
        ending = scenario.play()
        #expect(ending.verdict == Verdict(.reauthorisationRequired))
    }

    @Test(arguments: [
        SyncAnswer.started(job: "job-1"), .timedOut, .withoutJob, .failed(job: "job-1"), .refused(.notFound),
    ])
    func `an interruption defers what is open, and a trigger that left is not taken back`(answer: SyncAnswer) {
        var scenario = Scenario(.waitingWithData)
        scenario.trigger = [answer]
        scenario.readLatency = .seconds(60)
        scenario.happens(.abandon, at: .seconds(1))
        let ending = scenario.play()
        #expect(ending.verdict == Verdict(.deferred))
        #expect(ending.at == .seconds(1))
        #expect(ending.settlement?.cause == .interrupted)
        #expect(ending.settlement?.nextAttemptAt == moment(.seconds(300)))
    }

    @Test func `an interruption while the trigger is under way does not take its intent back`() {
        var scenario = Scenario(.flagged)
        scenario.triggerLatency = .seconds(5)
        scenario.trigger = [.succeeded(job: nil)]
        scenario.happens(.abandon, at: .seconds(1))
        let ending = scenario.play()
        #expect(ending.verdict == Verdict(.deferred))
        // The request may have left until the connection's limit.
        #expect(ending.settlement?.nextAttemptAt == moment(.seconds(315)))
    }

    @Test func `an interrupted inspection leaves nothing behind`() {
        var scenario = Scenario(.waiting)
        scenario.readLatency = .seconds(5)
        scenario.happens(.abandon, at: .seconds(1))
        #expect(scenario.play().verdict == Verdict(.deferred))
    }
}
