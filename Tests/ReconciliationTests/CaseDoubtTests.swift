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
            var story = Story(situation, api)
            story.trigger = [doubt.answer]
            story.details = [.says(.processing), .says(.failed), .says(.available)]
            let ending = story.play()
            #expect(ending.verdict == Verdict(.recovered))
            #expect(ending.triggerTimes.count == 1)
            #expect(ending.subject.polls == 3)
        }
    }

    @Test(
        arguments: doubts,
        [DataStatus.processing, .partial, .unavailable, .failed, .unknown("SYNCING")])
    func `at the window's end processing is pending and anything else unknown`(
        doubt: (answer: SyncAnswer, unknown: Outcome), status: DataStatus
    ) {
        for api in APIGeneration.allCases {
            var story = Story(.waiting, api)
            story.trigger = [doubt.answer]
            story.details = [.says(status)]
            let ending = story.play()
            #expect(ending.verdict == Verdict(status == .processing ? .stillProcessing : doubt.unknown))
            #expect(ending.detailsTimes.last == .seconds(300))
            #expect(ending.at == .seconds(300))
            #expect(ending.triggerTimes.count == 1)
        }
    }

    @Test(arguments: doubts)
    func `available at the last look is proof as well`(answer: SyncAnswer, unknown: Outcome) {
        var story = Story(.waiting)
        story.trigger = [answer]
        story.details = Replies { _, time in .says(time >= .seconds(300) ? .available : .unavailable) }
        #expect(story.play().verdict == Verdict(.recovered))
    }

    @Test(arguments: doubts, unprovable)
    func `where the status proves nothing no call is made, and the end is unknown`(
        doubt: (answer: SyncAnswer, unknown: Outcome), situation: Situation
    ) {
        for api in APIGeneration.allCases {
            var story = Story(situation, api)
            story.trigger = [doubt.answer]
            let ending = story.play()
            #expect(ending.verdict == Verdict(doubt.unknown))
            #expect(ending.calls.last?.call == .trigger)
            #expect(ending.at == .seconds(300))
        }
    }

    @Test func `what is deferred in doubt says when it may be tried again`() {
        var story = Story(.flagged)
        story.trigger = [.timedOut]
        story.slotDelays = [.seconds(4)]
        let ending = story.play()
        // Mono's limit counts from when the request left.
        #expect(ending.settlement?.nextAttemptAt == moment(.seconds(304)))
    }

    @Test(arguments: doubts, Situation.allCases)
    func `a good event without a job ends the doubt`(
        doubt: (answer: SyncAnswer, unknown: Outcome), situation: Situation
    ) {
        var story = Story(situation)
        story.trigger = [doubt.answer]
        story.details = [.says(.processing)]
        story.happens(.event(.updated(status: .available, sync: nil, job: nil)), at: .seconds(100))
        let ending = story.play()
        #expect(ending.outcome == .recovered)
        #expect(ending.at == .seconds(100))
    }

    @Test(arguments: doubts, Situation.allCases)
    func `a job learned from an event is looked at as if the trigger had named it`(
        doubt: (answer: SyncAnswer, unknown: Outcome), situation: Situation
    ) {
        var story = Story(situation)
        story.trigger = [doubt.answer]
        story.details = Replies { _, time in .says(time < .seconds(100) ? .processing : .available) }
        story.job = [.says(.processing), .says(.finished)]
        story.happens(.event(.jobUpdate(job: "job-1", status: .processing)), at: .seconds(99))
        let ending = story.play()
        #expect(ending.verdict == Verdict(.recovered, clearsFlag: true))
        #expect(ending.subject.jobID == "job-1")
        #expect(ending.jobTimes.count == 2)
    }

    @Test(arguments: doubts)
    func `an update that is still processing teaches the job too`(answer: SyncAnswer, unknown: Outcome) {
        var story = Story(.flagged)
        story.trigger = [answer]
        story.job = [.says(.finished)]
        story.happens(.event(.updated(status: .processing, sync: nil, job: "job-1")), at: .seconds(50))
        let ending = story.play()
        #expect(ending.verdict == Verdict(.recovered, clearsFlag: true))
        #expect(ending.jobTimes.count == 1)
    }

    @Test(arguments: doubts, [JobStatus.finished, .reauthorisationRequired, .failed])
    func `a learned job that has ended is settled as that job`(
        doubt: (answer: SyncAnswer, unknown: Outcome), status: JobStatus
    ) {
        var story = Story(.flagged)
        story.trigger = [doubt.answer]
        story.details = [.says(.unavailable)]
        story.happens(.event(.jobUpdate(job: "job-1", status: status)), at: .seconds(50))
        let expected: Verdict =
            switch status {
            case .finished: Verdict(.recovered, clearsFlag: true)
            case .reauthorisationRequired: Verdict(.reauthorisationRequired)
            case .failed, .processing, .unknown: Verdict(.bankUnavailable)
            }
        let ending = story.play()
        #expect(ending.verdict == expected)
        #expect(ending.at == .seconds(50))
    }

    @Test(arguments: doubts)
    func `the previous sync's job is no news`(answer: SyncAnswer, unknown: Outcome) {
        var story = Story(.flagged)
        story.row?.lastSyncJobID = "job-0"
        story.trigger = [answer]
        story.happens(.event(.updated(status: .partial, sync: .successful, job: "job-0")), at: .seconds(20))
        story.happens(.event(.jobUpdate(job: "job-0", status: .finished)), at: .seconds(21))
        let ending = story.play()
        #expect(ending.verdict == Verdict(unknown))
        #expect(ending.at == .seconds(300))
        #expect(ending.calls.map(\.call) == [.trigger])
    }

    @Test func `once a job is learned another job is no news`() {
        var story = Story(.flagged)
        story.trigger = [.timedOut]
        story.job = Replies { _, time in .says(time < .seconds(30) ? .processing : .reauthorisationRequired) }
        story.happens(.event(.jobUpdate(job: "job-1", status: .processing)), at: .seconds(10))
        story.happens(.event(.jobUpdate(job: "job-2", status: .finished)), at: .seconds(11))
        #expect(story.play().verdict == Verdict(.reauthorisationRequired))
    }

    @Test(arguments: Situation.allCases)
    func `a job that Mono does not know leaves the sync in doubt, never the account unknown`(situation: Situation) {
        var story = Story(situation)
        story.trigger = [.started(job: "job-1")]
        story.job = [.failure(.notFound)]
        story.details = [.says(.processing)]
        let ending = story.play()
        #expect(ending.verdict == Verdict(situation.canProve ? .stillProcessing : .deferred))
        #expect(ending.jobTimes.count == 1)
        #expect(ending.at == .seconds(300))
    }

    @Test func `404 on the details ends the doubt`() {
        var story = Story(.waiting)
        story.trigger = [.timedOut]
        story.details = [.says(.processing), .failure(.notFound)]
        #expect(story.play().outcome == .accountNotFound)
    }
}
