import Reconciliation
import Testing

/// Several events that are heard at once: the last word counts, whatever the order of the words before it.
@Suite struct CaseEventOrderTests {
    private static let good = EventNote.Kind.updated(status: .available, sync: .successful, job: "job-1")

    /// A case that was left with an unanswered intent, and what its successor finds.
    private func resumed(_ kinds: [EventNote.Kind], knownJob: String? = nil) -> Scenario {
        var scenario = Scenario(.waitingWithData)
        scenario.intent = Claim.PastIntent(
            at: moment(.seconds(-60)), hadData: true, answer: nil, jobID: nil, jobBefore: knownJob)
        scenario.row?.lastSyncJobID = knownJob
        for (number, kind) in kinds.enumerated() {
            let time = moment(.seconds(-50 + number))
            scenario.row?.apply(kind, at: time)
            if case .other = kind { scenario.row?.unlinkedAt = nil }
            scenario.claimEvents.append(EventNote(key: "event-\(number)", kind: kind, receivedAt: time))
        }
        return scenario
    }

    @Test func `a good event after a new log-in is a recovery`() {
        #expect(resumed([.reauthorised, Self.good]).play().outcome == .recovered)
    }

    @Test func `a flag after a good event stands`() {
        #expect(resumed([Self.good, .reauthorisationRequired]).play().outcome == .reauthorisationRequired)
    }

    @Test func `an account that was unlinked and linked again is pending`() {
        #expect(resumed([.unlinked]).play().outcome == .accountNotFound)
        #expect(resumed([.unlinked, .other]).play().outcome == .stillProcessing)
        #expect(resumed([Self.good, .unlinked, .other]).play().outcome == .stillProcessing)
    }

    @Test func `a successor takes no job for its own that was known before the intent`() {
        #expect(resumed([Self.good], knownJob: "job-1").play().outcome == .deferred)
        #expect(resumed([Self.good], knownJob: "job-0").play().outcome == .recovered)
    }

    @Test func `a job that an event taught after the intent may be its own`() {
        #expect(resumed([.jobUpdate(job: "job-1", status: .finished), Self.good]).play().outcome == .recovered)
    }

    @Test func `a job that Mono has forgotten is still the only one that is ours`() {
        for (job, outcome) in [("job-2", Outcome.deferred), ("job-1", .recovered)] {
            var scenario = Scenario(.waitingWithData)
            scenario.trigger = [.started(job: "job-1")]
            scenario.job = [.failure(.notFound), .says(.finished)]
            scenario.happens(
                .event(.updated(status: .available, sync: .successful, job: job)), at: .seconds(30))
            #expect(scenario.play().outcome == outcome, "\(job)")
        }
    }

    @Test func `a debt that is younger than the run is called so`() {
        var scenario = Scenario(.waitingWithData)
        scenario.row?.awaitingSince = moment(.seconds(-10))
        let ending = scenario.play()
        #expect(ending.outcome == .stillProcessing)
        #expect(ending.settlement?.cause == .owesAnew)
    }
}
