import Reconciliation
import Testing

/// Events while Mono works on our sync.
@Suite struct CaseEventTests {
    struct Row: Sendable {
        var kind: EventNote.Kind
        /// Where data was there before, and where none was.
        var had: Outcome
        var hadNot: Outcome
    }

    /// Events that settle a case whose job is at work.
    static let decisive: [Row] = [
        Row(kind: .updated(status: .available, sync: .successful, job: "job-1"), had: .recovered, hadNot: .recovered),
        Row(kind: .updated(status: .available, sync: .successful, job: nil), had: .recovered, hadNot: .recovered),
        Row(kind: .updated(status: .available, sync: nil, job: nil), had: .recovered, hadNot: .recovered),
        Row(kind: .updated(status: .available, sync: nil, job: "job-1"), had: .recovered, hadNot: .recovered),
        Row(
            kind: .updated(status: .available, sync: .reauthorisationRequired, job: "job-1"),
            had: .reauthorisationRequired, hadNot: .reauthorisationRequired),
        Row(kind: .reauthorisationRequired, had: .reauthorisationRequired, hadNot: .reauthorisationRequired),
        Row(
            kind: .jobUpdate(job: "job-1", status: .reauthorisationRequired), had: .reauthorisationRequired,
            hadNot: .reauthorisationRequired),
        Row(kind: .reauthorised, had: .stillProcessing, hadNot: .stillProcessing),
        Row(kind: .unlinked, had: .accountNotFound, hadNot: .accountNotFound),
    ]

    /// Events that end the sync but leave the data to be looked at.
    static let followedByLook: [(kind: EventNote.Kind, look: DataStatus, had: Outcome, hadNot: Outcome)] = [
        (.updated(status: .partial, sync: .successful, job: "job-1"), .partial, .recovered, .partial),
        (.updated(status: .unavailable, sync: .successful, job: nil), .unavailable, .recovered, .bankUnavailable),
        (.updated(status: .failed, sync: .successful, job: "job-1"), .failed, .recovered, .providerFailed),
        (.updated(status: .processing, sync: .successful, job: "job-1"), .available, .recovered, .recovered),
        (.updated(status: .partial, sync: .failed, job: "job-1"), .partial, .partial, .partial),
        (.updated(status: .unavailable, sync: .failed, job: nil), .unavailable, .bankUnavailable, .bankUnavailable),
        (.updated(status: .partial, sync: nil, job: "job-1"), .partial, .partial, .partial),
    ]

    @Test(arguments: decisive, Situation.allCases)
    func `an event of ours ends the wait without another call`(row: Row, situation: Situation) {
        var scenario = running(situation)
        scenario.happens(.event(row.kind), at: .seconds(1))
        let ending = scenario.play()
        #expect(ending.outcome == (situation.had ? row.had : row.hadNot))
        #expect(ending.at == .seconds(1))
        #expect(ending.calls.last?.call == .trigger)
        #expect(ending.settlement?.withdrawsIntent == false)
    }

    @Test(arguments: decisive, Situation.allCases)
    func `an event that comes before the trigger's answer counts the same`(row: Row, situation: Situation) {
        var scenario = running(situation)
        scenario.triggerLatency = .seconds(5)
        scenario.happens(.event(row.kind), at: .seconds(1))
        let ending = scenario.play()
        #expect(ending.outcome == (situation.had ? row.had : row.hadNot))
        #expect(ending.calls.last?.call == .trigger)
        #expect(ending.at <= .seconds(5))
        #expect(ending.settlement?.withdrawsIntent == false)
    }

    @Test(arguments: followedByLook, Situation.allCases)
    func `an event that ends the sync without the data is followed by one look at most`(
        row: (kind: EventNote.Kind, look: DataStatus, had: Outcome, hadNot: Outcome), situation: Situation
    ) {
        for latency in [Duration.zero, .seconds(5)] {
            var scenario = running(situation)
            scenario.triggerLatency = latency
            scenario.details = [.says(row.look)]
            scenario.happens(.event(row.kind), at: .seconds(1))
            let ending = scenario.play()
            // Data was there and the account flagged: the sync failed again, and no look says more.
            let failedAgain = situation == .flagged && row.had != .recovered
            let expected = failedAgain ? .reauthorisationRequired : situation.had ? row.had : row.hadNot
            #expect(ending.outcome == expected)
            #expect(ending.at == max(.seconds(1), latency))
            #expect(ending.jobTimes.isEmpty)
            #expect(ending.subject.snapshot.polls <= 1)
        }
    }

    @Test(arguments: [
        EventNote.Kind.updated(status: .available, sync: .successful, job: "job-2"),
        .updated(status: .available, sync: nil, job: "job-2"),
        .updated(status: .partial, sync: .failed, job: "job-2"),
        .jobUpdate(job: "job-2", status: .finished), .jobUpdate(job: "job-2", status: .failed),
        .updated(status: .available, sync: .unknown, job: "job-1"), .updated(status: .processing, sync: nil, job: nil),
        .updated(status: nil, sync: nil, job: "job-1"), .jobUpdate(job: "job-1", status: .processing),
        .jobUpdate(job: "job-1", status: .unknown("queued")), .other,
    ])
    func `what is of another job or says nothing leaves the job to decide`(kind: EventNote.Kind) {
        for latency in [Duration.zero, .seconds(2)] {
            var scenario = running(.waitingWithData)
            scenario.triggerLatency = latency
            scenario.job = [.says(.processing), .says(.reauthorisationRequired)]
            scenario.happens(.event(kind), at: .seconds(1))
            let ending = scenario.play()
            #expect(ending.outcome == .reauthorisationRequired)
            #expect(ending.jobTimes.count == 2)
        }
    }

    @Test func `the job's own success where no data was there is followed by a look at once`() {
        for kind in [
            EventNote.Kind.jobUpdate(job: "job-1", status: .finished),
            .updated(status: nil, sync: .successful, job: "job-1"),
        ] {
            var scenario = running(.waiting)
            scenario.details = [.says(.partial)]
            scenario.happens(.event(kind), at: .seconds(1))
            let ending = scenario.play()
            #expect(ending.verdict == Verdict(.partial, clearsFlag: true))
            #expect(ending.detailsTimes.last == .seconds(1))
            #expect(ending.jobTimes.isEmpty)
        }
    }

    @Test func `a success whose data is still processed is looked at until the data is there`() {
        var scenario = running(.waiting)
        scenario.details = [.says(.processing), .says(.available)]
        scenario.happens(.event(.updated(status: .processing, sync: .successful, job: "job-1")), at: .seconds(1))
        let ending = scenario.play()
        #expect(ending.verdict == Verdict(.recovered, clearsFlag: true))
        #expect(ending.jobTimes.isEmpty)
    }

    @Test(arguments: [
        EventNote.Kind.updated(status: .available, sync: nil, job: nil),
        .updated(status: .unavailable, sync: .failed, job: nil), .syncFailed,
    ])
    func `an event without a job that arrived before the intent is no evidence`(kind: EventNote.Kind) {
        var scenario = running(.waitingWithData)
        scenario.intentDelay = .seconds(5)
        scenario.job = [.says(.reauthorisationRequired)]
        scenario.happens(.overdue(kind, received: .milliseconds(4_999)), at: .seconds(6))
        #expect(scenario.play().outcome == .reauthorisationRequired)
        #expect(scenario.play().jobTimes.count == 1)
    }

    @Test(arguments: [
        (EventNote.Kind.updated(status: .available, sync: nil, job: nil), Outcome.alreadyAvailable),
        (.reauthorised, .stillProcessing), (.unlinked, .accountNotFound),
        (.reauthorisationRequired, .reauthorisationRequired),
    ])
    func `an event before the trigger left takes the intent back with the settlement`(
        kind: EventNote.Kind, outcome: Outcome
    ) {
        for situation in [Situation.waiting, .waitingWithData, .requested] {
            var scenario = running(situation)
            scenario.slotDelays = [.seconds(5)]
            scenario.happens(.event(kind), at: .seconds(1))
            let ending = scenario.play()
            #expect(ending.verdict == Verdict(outcome, withdrawsIntent: true))
            #expect(ending.triggerTimes.isEmpty)
            #expect(ending.settlement?.nextAttemptAt == nil)
        }
    }

    @Test(arguments: [
        (EventNote.Kind.updated(status: .available, sync: nil, job: nil), Outcome.alreadyAvailable),
        (.reauthorised, .stillProcessing), (.unlinked, .accountNotFound),
        (.reauthorisationRequired, .reauthorisationRequired),
    ])
    func `an event while the case waits for its intent saves the trigger`(kind: EventNote.Kind, outcome: Outcome) {
        for situation in [Situation.waiting, .waitingWithData] {
            var scenario = running(situation)
            scenario.intentDelay = .seconds(5)
            scenario.happens(.event(kind), at: .seconds(1))
            let ending = scenario.play()
            #expect(ending.verdict == Verdict(outcome))
            #expect(ending.intents.isEmpty)
        }
    }

    @Test(arguments: [EventNote.Kind.syncFailed, .updated(status: .partial, sync: nil, job: nil), .other])
    func `an event before the trigger that proves nothing does not stop it`(kind: EventNote.Kind) {
        var scenario = running(.waiting)
        scenario.slotDelays = [.seconds(5)]
        scenario.job = [.says(.reauthorisationRequired)]
        scenario.happens(.event(kind), at: .seconds(1))
        #expect(scenario.play().triggerTimes == [.seconds(5)])
    }

    @Test func `re-authorisation that is required again after a success keeps the flag`() {
        var scenario = running(.flaggedWithoutData)
        scenario.job = [.says(.finished)]
        scenario.details = [.says(.processing)]
        scenario.happens(.event(.reauthorisationRequired), at: .seconds(3))
        #expect(scenario.play().verdict == Verdict(.reauthorisationRequired))
    }

    private func running(_ situation: Situation) -> Scenario {
        var scenario = Scenario(situation)
        scenario.trigger = [.started(job: "job-1")]
        return scenario
    }
}
