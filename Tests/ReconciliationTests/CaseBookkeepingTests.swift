import Reconciliation
import Testing

/// What a case counts and tells.
@Suite struct CaseBookkeepingTests {
    @Test func `every call is counted, and every look after the trigger`() {
        var story = Story(.waiting)
        story.inspection = [.failure(.server(status: 500)), .says(.partial)]
        story.trigger = [.refused(.tooManyRequests(retryAfter: nil)), .started(job: "job-1")]
        story.job = [.says(.processing), .failure(.transport("reset")), .says(.finished)]
        story.details = [.says(.processing), .says(.available)]
        let ending = story.play()
        #expect(ending.outcome == .recovered)
        #expect(ending.calls.count == 2 + 2 + 3 + 2)
        #expect(ending.subject.apiCalls == 9)
        #expect(ending.subject.polls == 5)
    }

    @Test func `the story has at most forty steps and keeps its beginning and its end`() {
        var story = Story(.flagged)
        story.rules.schedule = PollSchedule(first: .seconds(1), factor: 1, maximum: .seconds(1))
        story.trigger = [.started(job: "job-1")]
        story.job = [.says(.processing)]
        let ending = story.play()
        #expect(ending.subject.polls > 200)
        #expect(ending.subject.steps.count == 40)
        #expect(ending.subject.steps.first?.name == "intent")
        #expect(ending.subject.steps.last == Step(seconds: 300, name: "settle", said: "still_processing"))
    }

    @Test func `steps of earlier owners count as well`() {
        var claim = Claim(
            accountID: CaseDriver(Story(.flagged)).subject.accountID, reason: .reauthorisationRequired,
            stuckSince: nil, news: News(account: nil))
        claim.steps = (0..<40).map { Step(seconds: Double($0), name: "look", said: "processing") }
        let taken = Case(claim, rules: Rules(api: .realtime), now: storyStart)
        #expect(taken.steps.count == 40)
        #expect(taken.steps.last?.name == "settle")
    }

    @Test func `steps tell when, counted from the claim`() {
        var story = Story(.waiting)
        story.intentDelay = .seconds(1)
        story.trigger = [.reauthorise]
        story.triggerLatency = .milliseconds(1_500)
        let steps = story.play().subject.steps
        #expect(steps.map(\.name) == ["details", "intent", "trigger", "settle"])
        #expect(steps.map(\.seconds) == [0, 1, 2.5, 2.5])
    }

    @Test func `the statuses before and after are Mono's own`() {
        var story = Story(.waiting)
        story.inspection = [.says(.processing)]
        story.trigger = [.succeeded(job: nil)]
        story.details = [.says(.partial)]
        let subject = story.play().subject
        #expect(subject.statusBefore == "PROCESSING")
        #expect(subject.statusAfter == "PARTIAL")
    }

    @Test func `an intent that does not leave in time is taken back as often as it takes, and none is lost`() {
        var story = Story(.flagged)
        story.slotDelays = [.seconds(11), .seconds(11), .seconds(11), .zero]
        story.trigger = [.refused(.tooManyRequests(retryAfter: nil)), .succeeded(job: nil)]
        let ending = story.play()
        #expect(ending.verdict == Verdict(.recovered, clearsFlag: true))
        #expect(ending.withdrawals.count == 4)
        #expect(ending.intents.count == 5)
        #expect(ending.triggerTimes.count == 2)
    }

    @Test func `a trigger ten seconds after its intent is in time`() {
        var story = Story(.flagged)
        story.slotDelays = [.seconds(10)]
        story.trigger = [.succeeded(job: nil)]
        let ending = story.play()
        #expect(ending.triggerTimes == [.seconds(10)])
        #expect(ending.withdrawals.isEmpty)
    }

    @Test func `an intent that is taken back gives Mono's limit its old time again`() {
        let before = moment(.seconds(-4_000))
        var story = Story(.flagged)
        story.row?.lastSyncRequestedAt = before
        story.slotDelays = [.seconds(11), .zero]
        story.trigger = [.reauthorise]
        let ending = story.play()
        #expect(ending.intents.count == 2)
        #expect(ending.subject.requestedBeforeIntent == before)
    }

    @Test(arguments: Situation.allCases)
    func `had and the job are kept with the case`(situation: Situation) {
        var story = Story(situation)
        story.trigger = [.started(job: "job-1")]
        story.job = [.says(.reauthorisationRequired)]
        let subject = story.play().subject
        #expect(subject.hadData == situation.had)
        #expect(subject.jobID == "job-1")
        #expect(subject.intendedAt == storyStart)
        #expect(subject.progress == .reauthorise)
    }
}
