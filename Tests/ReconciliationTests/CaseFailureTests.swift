import Reconciliation
import Testing

/// A job that failed, with and without a reason.
@Suite struct CaseFailureTests {
    struct Row: Sendable {
        var situation: Situation
        var status: DataStatus
        var outcome: Outcome
    }

    static let table: [Row] = [
        Row(situation: .waiting, status: .available, outcome: .recovered),
        Row(situation: .waiting, status: .partial, outcome: .partial),
        Row(situation: .waiting, status: .unavailable, outcome: .bankUnavailable),
        Row(situation: .waiting, status: .failed, outcome: .providerFailed),
        Row(situation: .waiting, status: .processing, outcome: .providerFailed),
        Row(situation: .waiting, status: .unknown("x"), outcome: .providerFailed),
        Row(situation: .waitingWithData, status: .available, outcome: .providerFailed),
        Row(situation: .waitingWithData, status: .partial, outcome: .partial),
        Row(situation: .waitingWithData, status: .unavailable, outcome: .bankUnavailable),
        Row(situation: .waitingWithData, status: .failed, outcome: .providerFailed),
        Row(situation: .waitingWithData, status: .processing, outcome: .providerFailed),
        Row(situation: .flagged, status: .available, outcome: .reauthorisationRequired),
        Row(situation: .flagged, status: .partial, outcome: .reauthorisationRequired),
        Row(situation: .flagged, status: .unavailable, outcome: .reauthorisationRequired),
        Row(situation: .flagged, status: .failed, outcome: .reauthorisationRequired),
        Row(situation: .flagged, status: .processing, outcome: .reauthorisationRequired),
        Row(situation: .flaggedWithoutData, status: .available, outcome: .reauthorisationRequired),
        Row(situation: .flaggedWithoutData, status: .partial, outcome: .partial),
        Row(situation: .flaggedWithoutData, status: .unavailable, outcome: .bankUnavailable),
        Row(situation: .flaggedWithoutData, status: .failed, outcome: .reauthorisationRequired),
        Row(situation: .flaggedWithoutData, status: .processing, outcome: .reauthorisationRequired),
        Row(situation: .requested, status: .available, outcome: .providerFailed),
        Row(situation: .requestedEmpty, status: .available, outcome: .recovered),
    ]

    @Test(arguments: table)
    func `without an event that says why, one look decides`(row: Row) {
        var scenario = Scenario(row.situation)
        scenario.trigger = [.failed(job: "job-1")]
        scenario.details = [.says(row.status), .says(.available)]
        let ending = scenario.play()
        #expect(ending.verdict == Verdict(row.outcome))
        // Where data was there before, the details say nothing of a flagged account's sync.
        #expect(ending.subject.snapshot.polls == (row.situation == .flagged ? 0 : 1))
        #expect(ending.at == (row.situation.isFlagged ? .zero : .seconds(10)))
    }

    @Test(arguments: table)
    func `a job that fails at a look is settled alike`(row: Row) {
        var scenario = Scenario(row.situation)
        scenario.trigger = [.started(job: "job-1")]
        scenario.job = [.says(.processing), .says(.failed)]
        scenario.details = [.says(row.status)]
        let ending = scenario.play()
        #expect(ending.verdict == Verdict(row.outcome))
        #expect(ending.subject.snapshot.polls == (row.situation == .flagged ? 2 : 3))
        let failedAt = Duration.milliseconds(5_200)
        #expect(ending.at == (row.situation.isFlagged ? failedAt : failedAt + .seconds(10)))
    }

    @Test(arguments: [(300, 10_000), (40, 10_000), (20, 5_000), (4, 1_000)])
    func `the wait for a reason is 10 seconds and at most a quarter of the window`(window: Int, milliseconds: Int) {
        var scenario = Scenario(.waitingWithData, window: .seconds(window))
        scenario.trigger = [.failed(job: "job-1")]
        scenario.details = [.says(.failed)]
        #expect(scenario.play().detailsTimes == [.milliseconds(milliseconds)])
    }

    @Test(arguments: table)
    func `the event that says why ends the wait, and its status stands in for the look`(row: Row) {
        let canSay = [.available, .partial, .unavailable, .failed].contains(row.status)
        guard canSay, !row.situation.isFlagged else { return }
        var scenario = Scenario(row.situation)
        scenario.trigger = [.failed(job: "job-1")]
        scenario.details = [.says(row.status)]
        scenario.happens(.event(.updated(status: row.status, sync: .failed, job: "job-1")), at: .seconds(3))
        let ending = scenario.play()
        #expect(ending.verdict == Verdict(row.outcome))
        #expect(ending.at == .seconds(3))
        #expect(ending.subject.snapshot.polls <= 1)
    }

    @Test(arguments: [EventNote.Kind.syncFailed, .updated(status: nil, sync: .failed, job: "job-1")])
    func `an event without a status ends the wait with the one look`(kind: EventNote.Kind) {
        var scenario = Scenario(.waitingWithData)
        scenario.trigger = [.failed(job: "job-1")]
        scenario.details = [.says(.unavailable)]
        scenario.happens(.event(kind), at: .seconds(3))
        let ending = scenario.play()
        #expect(ending.verdict == Verdict(.bankUnavailable))
        #expect(ending.detailsTimes == [.seconds(3)])
    }

    @Test(arguments: Situation.nightly)
    func `the reason may be that the customer must re-authorise`(situation: Situation) {
        guard !situation.isFlagged else { return }
        var scenario = Scenario(situation)
        scenario.trigger = [.failed(job: "job-1")]
        scenario.happens(
            .event(.updated(status: .available, sync: .reauthorisationRequired, job: "job-1")), at: .seconds(3))
        let ending = scenario.play()
        #expect(ending.verdict == Verdict(.reauthorisationRequired))
        #expect(ending.at == .seconds(3))
        #expect(ending.subject.snapshot.polls == 0)
    }

    @Test func `an event about another job does not end the wait`() {
        var scenario = Scenario(.waitingWithData)
        scenario.trigger = [.failed(job: "job-1")]
        scenario.details = [.says(.failed)]
        scenario.happens(.event(.updated(status: .partial, sync: .failed, job: "job-2")), at: .seconds(3))
        let ending = scenario.play()
        #expect(ending.verdict == Verdict(.providerFailed))
        #expect(ending.at == .seconds(10))
    }

    /// Only `account_updated` can say why; a job update that says FAILED is followed by one.
    @Test(arguments: [
        (EventNote.Kind.updated(status: nil, sync: .failed, job: "job-1"), Duration.seconds(1)),
        (EventNote.Kind.jobUpdate(job: "job-1", status: .failed), Duration.seconds(11)),
    ])
    func `an account's event that says failed is not followed by a wait for a reason`(
        kind: EventNote.Kind, settledAt: Duration
    ) {
        var scenario = Scenario(.waitingWithData)
        scenario.trigger = [.started(job: "job-1")]
        scenario.details = [.says(.failed)]
        scenario.happens(.event(kind), at: .seconds(1))
        let ending = scenario.play()
        #expect(ending.verdict == Verdict(.providerFailed))
        #expect(ending.at == settledAt)
        #expect(ending.jobTimes.isEmpty)
    }

    @Test func `a failure at the window's end still gets its wait and its look`() {
        var scenario = Scenario(.waitingWithData, window: .seconds(40))
        scenario.rules.schedule = PollSchedule(first: .seconds(40))
        scenario.trigger = [.started(job: "job-1")]
        scenario.job = [.says(.failed)]
        scenario.details = [.says(.unavailable)]
        let ending = scenario.play()
        #expect(ending.verdict == Verdict(.bankUnavailable))
        #expect(ending.detailsTimes == [.seconds(50)])
    }
}
