import Reconciliation
import Testing

/// Realtime answers a trigger that came too early with the account's previous job.
@Suite struct CaseTooSoonTests {
    @Test(arguments: [Situation.waitingWithData, .flagged])
    func `the previous job counts for a debt or flag older than its request`(situation: Situation) {
        var story = story(situation, owedSince: .seconds(-3_616), requested: .seconds(-3_600))
        story.trigger = [.started(job: "job-0")]
        story.job = [.says(.processing), .says(.finished)]
        let ending = story.play()
        #expect(ending.verdict == Verdict(.recovered, clearsFlag: true))
        #expect(ending.jobTimes.count == 2)
    }

    /// Where its answer was lost, a request is noted as late as it may have left: 15 s after its intent.
    @Test(arguments: [Situation.waitingWithData, .flagged], [Duration.seconds(-3_615), .seconds(-3_599)])
    func `it proves nothing for a younger one`(situation: Situation, owedSince: Duration) {
        for answer in [SyncAnswer.started(job: "job-0"), .succeeded(job: "job-0"), .failed(job: "job-0")] {
            var story = story(situation, owedSince: owedSince, requested: .seconds(-3_600))
            story.trigger = [answer]
            let ending = story.play()
            #expect(ending.verdict == Verdict(.deferred))
            #expect(ending.calls.map(\.call) == [.trigger])
            #expect(ending.settlement?.nextAttemptAt == moment(.seconds(300)))
        }
    }

    @Test(arguments: Situation.nightly)
    func `a previous job that has succeeded is a success`(situation: Situation) {
        var story = story(situation, owedSince: .seconds(-3_616), requested: .seconds(-3_600))
        story.trigger = [.succeeded(job: "job-0")]
        story.details = [.says(.partial)]
        let ending = story.play()
        #expect(ending.verdict == Verdict(situation.had ? .recovered : .partial, clearsFlag: true))
    }

    @Test func `a previous job that has failed is a failure`() {
        var story = story(.flagged, owedSince: .seconds(-3_616), requested: .seconds(-3_600))
        story.trigger = [.failed(job: "job-0")]
        story.details = [.says(.available)]
        #expect(story.play().verdict == Verdict(.reauthorisationRequired))
    }

    @Test func `a previous job whose request is not known proves nothing`() {
        var story = Story(.flagged)
        story.row?.lastSyncJobID = "job-0"
        story.trigger = [.started(job: "job-0")]
        #expect(story.play().outcome == .deferred)
    }

    @Test func `a named account that owed nothing is proven by no earlier job`() {
        var story = Story(.requested)
        story.row?.lastSyncJobID = "job-0"
        story.row?.lastSyncRequestedAt = moment(.seconds(-3_600))
        story.trigger = [.succeeded(job: "job-0")]
        #expect(story.play().outcome == .deferred)
    }

    @Test func `another job than the previous one is ours`() {
        var story = story(.flagged, owedSince: .seconds(-10), requested: .seconds(-3_600))
        story.trigger = [.succeeded(job: "job-1")]
        #expect(story.play().outcome == .recovered)
    }

    private func story(_ situation: Situation, owedSince: Duration, requested: Duration) -> Story {
        var story = Story(situation)
        if situation.isFlagged {
            story.row?.flaggedSince = moment(owedSince)
        } else {
            story.row?.awaitingSince = moment(owedSince)
        }
        story.stuckSince = moment(owedSince)
        story.row?.lastSyncRequestedAt = moment(requested)
        story.row?.lastSyncJobID = "job-0"
        return story
    }
}
