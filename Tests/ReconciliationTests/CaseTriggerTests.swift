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
            var scenario = Scenario(situation, api)
            scenario.trigger = [row.answer]
            let ending = scenario.play()
            #expect(ending.verdict == row.verdict)
            #expect(ending.triggerTimes.count == 1)
            #expect(ending.calls.last?.call == .trigger)
        }
    }

    @Test(arguments: Situation.allCases.filter(\.had), [SyncAnswer.succeeded(job: nil), .succeeded(job: "job-1")])
    func `success where data was there is recovered, without another look`(situation: Situation, answer: SyncAnswer) {
        for api in APIGeneration.allCases {
            var scenario = Scenario(situation, api)
            scenario.trigger = [answer]
            let ending = scenario.play()
            #expect(ending.verdict == Verdict(.recovered, clearsFlag: true))
            #expect(ending.calls.last?.call == .trigger)
            #expect(ending.subject.snapshot.polls == 0)
        }
    }

    @Test(arguments: looks, Situation.allCases.filter { !$0.had })
    func `success where no data was there is followed by one look`(
        look: (status: DataStatus, outcome: Outcome), situation: Situation
    ) {
        for api in APIGeneration.allCases {
            var scenario = Scenario(situation, api)
            scenario.trigger = [.succeeded(job: nil)]
            scenario.details = [.says(look.status), .says(.available)]
            let ending = scenario.play()
            #expect(ending.verdict == Verdict(look.outcome, clearsFlag: true))
            #expect(ending.subject.snapshot.polls == 1)
            #expect(ending.subject.snapshot.statusAfter == look.status.word)
        }
    }

    @Test(arguments: looks)
    func `while that look says processing the case looks on`(status: DataStatus, outcome: Outcome) {
        for api in APIGeneration.allCases {
            var scenario = Scenario(.waiting, api)
            scenario.trigger = [.succeeded(job: nil)]
            scenario.details = [.says(.processing), .says(.processing), .says(status)]
            let ending = scenario.play()
            #expect(ending.verdict == Verdict(outcome, clearsFlag: true))
            #expect(ending.subject.snapshot.polls == 3)
            #expect(ending.detailsTimes == [.zero, .zero, .seconds(2), .milliseconds(5_200)])
        }
    }

    @Test(arguments: Situation.allCases.filter(\.had))
    func `a job that finishes where data was there is recovered`(situation: Situation) {
        var scenario = Scenario(situation)
        scenario.trigger = [.started(job: "job-1")]
        scenario.job = [.says(.processing), .says(.finished)]
        let ending = scenario.play()
        #expect(ending.verdict == Verdict(.recovered, clearsFlag: true))
        #expect(ending.jobTimes == [.seconds(2), .milliseconds(5_200)])
        #expect(ending.calls.last?.call == .job("job-1"))
        #expect(ending.subject.snapshot.polls == 2)
    }

    @Test(arguments: looks, Situation.allCases.filter { !$0.had })
    func `a job that finishes where no data was there is followed by one look`(
        look: (status: DataStatus, outcome: Outcome), situation: Situation
    ) {
        var scenario = Scenario(situation)
        scenario.trigger = [.started(job: "job-1")]
        scenario.job = [.says(.finished)]
        scenario.details = [.says(look.status)]
        let ending = scenario.play()
        #expect(ending.verdict == Verdict(look.outcome, clearsFlag: true))
        #expect(ending.subject.snapshot.polls == 2)
    }

    @Test(arguments: Situation.allCases)
    func `a job may say that re-authorisation is required`(situation: Situation) {
        var scenario = Scenario(situation)
        scenario.trigger = [.started(job: "job-1")]
        scenario.job = [.says(.reauthorisationRequired)]
        #expect(scenario.play().verdict == Verdict(.reauthorisationRequired))
    }

    @Test func `404 on the details at any time is account not found`() {
        var scenario = Scenario(.waiting)
        scenario.trigger = [.succeeded(job: nil)]
        scenario.details = [.failure(.notFound)]
        #expect(scenario.play().outcome == .accountNotFound)
    }

    @Test func `an answer about another account after the trigger is errored`() {
        var scenario = Scenario(.waiting)
        scenario.trigger = [.succeeded(job: nil)]
        scenario.details = [.failure(.wrongAccount)]
        #expect(scenario.play().outcome == .errored)
    }

    @Test func `a status that nobody knows is errored, never a success`() {
        var scenario = Scenario(.waiting)
        scenario.trigger = [.succeeded(job: nil)]
        scenario.details = [.says(.unknown("READY"))]
        let ending = scenario.play()
        #expect(ending.outcome == .errored)
        #expect(ending.settlement?.cause == .unknownDataStatus)
    }

    @Test func `401 on a look stops the run and leaves the case deferred`() {
        var scenario = Scenario(.flagged)
        scenario.trigger = [.started(job: "job-1")]
        scenario.job = [.failure(.keyRefused)]
        let ending = scenario.play()
        #expect(ending.verdict == Verdict(.deferred))
        #expect(ending.settlement?.nextAttemptAt == moment(.seconds(300)))
    }

    @Test func `had is what the row held when the intent committed, not what was read before`() {
        var scenario = Scenario(.waiting)
        scenario.intentDelay = .seconds(1)
        var driver = CaseDriver(scenario)
        driver.subject.answerInspection(.processing)
        var committed = Situation.waiting.row
        committed.dataAvailable = true
        committed.lastSyncRequestedAt = moment(.seconds(1))
        driver.subject.intended(at: moment(.seconds(1)), account: committed, now: moment(.seconds(1)))
        #expect(driver.subject.hadData == true)
    }
}
