import Reconciliation
import Testing

/// Inside Mono's own limit of an account there is no trigger, only a look.
@Suite struct CaseLimitTests {
    private static let limits: [(APIGeneration, Duration?, Duration)] = [
        (.realtime, nil, .seconds(300)), (.dataSync, nil, .seconds(120)), (.realtime, .seconds(60), .seconds(60)),
    ]

    @Test(arguments: limits, Situation.allCases)
    func `one microsecond inside the limit nothing is triggered`(
        limit: (api: APIGeneration, given: Duration?, effective: Duration), situation: Situation
    ) {
        let requested = Duration.microseconds(1) - limit.effective
        var scenario = scenario(situation, limit.api, requested: requested)
        scenario.rules = Rules(api: limit.api, syncLimit: limit.given)
        let ending = scenario.play()
        #expect(ending.verdict == Verdict(.deferred))
        #expect(ending.intents.isEmpty)
        #expect(ending.settlement?.nextAttemptAt == moment(.microseconds(1)))
        #expect(ending.calls.map(\.call) == (situation.isInspected ? [.details] : []))
    }

    @Test(arguments: limits, Situation.allCases)
    func `at its end the account may be triggered again`(
        limit: (api: APIGeneration, given: Duration?, effective: Duration), situation: Situation
    ) {
        var scenario = scenario(situation, limit.api, requested: .zero - limit.effective)
        scenario.rules = Rules(api: limit.api, syncLimit: limit.given)
        scenario.trigger = [.reauthorise]
        let ending = scenario.play()
        #expect(ending.outcome == .reauthorisationRequired)
        #expect(ending.intents == [.zero])
    }

    @Test func `inside the limit the inspection can still find the data`() {
        var scenario = scenario(.waiting, .realtime, requested: .seconds(-60))
        scenario.inspection = [.says(.available)]
        #expect(scenario.play().verdict == Verdict(.alreadyAvailable))
    }

    @Test(arguments: [Situation.waitingWithData, .flagged])
    func `a job of the sync before that finished is proof where data was there`(situation: Situation) {
        let ending = glance(situation, .says(.finished)).play()
        #expect(ending.verdict == Verdict(.recovered, clearsFlag: true))
        #expect(ending.calls.map(\.call) == [.job("job-0")])
        #expect(ending.intents.isEmpty)
    }

    @Test(arguments: [
        (DataStatus.available, Outcome.recovered), (.partial, .partial), (.unavailable, .bankUnavailable),
        (.failed, .providerFailed), (.processing, .stillProcessing),
    ])
    func `where no data was there the details follow it, once`(status: DataStatus, outcome: Outcome) {
        var scenario = glance(.flaggedWithoutData, .says(.finished))
        scenario.inspection = [.says(status)]
        let ending = scenario.play()
        #expect(ending.verdict == Verdict(outcome, clearsFlag: true))
        #expect(ending.calls.map(\.call) == [.job("job-0"), .details])
        #expect(ending.intents.isEmpty)
    }

    @Test(arguments: [JobStatus.processing, .failed, .unknown("queued")])
    func `a job of the sync before that proves nothing leaves the case deferred`(status: JobStatus) {
        let ending = glance(.flagged, .says(status)).play()
        #expect(ending.verdict == Verdict(.deferred))
        #expect(ending.settlement?.nextAttemptAt == moment(.seconds(240)))
        #expect(ending.calls.count == 1)
    }

    @Test func `a job of the sync before that Mono does not know proves nothing either`() {
        let ending = glance(.flagged, .failure(.notFound)).play()
        #expect(ending.verdict == Verdict(.deferred))
        #expect(ending.calls.count == 1)
    }

    @Test func `a job of the sync before may say that re-authorisation is required`() {
        let ending = glance(.waitingWithData, .says(.reauthorisationRequired)).play()
        #expect(ending.verdict == Verdict(.reauthorisationRequired))
    }

    @Test(arguments: [Situation.waitingWithData, .flagged])
    func `a debt or flag younger than that sync is not proven by it`(situation: Situation) {
        var scenario = glance(situation, .says(.finished))
        if situation.isFlagged {
            scenario.row?.flaggedSince = moment(.seconds(-59))
        } else {
            scenario.row?.awaitingSince = moment(.seconds(-59))
        }
        scenario.stuckSince = moment(.seconds(-59))
        let ending = scenario.play()
        #expect(ending.verdict == Verdict(.deferred))
        #expect(ending.calls.isEmpty)
    }

    @Test func `data-sync knows no jobs to look at`() {
        var scenario = glance(.flagged, .says(.finished))
        scenario.rules = Rules(api: .dataSync)
        let ending = scenario.play()
        #expect(ending.verdict == Verdict(.deferred))
        #expect(ending.calls.isEmpty)
        #expect(ending.settlement?.nextAttemptAt == moment(.seconds(60)))
    }

    @Test func `a sync that somebody requests during the inspection forbids ours`() {
        var scenario = Scenario(.waiting)
        scenario.readLatency = .seconds(2)
        scenario.happens(.row { $0?.lastSyncRequestedAt = moment(.seconds(1)) }, at: .seconds(1))
        let ending = scenario.play()
        #expect(ending.verdict == Verdict(.deferred))
        #expect(ending.intents.isEmpty)
        #expect(ending.settlement?.nextAttemptAt == moment(.seconds(301)))
    }

    @Test func `so does one that is requested while the case waits for its intent`() {
        var scenario = Scenario(.flagged)
        scenario.intentDelay = .seconds(5)
        scenario.happens(.row { $0?.lastSyncRequestedAt = moment(.seconds(1)) }, at: .seconds(1))
        let ending = scenario.play()
        #expect(ending.verdict == Verdict(.deferred))
        #expect(ending.intents.isEmpty)
    }

    private func scenario(_ situation: Situation, _ api: APIGeneration, requested: Duration) -> Scenario {
        var scenario = Scenario(situation, api)
        scenario.row?.lastSyncRequestedAt = moment(requested)
        return scenario
    }

    /// A minute after a sync whose job is known.
    private func glance(_ situation: Situation, _ answer: Result<JobStatus, ReadFailure>) -> Scenario {
        var scenario = scenario(situation, .realtime, requested: .seconds(-60))
        scenario.row?.lastSyncJobID = "job-0"
        scenario.job = [answer]
        return scenario
    }
}
