import Reconciliation
import Testing

/// Triggers whose fate is not known: never sent again, looked up.
@Suite struct CaseDoubtTests {
    /// The doubtful answer and what it is called when nothing comes to light.
    static let doubts: [(SyncAnswer, Outcome)] = [
        (.timedOut, .deferred), (.inDoubt(Doubt("HTTP 502", isAnswer: true)), .deferred), (.withoutJob, .errored),
    ]
    static let provable = Situation.allCases.filter(\.canProve)
    static let unprovable = Situation.allCases.filter { !$0.canProve }

    @Test(arguments: doubts, provable)
    func `available at any look proves it where no data was there`(
        doubt: (answer: SyncAnswer, unknown: Outcome), situation: Situation
    ) {
        for api in APIGeneration.allCases {
            var scenario = Scenario(situation, api)
            scenario.trigger = [doubt.answer]
            scenario.details = [.says(.processing), .says(.failed), .says(.available)]
            let ending = scenario.play()
            #expect(ending.verdict == Verdict(.recovered))
            #expect(ending.triggerTimes.count == 1)
            #expect(ending.subject.snapshot.polls == 3)
        }
    }

    @Test(
        arguments: doubts,
        [DataStatus.processing, .partial, .unavailable, .failed, .unknown("SYNCING")])
    func `at the window's end processing is pending and anything else unknown`(
        doubt: (answer: SyncAnswer, unknown: Outcome), status: DataStatus
    ) {
        for api in APIGeneration.allCases {
            var scenario = Scenario(.waiting, api)
            scenario.trigger = [doubt.answer]
            scenario.details = [.says(status)]
            let ending = scenario.play()
            #expect(ending.verdict == Verdict(status == .processing ? .stillProcessing : doubt.unknown))
            #expect(ending.detailsTimes.last == .seconds(300))
            #expect(ending.at == .seconds(300))
            #expect(ending.triggerTimes.count == 1)
        }
    }

    @Test(arguments: doubts)
    func `available at the last look is proof as well`(answer: SyncAnswer, unknown: Outcome) {
        var scenario = Scenario(.waiting)
        scenario.trigger = [answer]
        scenario.details = Replies { _, time in .says(time >= .seconds(300) ? .available : .unavailable) }
        #expect(scenario.play().verdict == Verdict(.recovered))
    }

    @Test(arguments: doubts, unprovable)
    func `where the status proves nothing no call is made, and the end is unknown`(
        doubt: (answer: SyncAnswer, unknown: Outcome), situation: Situation
    ) {
        for api in APIGeneration.allCases {
            var scenario = Scenario(situation, api)
            scenario.trigger = [doubt.answer]
            let ending = scenario.play()
            #expect(ending.verdict == Verdict(doubt.unknown))
            #expect(ending.calls.last?.call == .trigger)
            #expect(ending.at == .seconds(300))
        }
    }

    @Test func `what is deferred in doubt says when it may be tried again`() {
        var scenario = Scenario(.flagged)
        scenario.trigger = [.timedOut]
        scenario.slotDelays = [.seconds(4)]
        let ending = scenario.play()
        // Mono's limit counts from when the request left.
        #expect(ending.settlement?.nextAttemptAt == moment(.seconds(304)))
    }

    @Test(arguments: doubts, Situation.allCases)
    func `a good event without a job ends the doubt`(
        doubt: (answer: SyncAnswer, unknown: Outcome), situation: Situation
    ) {
        var scenario = Scenario(situation)
        scenario.trigger = [doubt.answer]
        scenario.details = [.says(.processing)]
        scenario.happens(.event(.updated(status: .available, sync: nil, job: nil)), at: .seconds(100))
        let ending = scenario.play()
        #expect(ending.outcome == .recovered)
        #expect(ending.at == .seconds(100))
    }

    @Test(arguments: doubts, Situation.allCases)
    func `a job learned from an event is looked at as if the trigger had named it`(
        doubt: (answer: SyncAnswer, unknown: Outcome), situation: Situation
    ) {
        var scenario = Scenario(situation)
        scenario.trigger = [doubt.answer]
        scenario.details = Replies { _, time in .says(time < .seconds(100) ? .processing : .available) }
        scenario.job = [.says(.processing), .says(.finished)]
        scenario.happens(.event(.jobUpdate(job: "job-1", status: .processing)), at: .seconds(99))
        let ending = scenario.play()
        #expect(ending.verdict == Verdict(.recovered, clearsFlag: true))
        #expect(ending.subject.snapshot.jobID == "job-1")
        #expect(ending.jobTimes.count == 2)
    }

    @Test(arguments: doubts)
    func `an update that is still processing teaches the job too`(answer: SyncAnswer, unknown: Outcome) {
        var scenario = Scenario(.flagged)
        scenario.trigger = [answer]
        scenario.job = [.says(.finished)]
        scenario.happens(.event(.updated(status: .processing, sync: nil, job: "job-1")), at: .seconds(50))
        let ending = scenario.play()
        #expect(ending.verdict == Verdict(.recovered, clearsFlag: true))
        #expect(ending.jobTimes.count == 1)
    }

    @Test(arguments: doubts, [JobStatus.finished, .reauthorisationRequired, .failed])
    func `a learned job that has ended is settled as that job`(
        doubt: (answer: SyncAnswer, unknown: Outcome), status: JobStatus
    ) {
        var scenario = Scenario(.flagged)
        scenario.trigger = [doubt.answer]
        scenario.details = [.says(.unavailable)]
        scenario.happens(.event(.jobUpdate(job: "job-1", status: status)), at: .seconds(50))
        let expected: Verdict =
            switch status {
            case .finished: Verdict(.recovered, clearsFlag: true)
            case .reauthorisationRequired, .failed, .processing, .unknown: Verdict(.reauthorisationRequired)
            }
        let ending = scenario.play()
        #expect(ending.verdict == expected)
        #expect(ending.at == .seconds(50))
    }

    @Test(arguments: doubts)
    func `the previous sync's job is no news`(answer: SyncAnswer, unknown: Outcome) {
        var scenario = Scenario(.flagged)
        scenario.row?.lastSyncJobID = "job-0"
        scenario.trigger = [answer]
        scenario.happens(.event(.updated(status: .partial, sync: .successful, job: "job-0")), at: .seconds(20))
        scenario.happens(.event(.jobUpdate(job: "job-0", status: .finished)), at: .seconds(21))
        let ending = scenario.play()
        #expect(ending.verdict == Verdict(unknown))
        #expect(ending.at == .seconds(300))
        #expect(ending.calls.map(\.call) == [.trigger])
    }

    @Test func `once a job is learned another job is no news`() {
        var scenario = Scenario(.flagged)
        scenario.trigger = [.timedOut]
        scenario.job = Replies { _, time in .says(time < .seconds(30) ? .processing : .reauthorisationRequired) }
        scenario.happens(.event(.jobUpdate(job: "job-1", status: .processing)), at: .seconds(10))
        scenario.happens(.event(.jobUpdate(job: "job-2", status: .finished)), at: .seconds(11))
        #expect(scenario.play().verdict == Verdict(.reauthorisationRequired))
    }

    @Test(arguments: Situation.allCases)
    func `a job that Mono does not know leaves the sync in doubt, never the account unknown`(situation: Situation) {
        var scenario = Scenario(situation)
        scenario.trigger = [.started(job: "job-1")]
        scenario.job = [.failure(.notFound)]
        scenario.details = [.says(.processing)]
        let ending = scenario.play()
        #expect(ending.verdict == Verdict(situation.canProve ? .stillProcessing : .deferred))
        #expect(ending.jobTimes.count == 1)
        #expect(ending.at == .seconds(300))
    }

    @Test func `404 on the details ends the doubt`() {
        var scenario = Scenario(.waiting)
        scenario.trigger = [.timedOut]
        scenario.details = [.says(.processing), .failure(.notFound)]
        #expect(scenario.play().outcome == .accountNotFound)
    }
}
