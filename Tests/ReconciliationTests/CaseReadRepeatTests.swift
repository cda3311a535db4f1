import Reconciliation
import Testing

/// Reads that fail are repeated a little, and then given up.
@Suite struct CaseReadRepeatTests {
    private static let server = ReadFailure.server(status: 503)
    private static let tooMany = ReadFailure.tooManyRequests(retryAfter: nil)
    private static let transport = ReadFailure.transport("connection reset")
    private static let proxys = ReadFailure.foreign(status: 404, what: "an HTML page")

    @Test(arguments: [server, tooMany, transport, proxys])
    func `five repeats may bring the answer`(failure: ReadFailure) {
        var scenario = Scenario(.waiting)
        scenario.inspection = Replies { number, _ in number < 5 ? .failure(failure) : .says(.available) }
        let ending = scenario.play()
        #expect(ending.verdict == Verdict(.alreadyAvailable))
        #expect(ending.subject.snapshot.apiCalls == 6)
        // Half of 0.5, 1, 2, 4 and 8 seconds.
        #expect(ending.detailsTimes == [0, 250, 750, 1_750, 3_750, 7_750].map { .milliseconds($0) })
    }

    @Test(arguments: [
        ([server], Outcome.errored), ([transport], .errored), ([proxys], .errored), ([tooMany], .deferred),
        ([tooMany, server, tooMany], .errored), ([server, tooMany], .errored),
    ])
    func `after five repeats it is given up`(failures: [ReadFailure], outcome: Outcome) {
        var scenario = Scenario(.waiting)
        scenario.inspection = Replies(failures.map { .failure($0) })
        let ending = scenario.play()
        #expect(ending.verdict == Verdict(outcome))
        #expect(ending.detailsTimes.count == 6)
        #expect(ending.intents.isEmpty)
    }

    @Test(arguments: [ReadFailure.unreadable("no JSON"), .foreign(status: 200, what: "an HTML page")])
    func `an answer that cannot be understood is not asked for again`(failure: ReadFailure) {
        var scenario = Scenario(.waiting)
        scenario.inspection = [.failure(failure)]
        let ending = scenario.play()
        #expect(ending.verdict == Verdict(.errored))
        #expect(ending.detailsTimes == [.zero])
    }

    @Test(arguments: [server, tooMany, transport])
    func `jitter reaches from nothing to the whole bound`(failure: ReadFailure) {
        var scenario = Scenario(.waiting)
        scenario.inspection = [.failure(failure)]
        scenario.chance = 0
        #expect(scenario.play().at == .zero)
        scenario.chance = 0.999_999
        let ending = scenario.play()
        #expect(ending.at < .milliseconds(15_500))
        #expect(ending.at > .milliseconds(15_400))
    }

    @Test(arguments: [(3_700, 4), (3_800, 5)])
    func `an inspection's repeats end one window after its first try`(windowMilliseconds: Int, tries: Int) {
        var scenario = Scenario(.waiting, window: .milliseconds(windowMilliseconds))
        scenario.inspection = [.failure(Self.server)]
        #expect(scenario.play().detailsTimes.count == tries)
    }

    @Test func `a hold by Retry-After does not use up that window`() {
        var scenario = Scenario(.waiting, window: .milliseconds(3_700))
        scenario.inspection = [.failure(Self.server)]
        scenario.happens(.hold(.seconds(60)), at: .seconds(1))
        #expect(scenario.play().detailsTimes.count == 6)
    }

    @Test(arguments: [server, tooMany, transport])
    func `looks are repeated alike, and an answer starts the count anew`(failure: ReadFailure) {
        var scenario = Scenario(.flagged)
        scenario.trigger = [.started(job: "job-1")]
        scenario.job = Replies { number, _ in
            // Five failures, an answer, five failures, an answer.
            number % 6 == 5 ? .says(number > 6 ? .finished : .processing) : .failure(failure)
        }
        let ending = scenario.play()
        #expect(ending.verdict == Verdict(.recovered, clearsFlag: true))
        #expect(ending.jobTimes.count == 12)
        #expect(ending.subject.snapshot.polls == 12)
    }

    @Test(arguments: [(server, Outcome.errored), (transport, .errored), (tooMany, .deferred)])
    func `looks that fail six times in a row are given up`(failure: ReadFailure, outcome: Outcome) {
        for api in APIGeneration.allCases {
            var scenario = Scenario(.waiting, api)
            scenario.trigger = [api == .realtime ? .started(job: "job-1") : .succeeded(job: nil)]
            scenario.job = [.failure(failure)]
            scenario.details = [.failure(failure)]
            let ending = scenario.play()
            #expect(ending.outcome == outcome)
            #expect(ending.subject.snapshot.polls == 6)
            #expect(ending.triggerTimes.count == 1)
        }
    }

    @Test func `a failing look at the window's end is repeated for at most 15 seconds more`() {
        var scenario = lastLookOnly()
        scenario.job = [.failure(Self.server)]
        scenario.chance = 0.999_999
        let ending = scenario.play()
        #expect(ending.outcome == .errored)
        #expect(ending.jobTimes.count == 5)
        #expect(ending.jobTimes.allSatisfy { $0 >= .seconds(300) && $0 <= .seconds(315) })
        scenario.chance = 0.5
        #expect(scenario.play().jobTimes.count == 6)
    }

    @Test func `its repeats are last looks as well`() {
        var scenario = lastLookOnly()
        scenario.job = [.failure(Self.server), .says(.processing)]
        let ending = scenario.play()
        #expect(ending.verdict == Verdict(.stillProcessing))
        #expect(ending.jobTimes.count == 2)
    }

    @Test func `another read has its own repeats`() {
        var scenario = Scenario(.waiting)
        scenario.trigger = [.started(job: "job-1")]
        scenario.job = [.failure(Self.server)]
        scenario.details = [.failure(Self.server), .says(.available)]
        // Tries at 2, 2.25, 2.75, 3.75, 5.75 seconds; the sixth would be at 9.75.
        scenario.happens(.event(.updated(status: nil, sync: .successful, job: "job-1")), at: .seconds(6))
        let ending = scenario.play()
        #expect(ending.verdict == Verdict(.recovered, clearsFlag: true))
    }

    @Test(arguments: [(server, Outcome.errored), (tooMany, .deferred)])
    func `a look at the sync before is repeated too`(failure: ReadFailure, outcome: Outcome) {
        var scenario = Scenario(.flagged)
        scenario.row?.lastSyncRequestedAt = moment(.seconds(-60))
        scenario.row?.lastSyncJobID = "job-0"
        scenario.job = [.failure(failure)]
        let ending = scenario.play()
        #expect(ending.verdict == Verdict(outcome))
        #expect(ending.jobTimes.count == 6)
    }

    @Test(arguments: [
        ReadFailure.denied(status: 402), .denied(status: 403), .rejected(status: 302), .rejected(status: 410),
        .wrongAccount,
    ])
    func `a look that no repeat can mend is errored at once`(failure: ReadFailure) {
        var scenario = Scenario(.waiting)
        scenario.trigger = [.succeeded(job: nil)]
        scenario.details = [.failure(failure), .says(.available)]
        let ending = scenario.play()
        #expect(ending.outcome == .errored)
        #expect(ending.subject.snapshot.polls == 1)
    }

    /// A job whose only look falls on the window's end.
    private func lastLookOnly() -> Scenario {
        var scenario = Scenario(.flagged)
        scenario.rules.schedule = PollSchedule(first: .seconds(300), factor: 1, maximum: .seconds(900))
        scenario.trigger = [.started(job: "job-1")]
        return scenario
    }
}
