import Reconciliation
import Testing

/// A settlement that met a row which an event had changed is weighed again.
@Suite struct CaseSettledTests {
    private static let good = EventNote.Kind.updated(status: .available, sync: .successful, job: "job-1")

    @Test(arguments: [
        (good, Outcome.recovered), (.updated(status: .available, sync: nil, job: nil), .recovered),
        (.unlinked, .accountNotFound), (.reauthorised, .stillProcessing),
        (.reauthorisationRequired, .reauthorisationRequired),
    ])
    func `after our trigger the event outweighs what was concluded`(kind: EventNote.Kind, outcome: Outcome) {
        var scenario = Scenario(.waiting)
        scenario.trigger = [.started(job: "job-1")]
        scenario.job = [.says(.processing)]
        #expect(outcomeAfter(scenario, hearing: kind) == outcome)
    }

    @Test(arguments: [
        (good, Outcome.alreadyAvailable), (.updated(status: .available, sync: nil, job: nil), .alreadyAvailable),
        (.unlinked, .accountNotFound), (.reauthorised, .stillProcessing),
    ])
    func `so it does without a trigger`(kind: EventNote.Kind, outcome: Outcome) {
        var scenario = Scenario(.waiting)
        scenario.inspection = [.failure(.rejected(status: 410))]
        #expect(outcomeAfter(scenario, hearing: kind) == outcome)
    }

    @Test(arguments: [
        SyncAnswer.refused(.badRequest), .refused(.tooManyRequests(retryAfter: nil)), .refused(.noConnection("reset")),
    ])
    func `a trigger that was not taken recovers nothing`(answer: SyncAnswer) {
        var scenario = Scenario(.waiting)
        scenario.trigger = [answer]
        #expect(outcomeAfter(scenario, hearing: Self.good) == .alreadyAvailable)
    }

    @Test func `a trigger that never left recovers nothing, and its intent is still taken back`() {
        var scenario = Scenario(.waiting)
        scenario.slotDelays = [.seconds(5)]
        scenario.happens(.starve, at: .seconds(1))
        var driver = CaseDriver(scenario)
        #expect(driver.run().verdict == Verdict(.deferred, withdrawsIntent: true))
        driver.hear(Self.good, received: driver.now)
        #expect(driver.run().verdict == Verdict(.alreadyAvailable, withdrawsIntent: true))
    }

    @Test func `an event that says nothing leaves the settlement as it is`() {
        var scenario = Scenario(.waiting)
        scenario.trigger = [.incomplete]
        var driver = CaseDriver(scenario)
        let before = driver.run().settlement
        driver.hear(.other, received: driver.now)
        driver.hear(.updated(status: .processing, sync: nil, job: nil), received: driver.now)
        #expect(driver.run().settlement == before)
    }

    @Test func `an account that is gone meanwhile is not found`() {
        var scenario = Scenario(.waiting)
        scenario.trigger = [.bankError]
        var driver = CaseDriver(scenario)
        _ = driver.run()
        driver.subject.heard(News(account: nil), at: driver.now)
        #expect(driver.run().outcome == .accountNotFound)
    }

    @Test func `a flag that comes after a success is not cleared by it`() {
        var scenario = Scenario(.waitingWithData)
        scenario.trigger = [.succeeded(job: "job-1")]
        var driver = CaseDriver(scenario)
        #expect(driver.run().verdict == Verdict(.recovered, clearsFlag: true))
        driver.hear(.reauthorisationRequired, received: driver.now)
        #expect(driver.run().verdict == Verdict(.reauthorisationRequired))
    }

    @Test func `an intent that commits after its case was settled is taken back, never triggered`() {
        var driver = CaseDriver(Scenario(.flagged))
        driver.hear(.reauthorised, received: storyStart)
        var committed = AccountState(awaitingSince: storyStart)
        committed.lastSyncRequestedAt = storyStart
        driver.subject.intended(at: storyStart, account: committed, now: storyStart)
        #expect(driver.subject.want != .trigger)
        #expect(driver.run().verdict == Verdict(.stillProcessing, withdrawsIntent: true))
    }

    @Test func `answers that come after the settlement change nothing`() {
        var scenario = Scenario(.waiting)
        scenario.trigger = [.bankError]
        var driver = CaseDriver(scenario)
        let before = driver.run().settlement
        driver.subject.answered(trigger: .succeeded(job: nil), at: driver.now)
        driver.subject.answered(details: .says(.available), chance: 0, at: driver.now)
        driver.subject.answered(job: .says(.finished), chance: 0, at: driver.now)
        driver.subject.elapsed(at: driver.now)
        driver.subject.expire(at: driver.now)
        driver.subject.withdrawn(account: nil, at: driver.now)
        driver.subject.starve(cause: .budget, "late", at: driver.now)
        driver.subject.abandon(cause: .interrupted, "late", at: driver.now)
        #expect(driver.run().settlement == before)
    }

    @Test func `what proved doubtful is deferred after all`() {
        var scenario = Scenario(.waiting)
        scenario.inspection = [.failure(.notFound)]
        var driver = CaseDriver(scenario)
        #expect(driver.run().outcome == .accountNotFound)
        driver.subject.overrule(cause: .keyRefused, "this key sees none of these accounts", at: driver.now)
        #expect(driver.run().verdict == Verdict(.deferred))
        #expect(driver.run().settlement?.detail == "this key sees none of these accounts")
    }

    private func outcomeAfter(_ scenario: Scenario, hearing kind: EventNote.Kind) -> Outcome? {
        var driver = CaseDriver(scenario)
        _ = driver.run()
        driver.hear(kind, received: driver.now)
        return driver.run().outcome
    }
}
