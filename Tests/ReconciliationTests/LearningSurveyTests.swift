import Testing

@testable import Reconciliation

/// Cases that are looked at for the sake of learning, and what past cases tell.
@Suite struct LearningSurveyTests {
    @Test func `one case in 64 is surveyed, another one in each run`() {
        let accounts = (0..<64_000).compactMap { AccountID("account\($0)") }
        let first = Set(accounts.filter { LookSurvey.isSurveyed(account: $0, run: 1) })
        let second = Set(accounts.filter { LookSurvey.isSurveyed(account: $0, run: 2) })
        #expect((880...1_120).contains(first.count) && (880...1_120).contains(second.count))
        #expect(first.intersection(second).count < 60)
    }

    @Test func `a survey looks where its law expects nothing`() {
        // All ends lie after 33 s; the law's own plan does not look before.
        let law = LookLaw.near(71)
        let plan = LookPlan(law, window: .seconds(300), patience: .seconds(60))
        #expect(plan.looks.allSatisfy { $0 > .seconds(40) })
        let survey = LookSurvey.plan(law, window: .seconds(300), patience: .seconds(60))
        #expect(survey.looks.contains { $0 < .seconds(33) })
    }

    private static let started = Step(seconds: 10, name: .trigger, said: .code(.started))
    private static let succeeded = Step(seconds: 10, name: .trigger, said: .code(.succeeded))

    private static let seen: [(steps: [Step], kind: LookKind, from: Double, to: Double?)] = [
        ([started, job(12, "processing"), job(15.2, "finished")], .job, 2, 5.2),
        ([started, job(12, "processing"), job(14, "HTTP 503"), job(15.2, "failed")], .job, 2, 5.2),
        ([started, job(12, "re-authorisation required")], .job, 0, 2),
        ([started, job(310, "processing"), step(310, .settle, "still_processing")], .job, 300, nil),
        ([started, details(12, "PROCESSING"), details(20, "AVAILABLE")], .details, 2, 10),
        ([started, details(60, "PROCESSING"), job(310, "processing")], .details, 50, nil),
        ([succeeded, details(12, "PROCESSING"), details(20, "AVAILABLE")], .details, 2, 10),
        ([details(0, "PROCESSING"), step(1, .intent, "committed"), succeeded, details(12, "PARTIAL")], .details, 0, 2),
    ]

    @Test(arguments: seen)
    func `a past case tells between which looks its sync ended`(
        steps: [Step], kind: LookKind, from: Double, to: Double?
    ) throws {
        let cell = try #require(LookCell(processingAt: .seconds(from), endedAt: to.map { .seconds($0) }))
        let told = try #require(LookSurvey.cell(fromPastSteps: steps))
        #expect(told.kind == kind && told.cell == cell)
    }

    @Test(arguments: [
        "job finished", "account_updated AVAILABLE", "account_updated FAILED sync failed",
        "reauthorisation_required", "sync_failed",
    ])
    func `an event tells when its sync ended`(event: String) throws {
        let told = try #require(LookSurvey.cell(fromPastSteps: [Self.started, Self.step(14, .event, event)]))
        #expect(told.kind == .job && told.cell == LookCell(toldAt: .seconds(4)))
    }

    @Test(arguments: [
        [], [details(0, "AVAILABLE")], [started], [started, job(12, "404")],
        [started, step(1, .resume, "started"), job(15, "finished")],
        [step(10, .trigger, "in doubt: HTTP 502"), details(12, "AVAILABLE")],
        [step(10, .trigger, "failed"), details(12, "FAILED")],
        [started, step(14, .event, "account_updated PROCESSING")],
        [started, step(14, .event, "job finished, of another sync")],
    ])
    func `other past cases tell nothing`(steps: [Step]) {
        #expect(LookSurvey.cell(fromPastSteps: steps) == nil)
    }

    private static func step(_ seconds: Double, _ name: StepName, _ said: String) -> Step {
        Step(seconds: seconds, name: name, said: said)
    }

    private static func job(_ seconds: Double, _ said: String) -> Step { step(seconds, .job, said) }

    private static func details(_ seconds: Double, _ said: String) -> Step { step(seconds, .details, said) }
}
