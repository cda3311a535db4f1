import Reconciliation
import Testing

/// Step 1, which asks whether Mono has the data already.
@Suite struct CaseInspectionTests {
    @Test(arguments: [Situation.waiting, .requested, .requestedEmpty], [APIGeneration.realtime, .dataSync])
    func `an account whose status can be news is inspected first`(situation: Situation, api: APIGeneration) {
        let driver = CaseDriver(Scenario(situation, api))
        #expect(driver.subject.want == .call(.details, notBefore: storyStart))
    }

    @Test(arguments: [Situation.waitingWithData, .flagged, .flaggedWithoutData], [APIGeneration.realtime, .dataSync])
    func `where the status proves nothing the trigger comes at once`(situation: Situation, api: APIGeneration) {
        let driver = CaseDriver(Scenario(situation, api))
        #expect(driver.subject.want == .intent(notBefore: storyStart))
    }

    @Test(arguments: [Situation.waiting, .requested, .requestedEmpty])
    func `available is already available, for one call`(situation: Situation) {
        var scenario = Scenario(situation)
        scenario.inspection = [.says(.available)]
        let ending = scenario.play()
        #expect(ending.verdict == Verdict(.alreadyAvailable))
        #expect(ending.calls.map(\.call) == [.details])
        #expect(ending.intents.isEmpty)
        #expect(ending.subject.snapshot.apiCalls == 1)
        #expect(ending.subject.snapshot.polls == 0)
        #expect(ending.subject.snapshot.statusAfter == "AVAILABLE")
    }

    @Test func `for a named account nothing is wrong then`() {
        var scenario = Scenario(.requested)
        scenario.inspection = [.says(.available)]
        #expect(scenario.play().settlement?.cause == .nothingWrong)
    }

    @Test(
        arguments: [DataStatus.partial, .unavailable, .failed, .processing, .unknown("SYNCING")],
        [Situation.waiting, .requested, .requestedEmpty])
    func `any other status leads to one trigger`(status: DataStatus, situation: Situation) {
        var scenario = Scenario(situation)
        scenario.inspection = [.says(status)]
        scenario.trigger = [.reauthorise]
        let ending = scenario.play()
        #expect(ending.calls.map(\.call) == [.details, .trigger])
        #expect(ending.outcome == .reauthorisationRequired)
        #expect(ending.subject.snapshot.statusBefore == status.word)
    }

    @Test func `404 is account not found`() {
        var scenario = Scenario(.waiting)
        scenario.inspection = [.failure(.notFound)]
        let ending = scenario.play()
        #expect(ending.verdict == Verdict(.accountNotFound))
        #expect(ending.calls.count == 1)
    }

    @Test(arguments: [
        (ReadFailure.wrongAccount, Outcome.errored), (.denied(status: 402), .errored), (.denied(status: 403), .errored),
        (.rejected(status: 301), .errored), (.rejected(status: 418), .errored), (.keyRefused, .deferred),
    ])
    func `what another try cannot mend ends it at once`(failure: ReadFailure, outcome: Outcome) {
        var scenario = Scenario(.waiting)
        scenario.inspection = [.failure(failure), .says(.available)]
        let ending = scenario.play()
        #expect(ending.verdict == Verdict(outcome))
        #expect(ending.calls.count == 1)
        #expect(ending.intents.isEmpty)
    }

    @Test func `details teach the institution and what Mono's support asks for`() {
        var scenario = Scenario(.waiting)
        let details = Details(
            status: .available, institution: "Test Bank", bankCode: "000", dataRequestID: "ALTEST00001A")
        scenario.inspection = [.success(details)]
        #expect(scenario.play().subject.snapshot.learned == details)
    }

    @Test func `a good event during the inspection ends it without a trigger`() {
        var scenario = Scenario(.waiting)
        scenario.readLatency = .seconds(2)
        scenario.happens(.event(.updated(status: .available, sync: nil, job: nil)), at: .seconds(1))
        let ending = scenario.play()
        #expect(ending.verdict == Verdict(.alreadyAvailable))
        #expect(ending.at == .seconds(1))
        #expect(ending.intents.isEmpty)
    }
}
