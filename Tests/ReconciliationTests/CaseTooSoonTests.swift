import Reconciliation
import Testing

/// Realtime answers a trigger that came too early with the account's previous job.
@Suite struct CaseTooSoonTests {
    @Test(arguments: [Situation.waitingWithData, .flagged])
    func `the previous job counts for a debt or flag older than its request`(situation: Situation) {
        var scenario = scenario(situation, owedSince: .seconds(-3_616), requested: .seconds(-3_600))
        scenario.trigger = [.started(job: "job-0")]
        scenario.job = [.says(.processing), .says(.finished)]
        let ending = scenario.play()
        #expect(ending.verdict == Verdict(.recovered, clearsFlag: true))
        #expect(ending.jobTimes.count == 2)
    }

    /// Where its answer was lost, a request is noted as late as it may have left: 15 s after its intent.
    @Test(arguments: [Situation.waitingWithData, .flagged], [Duration.seconds(-3_615), .seconds(-3_599)])
    func `it proves nothing for a younger one`(situation: Situation, owedSince: Duration) {
        for answer in [SyncAnswer.started(job: "job-0"), .succeeded(job: "job-0"), .failed(job: "job-0")] {
            var scenario = scenario(situation, owedSince: owedSince, requested: .seconds(-3_600))
            scenario.trigger = [answer]
            let ending = scenario.play()
            #expect(ending.verdict == Verdict(.deferred))
            #expect(ending.calls.map(\.call) == [.trigger])
            #expect(ending.settlement?.nextAttemptAt == moment(.seconds(300)))
        }
    }

    @Test(arguments: Situation.nightly)
    func `a previous job that has succeeded is a success`(situation: Situation) {
        var scenario = scenario(situation, owedSince: .seconds(-3_616), requested: .seconds(-3_600))
        scenario.trigger = [.succeeded(job: "job-0")]
        scenario.details = [.says(.partial)]
        let ending = scenario.play()
        #expect(ending.verdict == Verdict(situation.had ? .recovered : .partial, clearsFlag: true))
    }

    @Test func `a previous job that has failed is a failure`() {
        var scenario = scenario(.flagged, owedSince: .seconds(-3_616), requested: .seconds(-3_600))
        scenario.trigger = [.failed(job: "job-0")]
        scenario.details = [.says(.available)]
        #expect(scenario.play().verdict == Verdict(.reauthorisationRequired))
    }

    @Test func `a previous job whose request is not known proves nothing`() {
        var scenario = Scenario(.flagged)
        scenario.row?.lastSyncJobID = "job-0"
        scenario.trigger = [.started(job: "job-0")]
        #expect(scenario.play().outcome == .deferred)
    }

    @Test func `a named account that owed nothing is proven by no earlier job`() {
        var scenario = Scenario(.requested)
        scenario.row?.lastSyncJobID = "job-0"
        scenario.row?.lastSyncRequestedAt = moment(.seconds(-3_600))
        scenario.trigger = [.succeeded(job: "job-0")]
        #expect(scenario.play().outcome == .deferred)
    }

    @Test func `another job than the previous one is ours`() {
        var scenario = scenario(.flagged, owedSince: .seconds(-10), requested: .seconds(-3_600))
        scenario.trigger = [.succeeded(job: "job-1")]
        #expect(scenario.play().outcome == .recovered)
    }

    private func scenario(_ situation: Situation, owedSince: Duration, requested: Duration) -> Scenario {
        var scenario = Scenario(situation)
        if situation.isFlagged {
            scenario.row?.flaggedSince = moment(owedSince)
        } else {
            scenario.row?.awaitingSince = moment(owedSince)
        }
        scenario.stuckSince = moment(owedSince)
        scenario.row?.lastSyncRequestedAt = moment(requested)
        scenario.row?.lastSyncJobID = "job-0"
        return scenario
    }
}
