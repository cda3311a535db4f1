import Reconciliation
import Testing

/// Triggers that Mono did not take.
@Suite struct CaseRefusalTests {
    private static let tooMany = SyncAnswer.refused(.tooManyRequests(retryAfter: nil))
    private static let noConnection = SyncAnswer.refused(.noConnection("connection refused"))

    @Test(
        arguments: [
            (Refusal.badRequest, Outcome.errored), (.denied(status: 402), .errored), (.denied(status: 403), .errored),
            (.keyRefused, .deferred),
        ], Situation.allCases)
    func `a refusal that will not change is not tried again`(
        row: (refusal: Refusal, outcome: Outcome), situation: Situation
    ) {
        for api in APIGeneration.allCases {
            var scenario = Scenario(situation, api)
            scenario.trigger = [.refused(row.refusal)]
            let ending = scenario.play()
            #expect(ending.outcome == row.outcome)
            #expect(ending.settlement?.clearsFlag == false)
            #expect(ending.triggerTimes.count == 1)
            #expect(ending.calls.last?.call == .trigger)
        }
    }

    @Test(arguments: [tooMany, noConnection])
    func `what was not taken is withdrawn and tried once more`(refusal: SyncAnswer) {
        var scenario = Scenario(.flagged)
        scenario.trigger = [refusal, .succeeded(job: "job-1")]
        let ending = scenario.play()
        #expect(ending.verdict == Verdict(.recovered, clearsFlag: true))
        #expect(ending.triggerTimes.count == 2)
        #expect(ending.intents.count == 2)
        #expect(ending.withdrawals.count == 1)
        #expect(ending.subject.snapshot.apiCalls == 2)
    }

    @Test(arguments: [
        ([tooMany], Outcome.deferred), ([noConnection], .errored), ([noConnection, tooMany], .deferred),
        ([tooMany, noConnection], .errored),
    ])
    func `a second refusal ends it, and nothing of the intent is left`(answers: [SyncAnswer], outcome: Outcome) {
        var scenario = Scenario(.flagged)
        scenario.trigger = Replies(answers)
        let ending = scenario.play()
        #expect(ending.verdict == Verdict(outcome, withdrawsIntent: true))
        #expect(ending.triggerTimes.count == 2)
        #expect(ending.withdrawals.count == 1)
        #expect(ending.settlement?.nextAttemptAt == nil)
    }

    @Test func `the answer to the new trigger counts as the first one's would`() {
        var scenario = Scenario(.waiting)
        scenario.trigger = [Self.tooMany, .started(job: "job-1")]
        scenario.job = [.says(.finished)]
        scenario.details = [.says(.partial)]
        #expect(scenario.play().verdict == Verdict(.partial, clearsFlag: true))
    }

    @Test(arguments: [(Duration.seconds(299), false), (.seconds(300), true), (.seconds(301), true)])
    func `a new intent follows inside the window only`(latency: Duration, isSurelyOver: Bool) {
        var scenario = Scenario(.flagged)
        scenario.trigger = [Self.tooMany, .reauthorise]
        scenario.triggerLatency = latency
        let ending = scenario.play()
        #expect(ending.intents.allSatisfy { $0 < .seconds(300) })
        if isSurelyOver { #expect(ending.verdict == Verdict(.deferred, withdrawsIntent: true)) }
    }

    @Test func `two seconds and more before the window's end there is room for a new intent`() {
        var scenario = Scenario(.flagged)
        scenario.trigger = [Self.tooMany, .reauthorise]
        scenario.triggerLatency = .seconds(290)
        let ending = scenario.play()
        #expect(ending.intents.count == 2)
        #expect(ending.outcome == .reauthorisationRequired)
    }

    @Test func `an account that was flagged while the intent was taken back is not triggered again`() {
        var scenario = Scenario(.waitingWithData)
        scenario.trigger = [Self.tooMany]
        scenario.triggerLatency = .seconds(2)
        scenario.happens(.event(.reauthorisationRequired), at: .seconds(1))
        let ending = scenario.play()
        #expect(ending.outcome == .reauthorisationRequired)
        #expect(ending.triggerTimes.count == 1)
    }

    @Test(arguments: Situation.allCases)
    func `404 is account not found when the details say so too`(situation: Situation) {
        for api in APIGeneration.allCases {
            var scenario = Scenario(situation, api)
            scenario.trigger = [.refused(.notFound)]
            scenario.details = [.failure(.notFound)]
            let ending = scenario.play()
            #expect(ending.outcome == .accountNotFound)
            #expect(ending.triggerTimes.count == 1)
            #expect(ending.calls.suffix(2).map(\.call) == [.trigger, .details])
        }
    }

    @Test(arguments: [DataStatus.available, .partial, .processing, .failed, .unknown("x")], Situation.allCases)
    func `404 is errored when the details know the account`(status: DataStatus, situation: Situation) {
        var scenario = Scenario(situation)
        scenario.trigger = [.refused(.notFound)]
        scenario.details = [.says(status)]
        let ending = scenario.play()
        #expect(ending.outcome == .errored)
        #expect(ending.settlement?.clearsFlag == false)
        #expect(ending.triggerTimes.count == 1)
    }

    @Test func `the look that confirms a 404 is repeated like any other`() {
        var scenario = Scenario(.flagged)
        scenario.trigger = [.refused(.notFound)]
        scenario.details = [.failure(.server(status: 503)), .failure(.notFound)]
        let ending = scenario.play()
        #expect(ending.outcome == .accountNotFound)
        #expect(ending.detailsTimes.count == 2)
    }

    @Test(arguments: [
        (EventNote.Kind.updated(status: .available, sync: nil, job: nil), Outcome.alreadyAvailable),
        (.unlinked, .accountNotFound), (.reauthorised, .stillProcessing),
        (.reauthorisationRequired, .reauthorisationRequired), (.syncFailed, .errored),
        (.updated(status: .partial, sync: .successful, job: nil), .errored),
    ])
    func `an event while a 404 is being confirmed is no news of a sync of ours`(
        kind: EventNote.Kind, outcome: Outcome
    ) {
        for situation in [Situation.waiting, .waitingWithData] {
            var scenario = Scenario(situation)
            scenario.trigger = [.refused(.notFound)]
            scenario.details = [.says(.available)]
            scenario.readLatency = .seconds(2)
            scenario.happens(.event(kind), at: .seconds(3))
            scenario.intentDelay = .seconds(2)
            let ending = scenario.play()
            #expect(ending.outcome == outcome)
            #expect(ending.settlement?.clearsFlag == false)
        }
    }
}
