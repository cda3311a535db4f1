import Reconciliation
import Testing

/// An event may have landed between the selection and the claim: then nothing need be asked.
@Suite struct CaseClaimTests {
    @Test(arguments: Situation.allCases)
    func `an account that is gone is not found, without a call`(situation: Situation) {
        var scenario = Scenario(situation)
        scenario.row = nil
        expect(scenario, settlesAtOnceAs: .accountNotFound)
    }

    @Test(arguments: Situation.allCases)
    func `an account that was unlinked is not found, without a call`(situation: Situation) {
        var scenario = Scenario(situation)
        scenario.row?.apply(.unlinked, at: moment(.seconds(-1)))
        expect(scenario, settlesAtOnceAs: .accountNotFound)
    }

    @Test(arguments: Situation.nightly, [EventNote.SyncStatus.successful, nil])
    func `a good event since the selection makes it already available, without a call`(
        situation: Situation, sync: EventNote.SyncStatus?
    ) {
        expect(
            landed(.updated(status: .available, sync: sync, job: nil), in: situation),
            settlesAtOnceAs: .alreadyAvailable)
    }

    @Test(arguments: Situation.allCases)
    func `a re-authorisation since the selection is still processing, without a call`(situation: Situation) {
        expect(landed(.reauthorised, in: situation), settlesAtOnceAs: .stillProcessing)
    }

    @Test func `a debt that moved forward is a re-authorisation even when its event is not at hand`() {
        var scenario = Scenario(.waiting)
        scenario.row?.awaitingSince = moment(.seconds(-1))
        expect(scenario, settlesAtOnceAs: .stillProcessing)
    }

    @Test(arguments: [Situation.waiting, .waitingWithData, .requested, .requestedEmpty])
    func `a flag since the selection is re-authorisation required, without a call`(situation: Situation) {
        expect(landed(.reauthorisationRequired, in: situation), settlesAtOnceAs: .reauthorisationRequired)
        let byUpdate = EventNote.Kind.updated(status: .available, sync: .reauthorisationRequired, job: "job-0")
        expect(landed(byUpdate, in: situation), settlesAtOnceAs: .reauthorisationRequired)
    }

    @Test func `unlinking outweighs the data that had come before it`() {
        var scenario = landed(.updated(status: .available, sync: nil, job: nil), in: .waiting)
        scenario.row?.unlinkedAt = moment(.seconds(-1))
        expect(scenario, settlesAtOnceAs: .accountNotFound)
    }

    @Test(arguments: [
        EventNote.Kind.updated(status: .partial, sync: nil, job: nil),
        .updated(status: .available, sync: .failed, job: "job-0"), .updated(status: .processing, sync: nil, job: nil),
        .updated(status: nil, sync: nil, job: nil), .syncFailed, .other, .jobUpdate(job: "job-0", status: .finished),
    ])
    func `an event that proves nothing leaves the case to be settled by asking`(kind: EventNote.Kind) {
        let driver = CaseDriver(landed(kind, in: .waiting))
        #expect(driver.subject.want == .call(.details, notBefore: storyStart))
    }

    @Test(arguments: Situation.nightly)
    func `what is still stuck or flagged is not settled by the claim`(situation: Situation) {
        let driver = CaseDriver(Scenario(situation))
        if case .settlement(let settlement) = driver.subject.want {
            Issue.record("settled as \(settlement.outcome)")
        }
    }

    @Test func `a named account that is healthy is asked about all the same`() {
        let driver = CaseDriver(Scenario(.requested))
        #expect(driver.subject.want == .call(.details, notBefore: storyStart))
    }

    /// A claim whose account had `kind` a second ago.
    private func landed(_ kind: EventNote.Kind, in situation: Situation) -> Scenario {
        var scenario = Scenario(situation)
        let time = moment(.seconds(-1))
        scenario.row?.apply(kind, at: time)
        scenario.claimEvents = [EventNote(key: "landed", kind: kind, receivedAt: time)]
        return scenario
    }

    private func expect(
        _ scenario: Scenario, settlesAtOnceAs outcome: Outcome, at location: SourceLocation = #_sourceLocation
    ) {
        let ending = scenario.play()
        #expect(ending.verdict == Verdict(outcome), sourceLocation: location)
        #expect(ending.at == .zero, sourceLocation: location)
        #expect(ending.calls.isEmpty && ending.intents.isEmpty, sourceLocation: location)
        #expect(ending.settlement?.detail.isEmpty == false, sourceLocation: location)
    }
}
