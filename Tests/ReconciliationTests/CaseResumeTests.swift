import Reconciliation
import Testing

/// Cases that a worker left behind with an intent: look, never trigger.
@Suite struct CaseResumeTests {
    /// Everything an earlier owner may have left.
    static let remains: [(SyncProgress?, String?)] = [
        (nil, nil), (.inDoubt, nil), (.withoutJob, nil), (.notFound, nil), (.started, "job-1"), (.started, nil),
        (.succeeded, nil), (.succeeded, "job-1"), (.failed, "job-1"), (.reauthorise, "job-1"), (.reauthorise, nil),
    ]
    /// How long ago the intent was: inside the window, at its end, and long after.
    static let ages: [Duration] = [.seconds(20), .seconds(300), .seconds(90_000)]

    @Test(arguments: remains, Situation.allCases)
    func `nothing is triggered again, whatever was left`(
        remain: (progress: SyncProgress?, job: String?), situation: Situation
    ) {
        for age in Self.ages {
            for api in APIGeneration.allCases {
                var scenario = resumed(situation, remain.progress, job: remain.job, age: age, api)
                scenario.job = [.says(.processing)]
                scenario.details = [.says(.processing)]
                let ending = scenario.play()
                #expect(ending.settlement != nil)
                #expect(ending.triggerTimes.isEmpty && ending.intents.isEmpty && ending.withdrawals.isEmpty)
            }
        }
    }

    @Test(arguments: ages, [Situation.waitingWithData, .flagged])
    func `a job that was started is looked at at once`(age: Duration, situation: Situation) {
        var scenario = resumed(situation, .started, job: "job-1", age: age)
        scenario.job = [.says(.finished)]
        let ending = scenario.play()
        #expect(ending.verdict == Verdict(.recovered, clearsFlag: true))
        #expect(ending.jobTimes == [.zero])
    }

    @Test(arguments: zip(ages, [Duration.seconds(280), .zero, .zero]))
    func `what is left of the window is still looked at`(age: Duration, lastLook: Duration) {
        var scenario = resumed(.flagged, .started, job: "job-1", age: age)
        scenario.job = [.says(.processing)]
        let ending = scenario.play()
        #expect(ending.verdict == Verdict(.stillProcessing))
        #expect(ending.jobTimes.last == lastLook)
    }

    @Test(arguments: [Situation.waitingWithData, .flagged])
    func `a success where data was there needs no look`(situation: Situation) {
        let ending = resumed(situation, .succeeded, job: "job-1", age: .seconds(20)).play()
        #expect(ending.verdict == Verdict(.recovered, clearsFlag: true))
        #expect(ending.calls.isEmpty)
    }

    @Test(arguments: CaseTriggerTests.looks, [Situation.waiting, .flaggedWithoutData])
    func `a success where no data was there is looked at`(
        look: (status: DataStatus, outcome: Outcome), situation: Situation
    ) {
        for age in Self.ages {
            var scenario = resumed(situation, .succeeded, job: nil, age: age)
            scenario.details = [.says(look.status)]
            #expect(scenario.play().verdict == Verdict(look.outcome, clearsFlag: true))
        }
    }

    @Test(arguments: CaseFailureTests.table)
    func `a failure is settled by one look`(row: CaseFailureTests.Row) {
        var scenario = resumed(row.situation, .failed, job: "job-1", age: .seconds(20))
        scenario.details = [.says(row.status)]
        let ending = scenario.play()
        #expect(ending.verdict == Verdict(row.outcome))
        #expect(ending.calls.map(\.call) == (row.situation == .flagged ? [] : [.details]))
    }

    @Test(
        arguments: [(SyncProgress?.none, Outcome.deferred), (.inDoubt, .deferred), (.withoutJob, .errored)],
        Situation.allCases)
    func `a doubt goes on as a doubt`(remain: (progress: SyncProgress?, unknown: Outcome), situation: Situation) {
        var scenario = resumed(situation, remain.progress, job: nil, age: .seconds(20))
        scenario.details = [.says(.failed)]
        let ending = scenario.play()
        #expect(ending.verdict == Verdict(remain.unknown))
        #expect(ending.calls.isEmpty == !situation.canProve)
        #expect(ending.at == .seconds(280))
        scenario.details = [.says(.available)]
        #expect(scenario.play().outcome == (situation.canProve ? .recovered : remain.unknown))
    }

    @Test(arguments: [Situation.waiting, .flagged])
    func `a doubt whose window is over gets its last look, if a look can prove anything`(situation: Situation) {
        var scenario = resumed(situation, nil, job: nil, age: .seconds(90_000))
        scenario.details = [.says(.processing)]
        let ending = scenario.play()
        #expect(ending.outcome == (situation.canProve ? .stillProcessing : .deferred))
        #expect(ending.calls.count == (situation.canProve ? 1 : 0))
        #expect(ending.at == .zero)
    }

    @Test func `a doubt without an answer may have left as late as an intent lives and a connection takes`() {
        let ending = resumed(.flagged, nil, job: nil, age: .seconds(20)).play()
        #expect(ending.settlement?.nextAttemptAt == moment(.seconds(295)))
    }

    @Test func `404 is confirmed`() {
        var scenario = resumed(.flagged, .notFound, job: nil, age: .seconds(20))
        scenario.details = [.failure(.notFound)]
        #expect(scenario.play().outcome == .accountNotFound)
        scenario.details = [.says(.available)]
        #expect(scenario.play().outcome == .errored)
    }

    @Test(arguments: remains)
    func `an event since the intent settles it without a call`(progress: SyncProgress?, job: String?) {
        let events: [(EventNote.Kind, Outcome)] = [
            (.updated(status: .available, sync: nil, job: nil), .recovered), (.unlinked, .accountNotFound),
            (.reauthorised, .stillProcessing),
        ]
        for (kind, outcome) in events where progress != .succeeded && progress != .notFound {
            var scenario = resumed(.flagged, progress, job: job, age: .seconds(20))
            scenario.row?.apply(kind, at: moment(.seconds(-10)))
            scenario.claimEvents = [EventNote(key: "landed", kind: kind, receivedAt: moment(.seconds(-10)))]
            let ending = scenario.play()
            #expect(ending.outcome == outcome)
            #expect(ending.calls.isEmpty)
        }
    }

    @Test func `an event from before the intent is no evidence`() {
        var scenario = resumed(.flagged, .inDoubt, job: nil, age: .seconds(20))
        let kind = EventNote.Kind.updated(status: .available, sync: .successful, job: nil)
        scenario.claimEvents = [EventNote(key: "early", kind: kind, receivedAt: moment(.seconds(-21)))]
        #expect(scenario.play().outcome == .deferred)
    }

    @Test(arguments: remains)
    func `an account that is gone is not found, without a call`(progress: SyncProgress?, job: String?) {
        var scenario = resumed(.waiting, progress, job: job, age: .seconds(20))
        scenario.row = nil
        let ending = scenario.play()
        #expect(ending.outcome == .accountNotFound)
        #expect(ending.calls.isEmpty)
    }

    @Test func `calls and looks of earlier owners are counted`() {
        var scenario = resumed(.flagged, .started, job: "job-1", age: .seconds(20))
        scenario.earlierCalls = 4
        scenario.earlierPolls = 2
        scenario.job = [.says(.finished)]
        let ending = scenario.play()
        #expect(ending.subject.snapshot.apiCalls == 5)
        #expect(ending.subject.snapshot.polls == 3)
    }

    @Test func `without an intent it begins anew`() {
        var scenario = Scenario(.waiting)
        scenario.earlierCalls = 1
        scenario.inspection = [.says(.available)]
        let ending = scenario.play()
        #expect(ending.outcome == .alreadyAvailable)
        #expect(ending.subject.snapshot.apiCalls == 2)
    }

    private func resumed(
        _ situation: Situation, _ progress: SyncProgress?, job: String?, age: Duration,
        _ api: APIGeneration = .realtime
    ) -> Scenario {
        var scenario = Scenario(situation, api)
        let at = moment(.zero - age)
        if scenario.row?.flaggedSince != nil { scenario.row?.flaggedSince = moment(.seconds(-100_000)) }
        scenario.row?.awaitingSince = situation.row.awaitingSince == nil ? at : moment(.seconds(-100_000))
        scenario.row?.lastSyncRequestedAt = at
        scenario.row?.lastSyncJobID = job
        scenario.intent = Claim.PastIntent(at: at, hadData: situation.had, answer: progress, jobID: job)
        return scenario
    }
}
