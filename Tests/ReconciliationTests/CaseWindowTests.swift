import Reconciliation
import Testing

/// Looks follow the schedule until the window, counted from the intent, has ended.
@Suite struct CaseWindowTests {
    @Test func `the last look falls on the window's end`() {
        var scenario = Scenario(.flagged)
        scenario.trigger = [.started(job: "job-1")]
        scenario.job = [.says(.processing)]
        let ending = scenario.play()
        #expect(ending.verdict == Verdict(.stillProcessing))
        #expect(ending.jobTimes.last == .seconds(300))
        #expect(ending.jobTimes.dropLast().allSatisfy { $0 < .seconds(300) })
        #expect(ending.subject.snapshot.polls == ending.jobTimes.count)
    }

    @Test func `the window counts from the intent, not from the trigger`() {
        var scenario = Scenario(.flagged)
        scenario.intentDelay = .seconds(7)
        scenario.slotDelays = [.seconds(9)]
        scenario.triggerLatency = .seconds(20)
        scenario.trigger = [.started(job: "job-1")]
        scenario.job = [.says(.processing)]
        let ending = scenario.play()
        #expect(ending.jobTimes.last == .seconds(307))
        #expect(ending.at == .seconds(307))
    }

    @Test(arguments: [
        (Duration.seconds(300) - .microseconds(1), 2), (.seconds(300), 1), (.seconds(300) + .microseconds(1), 1),
    ])
    func `a look one microsecond before the end is not the last`(first: Duration, looks: Int) {
        var scenario = Scenario(.flagged)
        scenario.rules.schedule = PollSchedule(first: first, factor: 1, maximum: .seconds(900))
        scenario.trigger = [.started(job: "job-1")]
        scenario.job = [.says(.processing)]
        let ending = scenario.play()
        #expect(ending.verdict == Verdict(.stillProcessing))
        #expect(ending.jobTimes.count == looks)
        #expect(ending.jobTimes.last == .seconds(300))
    }

    @Test func `a look that began before the end and was answered after it is not the last`() {
        var scenario = Scenario(.flagged)
        scenario.rules.schedule = PollSchedule(first: .seconds(299), factor: 1, maximum: .seconds(900))
        scenario.readLatency = .seconds(2)
        scenario.trigger = [.started(job: "job-1")]
        scenario.job = [.says(.processing), .says(.finished)]
        let ending = scenario.play()
        #expect(ending.verdict == Verdict(.recovered, clearsFlag: true))
        #expect(ending.jobTimes == [.seconds(299), .seconds(301)])
    }

    @Test func `a trigger that is answered after the window is looked at once`() {
        var scenario = Scenario(.flagged)
        scenario.triggerLatency = .seconds(300)
        scenario.trigger = [.started(job: "job-1")]
        scenario.job = [.says(.processing)]
        let ending = scenario.play()
        #expect(ending.verdict == Verdict(.stillProcessing))
        #expect(ending.jobTimes == [.seconds(300)])
    }

    @Test(arguments: [JobStatus.finished, .failed, .reauthorisationRequired])
    func `the last look may bring the end`(status: JobStatus) {
        var scenario = Scenario(.flagged)
        scenario.trigger = [.started(job: "job-1")]
        scenario.job = Replies { _, time in .says(time < .seconds(300) ? .processing : status) }
        scenario.details = [.says(.partial)]
        let expected: Verdict =
            switch status {
            case .finished: Verdict(.recovered, clearsFlag: true)
            case .failed, .reauthorisationRequired, .processing, .unknown: Verdict(.reauthorisationRequired)
            }
        #expect(scenario.play().verdict == expected)
    }

    @Test func `a job's word that nobody knows is looked at until the end and then errored`() {
        var scenario = Scenario(.flagged)
        scenario.trigger = [.started(job: "job-1")]
        scenario.job = [.says(.unknown("queued"))]
        let ending = scenario.play()
        #expect(ending.verdict == Verdict(.errored))
        #expect(ending.jobTimes.last == .seconds(300))
        #expect(ending.settlement?.cause == .unknownJobStatus)
    }

    @Test func `a job's word that nobody knows does no harm if a known one follows`() {
        var scenario = Scenario(.flagged)
        scenario.trigger = [.started(job: "job-1")]
        scenario.job = [.says(.unknown("queued")), .says(.finished)]
        #expect(scenario.play().verdict == Verdict(.recovered, clearsFlag: true))
    }

    @Test(arguments: APIGeneration.allCases)
    func `data that is still processed at the end after a success is pending, and the flag is cleared`(
        api: APIGeneration
    ) {
        var scenario = Scenario(.flaggedWithoutData, api)
        scenario.trigger = [.succeeded(job: nil)]
        scenario.details = [.says(.processing)]
        let ending = scenario.play()
        #expect(ending.verdict == Verdict(.stillProcessing, clearsFlag: true))
        #expect(ending.detailsTimes.last == .seconds(300))
    }

    @Test func `data that comes at the last look is recovered`() {
        var scenario = Scenario(.waiting, .dataSync)
        scenario.trigger = [.succeeded(job: nil)]
        scenario.details = Replies { _, time in .says(time < .seconds(300) ? .processing : .available) }
        #expect(scenario.play().verdict == Verdict(.recovered, clearsFlag: true))
    }

    @Test func `time in which Retry-After holds everything does not count`() {
        var scenario = Scenario(.flagged)
        scenario.trigger = [.started(job: "job-1")]
        scenario.job = [.says(.processing)]
        scenario.happens(.hold(.seconds(60)), at: .seconds(10))
        let ending = scenario.play()
        #expect(ending.verdict == Verdict(.stillProcessing))
        #expect(ending.jobTimes.last == .seconds(360))
    }

    @Test func `a hold before the intent does not lengthen the window`() {
        var scenario = Scenario(.flagged)
        scenario.intentDelay = .seconds(70)
        scenario.trigger = [.started(job: "job-1")]
        scenario.job = [.says(.processing)]
        scenario.happens(.hold(.seconds(60)), at: .seconds(5))
        #expect(scenario.play().at == .seconds(370))
    }

    @Test func `waiting for an event is held as well`() {
        var scenario = Scenario(.flagged)
        scenario.trigger = [.timedOut]
        scenario.happens(.hold(.seconds(60)), at: .seconds(10))
        #expect(scenario.play().at == .seconds(360))
    }

    @Test func `an intent that was taken back before anything left does not use up the window`() {
        var scenario = Scenario(.flagged)
        scenario.slotDelays = [.seconds(11), .zero]
        scenario.trigger = [.started(job: "job-1")]
        scenario.job = [.says(.processing)]
        let ending = scenario.play()
        #expect(ending.intents.count == 2)
        #expect(ending.withdrawals.count == 1)
        #expect(ending.triggerTimes.count == 1)
        #expect(ending.jobTimes.last == (ending.intents.last ?? .zero) + .seconds(300))
    }
}
