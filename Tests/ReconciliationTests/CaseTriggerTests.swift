import Reconciliation
import Testing

/// What follows from the trigger's own answer and from a sync that succeeded.
@Suite struct CaseTriggerTests {
    /// What one look says after a sync that succeeded where no data was there before.
    static let looks: [(DataStatus, Outcome)] = [
        (.available, .recovered), (.partial, .partial), (.unavailable, .bankUnavailable), (.failed, .providerFailed),
    ]

    @Test(
        arguments: [
            (SyncAnswer.reauthorise, Verdict(.reauthorisationRequired)), (.bankError, Verdict(.bankUnavailable)),
            (.incomplete, Verdict(.incompleteStatement, clearsFlag: true)),
        ], Situation.allCases)
    func `an answer that says it all settles the case at once`(
        row: (answer: SyncAnswer, verdict: Verdict), situation: Situation
    ) {
        for api in APIGeneration.allCases {
            var story = Story(situation, api)
            story.trigger = [row.answer]
            let ending = story.play()
            #expect(ending.verdict == row.verdict)
            #expect(ending.triggerTimes.count == 1)
            #expect(ending.calls.last?.call == .trigger)
        }
    }

    @Test(arguments: Situation.allCases.filter(\.had), [SyncAnswer.succeeded(job: nil), .succeeded(job: "job-1")])
    func `success where data was there is recovered, without another look`(situation: Situation, answer: SyncAnswer) {
        for api in APIGeneration.allCases {
            var story = Story(situation, api)
            story.trigger = [answer]
            let ending = story.play()
            #expect(ending.verdict == Verdict(.recovered, clearsFlag: true))
            #expect(ending.calls.last?.call == .trigger)
            #expect(ending.subject.polls == 0)
        }
    }

    @Test(arguments: looks, Situation.allCases.filter { !$0.had })
    func `success where no data was there is followed by one look`(
        look: (status: DataStatus, outcome: Outcome), situation: Situation
    ) {
        for api in APIGeneration.allCases {
            var story = Story(situation, api)
            story.trigger = [.succeeded(job: nil)]
            story.details = [.says(look.status), .says(.available)]
            let ending = story.play()
            #expect(ending.verdict == Verdict(look.outcome, clearsFlag: true))
            #expect(ending.subject.polls == 1)
            #expect(ending.subject.statusAfter == look.status.word)
        }
    }

    @Test(arguments: looks)
    func `while that look says processing the case looks on`(status: DataStatus, outcome: Outcome) {
        for api in APIGeneration.allCases {
            var story = Story(.waiting, api)
            story.trigger = [.succeeded(job: nil)]
            story.details = [.says(.processing), .says(.processing), .says(status)]
            let ending = story.play()
            #expect(ending.verdict == Verdict(outcome, clearsFlag: true))
            #expect(ending.subject.polls == 3)
            #expect(ending.detailsTimes == [.zero, .zero, .seconds(2), .milliseconds(5_200)])
        }
    }

    @Test(arguments: Situation.allCases.filter(\.had))
    func `a job that finishes where data was there is recovered`(situation: Situation) {
        var story = Story(situation)
        story.trigger = [.started(job: "job-1")]
        story.job = [.says(.processing), .says(.finished)]
        let ending = story.play()
        #expect(ending.verdict == Verdict(.recovered, clearsFlag: true))
        #expect(ending.jobTimes == [.seconds(2), .milliseconds(5_200)])
        #expect(ending.calls.last?.call == .job("job-1"))
        #expect(ending.subject.polls == 2)
    }

    @Test(arguments: looks, Situation.allCases.filter { !$0.had })
    func `a job that finishes where no data was there is followed by one look`(
        look: (status: DataStatus, outcome: Outcome), situation: Situation
    ) {
        var story = Story(situation)
        story.trigger = [.started(job: "job-1")]
        story.job = [.says(.finished)]
        story.details = [.says(look.status)]
        let ending = story.play()
        #expect(ending.verdict == Verdict(look.outcome, clearsFlag: true))
        #expect(ending.subject.polls == 2)
    }

    @Test(arguments: Situation.allCases)
    func `a job may say that re-authorisation is required`(situation: Situation) {
        var story = Story(situation)
        story.trigger = [.started(job: "job-1")]
        story.job = [.says(.reauthorisationRequired)]
        #expect(story.play().verdict == Verdict(.reauthorisationRequired))
    }

    @Test func `404 on the details at any time is account not found`() {
        var story = Story(.waiting)
        story.trigger = [.succeeded(job: nil)]
        story.details = [.failure(.notFound)]
        #expect(story.play().outcome == .accountNotFound)
    }

    @Test func `an answer about another account after the trigger is errored`() {
        var story = Story(.waiting)
        story.trigger = [.succeeded(job: nil)]
        story.details = [.failure(.wrongAccount)]
        #expect(story.play().outcome == .errored)
    }

    @Test func `a status that nobody knows is errored, never a success`() {
        var story = Story(.waiting)
        story.trigger = [.succeeded(job: nil)]
        story.details = [.says(.unknown("READY"))]
        let ending = story.play()
        #expect(ending.outcome == .errored)
        #expect(ending.settlement?.detail.contains("READY") == true)
    }

    @Test func `401 on a look stops the run and leaves the case deferred`() {
        var story = Story(.flagged)
        story.trigger = [.started(job: "job-1")]
        story.job = [.failure(.keyRefused)]
        let ending = story.play()
        #expect(ending.verdict == Verdict(.deferred))
        #expect(ending.settlement?.nextAttemptAt == moment(.seconds(300)))
    }

    @Test func `had is what the row held when the intent committed, not what was read before`() {
        var story = Story(.waiting)
        story.intentDelay = .seconds(1)
        var driver = CaseDriver(story)
        driver.subject.answerInspection(.processing)
        var committed = Situation.waiting.row
        committed.dataAvailable = true
        committed.lastSyncRequestedAt = moment(.seconds(1))
        driver.subject.intended(at: moment(.seconds(1)), account: committed)
        #expect(driver.subject.hadData == true)
    }
}
