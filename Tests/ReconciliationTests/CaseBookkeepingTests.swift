import Reconciliation
import Testing

/// What a case counts and tells.
@Suite struct CaseBookkeepingTests {
    @Test func `every call is counted, and every look after the trigger`() {
        var scenario = Scenario(.waiting)
        scenario.inspection = [.failure(.server(status: 500)), .says(.partial)]
        scenario.trigger = [.refused(.tooManyRequests(retryAfter: nil)), .started(job: "job-1")]
        scenario.job = [.says(.processing), .failure(.transport("reset")), .says(.finished)]
        scenario.details = [.says(.processing), .says(.available)]
        let ending = scenario.play()
        #expect(ending.outcome == .recovered)
        #expect(ending.calls.count == 2 + 2 + 3 + 2)
        #expect(ending.subject.snapshot.apiCalls == 9)
        #expect(ending.subject.snapshot.polls == 5)
    }

    @Test func `the scenario has at most forty steps and keeps its beginning and its end`() {
        var scenario = Scenario(.flagged)
        scenario.rules.schedule = PollSchedule(first: .seconds(1), factor: 1, maximum: .seconds(1))
        scenario.trigger = [.started(job: "job-1")]
        scenario.job = [.says(.processing)]
        let ending = scenario.play()
        #expect(ending.subject.snapshot.polls > 200)
        #expect(ending.subject.snapshot.steps.count == 40)
        #expect(ending.subject.snapshot.steps.first?.name == .intent)
        #expect(ending.subject.snapshot.steps.last == Step(seconds: 300, name: .settle, said: "still_processing"))
    }

    @Test func `steps of earlier owners count as well`() {
        var claim = Claim(
            accountID: CaseDriver(Scenario(.flagged)).subject.accountID, reason: .reauthorisationRequired,
            stuckSince: nil, news: News(account: nil))
        claim.steps = (0..<40).map { Step(seconds: Double($0), name: .other("look"), said: "processing") }
        let taken = Case(claim, rules: Rules(api: .realtime), now: storyStart)
        #expect(taken.snapshot.steps.count == 40)
        #expect(taken.snapshot.steps.last?.name == .settle)
    }

    @Test func `steps tell when, counted from the claim`() {
        var scenario = Scenario(.waiting)
        scenario.intentDelay = .seconds(1)
        scenario.trigger = [.reauthorise]
        scenario.triggerLatency = .milliseconds(1_500)
        let steps = scenario.play().subject.snapshot.steps
        #expect(steps.map(\.name) == [.details, .intent, .trigger, .settle])
        #expect(steps.map(\.seconds) == [0, 1, 2.5, 2.5])
    }

    @Test func `the statuses before and after are Mono's own`() {
        var scenario = Scenario(.waiting)
        scenario.inspection = [.says(.processing)]
        scenario.trigger = [.succeeded(job: nil)]
        scenario.details = [.says(.partial)]
        let subject = scenario.play().subject
        #expect(subject.snapshot.statusBefore == "PROCESSING")
        #expect(subject.snapshot.statusAfter == "PARTIAL")
    }

    @Test func `an intent that does not leave in time is taken back as often as it takes, and none is lost`() {
        var scenario = Scenario(.flagged)
        scenario.slotDelays = [.seconds(11), .seconds(11), .seconds(11), .zero]
        scenario.trigger = [.refused(.tooManyRequests(retryAfter: nil)), .succeeded(job: nil)]
        let ending = scenario.play()
        #expect(ending.verdict == Verdict(.recovered, clearsFlag: true))
        #expect(ending.withdrawals.count == 4)
        #expect(ending.intents.count == 5)
        #expect(ending.triggerTimes.count == 2)
    }

    @Test func `a trigger ten seconds after its intent is in time`() {
        var scenario = Scenario(.flagged)
        scenario.slotDelays = [.seconds(10)]
        scenario.trigger = [.succeeded(job: nil)]
        let ending = scenario.play()
        #expect(ending.triggerTimes == [.seconds(10)])
        #expect(ending.withdrawals.isEmpty)
    }

    @Test func `an intent that is taken back gives Mono's limit its old time again`() {
        let before = moment(.seconds(-4_000))
        var scenario = Scenario(.flagged)
        scenario.row?.lastSyncRequestedAt = before
        scenario.slotDelays = [.seconds(11), .zero]
        scenario.trigger = [.reauthorise]
        let ending = scenario.play()
        #expect(ending.intents.count == 2)
        #expect(ending.subject.snapshot.requestedBeforeIntent == before)
    }

    @Test(arguments: Situation.allCases)
    func `had and the job are kept with the case`(situation: Situation) {
        var scenario = Scenario(situation)
        scenario.trigger = [.started(job: "job-1")]
        scenario.job = [.says(.reauthorisationRequired)]
        let subject = scenario.play().subject
        #expect(subject.hadData == situation.had)
        #expect(subject.snapshot.jobID == "job-1")
        #expect(subject.intendedAt == storyStart)
        #expect(subject.progress == .reauthorise)
    }
}
