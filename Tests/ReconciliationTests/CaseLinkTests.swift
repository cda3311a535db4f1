import Reconciliation
import Testing

/// `--reauth-links`: one call for the customer's link, between the conclusion and the settlement.
@Suite struct CaseLinkTests {
    /// Every way in which it is confirmed that the customer has to re-authorise.
    enum Way: CaseIterable {
        case trigger, job, event, failedAgain, eventBeforeTrigger
    }

    private func scenario(_ way: Way, links: Bool = true) -> Scenario {
        var scenario = Scenario(way == .failedAgain ? .flaggedWithoutData : .waiting)
        scenario.rules.asksForLinks = links
        switch way {
        case .trigger: scenario.trigger = [.reauthorise]
        case .job:
            scenario.trigger = [.started(job: "job-1")]
            scenario.job = [.says(.reauthorisationRequired)]
        case .event:
            scenario.trigger = [.started(job: "job-1")]
            scenario.job = [.says(.processing)]
            scenario.happens(
                .event(.updated(status: .available, sync: .reauthorisationRequired, job: "job-1")), at: .seconds(1))
        case .failedAgain:
            scenario.trigger = [.failed(job: "job-1")]
            scenario.details = [.says(.failed)]
        case .eventBeforeTrigger:
            scenario.slotDelays = [.seconds(5)]
            scenario.happens(.event(.reauthorisationRequired), at: .seconds(1))
        }
        return scenario
    }

    @Test(arguments: Way.allCases)
    func `a confirmed case asks once, last of all, and is settled with the link`(way: Way) {
        let ending = scenario(way).play()
        #expect(ending.outcome == .reauthorisationRequired)
        #expect(ending.linkTimes.count == 1)
        #expect(ending.calls.last?.call == .reauthLink)
        #expect(ending.settlement?.reauthLink == .test)
        #expect(ending.settlement?.withdrawsIntent == (way == .eventBeforeTrigger))
        #expect(ending.subject.snapshot.apiCalls == ending.calls.count)
    }

    @Test(arguments: Way.allCases)
    func `without the option nothing is asked`(way: Way) {
        let ending = scenario(way, links: false).play()
        #expect(ending.outcome == .reauthorisationRequired)
        #expect(ending.linkTimes.isEmpty)
        #expect(ending.settlement?.reauthLink == nil)
    }

    @Test(arguments: Way.allCases)
    func `a link is no look`(way: Way) {
        #expect(
            scenario(way).play().subject.snapshot.polls == scenario(way, links: false).play().subject.snapshot.polls)
    }

    @Test(arguments: [SyncAnswer.succeeded(job: nil), .bankError, .incomplete, .withoutJob, .timedOut])
    func `whatever else comes out asks for no link`(answer: SyncAnswer) {
        for situation in Situation.nightly {
            var scenario = Scenario(situation)
            scenario.rules.asksForLinks = true
            scenario.trigger = [answer]
            scenario.details = [.says(.partial)]
            let ending = scenario.play()
            #expect(ending.linkTimes.isEmpty)
            #expect(ending.outcome != .reauthorisationRequired)
        }
    }

    @Test(arguments: [
        ReadFailure.tooManyRequests(retryAfter: .seconds(1)), .server(status: 503), .transport("reset"),
        .unreadable("no JSON"), .keyRefused, .denied(status: 403), .notFound, .rejected(status: 400), .wrongAccount,
    ])
    func `a link that does not come changes nothing and is not asked for again`(failure: ReadFailure) {
        var scenario = scenario(.failedAgain)
        let without = self.scenario(.failedAgain, links: false).play().settlement
        scenario.link = .failure(.failed(failure))
        let ending = scenario.play()
        #expect(ending.settlement == without)
        #expect(ending.linkTimes.count == 1)
    }

    @Test func `that an account cannot be re-authorised is told with the outcome`() {
        var scenario = scenario(.job)
        scenario.link = .failure(.cannotBeReauthorised)
        let settlement = scenario.play().settlement
        #expect(settlement?.outcome == .reauthorisationRequired)
        #expect(settlement?.cause == .cannotBeReauthorised)
        #expect(settlement?.reauthLink == nil)
    }

    @Test(arguments: [true, false])
    func `a run that ends meanwhile settles what is known`(isInterrupted: Bool) throws {
        for way in Way.allCases {
            var scenario = scenario(way)
            scenario.readLatency = .seconds(10)
            let asked = try #require(scenario.play().linkTimes.first)
            scenario.happens(isInterrupted ? .abandon : .starve, at: asked + .seconds(1))
            let ending = scenario.play()
            #expect(ending.outcome == .reauthorisationRequired)
            #expect(ending.settlement?.reauthLink == nil)
            #expect(ending.at == asked + .seconds(1))
        }
    }

    @Test func `without a budget nothing is asked`() {
        var scenario = scenario(.event)
        scenario.happens(.starve, at: .milliseconds(500))
        let ending = scenario.play()
        #expect(ending.outcome == .reauthorisationRequired)
        #expect(ending.linkTimes.isEmpty)
    }

    static let news: [(EventNote.Kind, Outcome)] = [
        (.reauthorised, .stillProcessing), (.unlinked, .accountNotFound),
        (.updated(status: .available, sync: .successful, job: "job-1"), .recovered),
        (.updated(status: .available, sync: nil, job: nil), .recovered),
        (.updated(status: .failed, sync: nil, job: nil), .reauthorisationRequired),
        (.reauthorisationRequired, .reauthorisationRequired), (.other, .reauthorisationRequired),
    ]

    @Test(arguments: news)
    func `an event that comes while the link is asked for is weighed`(kind: EventNote.Kind, outcome: Outcome) {
        var scenario = scenario(.failedAgain)
        scenario.readLatency = .seconds(10)
        // The details are read until the tenth second, the link until the twentieth.
        scenario.happens(.event(kind), at: .seconds(15))
        let ending = scenario.play()
        #expect(ending.outcome == outcome)
        #expect(ending.linkTimes == [.seconds(10)])
        #expect(ending.settlement?.reauthLink == (outcome == .reauthorisationRequired ? .test : nil))
    }

    @Test func `an account that goes away meanwhile is not found`() {
        var scenario = scenario(.failedAgain)
        scenario.readLatency = .seconds(10)
        scenario.happens(.row { $0 = nil }, at: .seconds(15))
        #expect(scenario.play().outcome == .accountNotFound)
    }

    @Test func `a look under way when the event came is no news any more`() {
        for failure in [ReadFailure.notFound, .keyRefused, .rejected(status: 400), .server(status: 500)] {
            var scenario = Scenario(.flaggedWithoutData)
            scenario.rules.asksForLinks = true
            scenario.trigger = [.failed(job: "job-1")]
            scenario.details = [.failure(failure)]
            scenario.readLatency = .seconds(10)
            scenario.happens(.event(.reauthorisationRequired), at: .seconds(5))
            let ending = scenario.play()
            #expect(ending.outcome == .reauthorisationRequired)
            #expect(ending.linkTimes == [.seconds(10)])
        }
    }

    @Test func `the link stays with a settlement that is weighed again`() {
        var driver = CaseDriver(scenario(.job))
        #expect(driver.run().settlement?.reauthLink == .test)
        driver.hear(.reauthorisationRequired, received: driver.now)
        let ending = driver.run()
        #expect(ending.settlement?.reauthLink == .test)
        #expect(ending.linkTimes.count == 1)
    }

    @Test func `a case that a worker left behind asks again`() {
        var scenario = Scenario(.flagged)
        scenario.rules.asksForLinks = true
        let at = moment(.seconds(-20))
        scenario.row?.lastSyncRequestedAt = at
        scenario.intent = Claim.PastIntent(at: at, hadData: true, answer: .reauthorise, jobID: "job-1")
        let ending = scenario.play()
        #expect(ending.outcome == .reauthorisationRequired)
        #expect(ending.calls.map(\.call) == [.reauthLink])
    }

    @Test func `what the trigger said is durable before the link is there`() {
        for way in [Way.trigger, .job] {
            var driver = CaseDriver(scenario(way))
            _ = driver.run()
            #expect(driver.subject.progress == .reauthorise)
        }
    }

    @Test func `an event that comes in one reading with the flag is weighed as well`() {
        var scenario = Scenario(.waiting)
        scenario.trigger = [.started(job: "job-1")]
        scenario.job = [.says(.processing)]
        var driver = CaseDriver(scenario)
        while driver.subject.progress == nil { driver.step() }
        var row = driver.row
        let times = [driver.now, driver.now.advanced(by: .milliseconds(1))]
        let kinds: [EventNote.Kind] = [.reauthorisationRequired, .reauthorised]
        for (kind, time) in zip(kinds, times) { row?.apply(kind, at: time) }
        let events = zip(kinds, times).map { EventNote(key: "\($1.microseconds)", kind: $0, receivedAt: $1) }
        driver.subject.heard(News(account: row, events: events), at: driver.now)
        #expect(driver.run().outcome == .stillProcessing)
    }

    @Test func `no description shows a link`() {
        let link = ReauthLink("https://link.mono.co/canary")
        var dumped = ""
        var settlement = Settlement(.reauthorisationRequired, cause: .jobSaidReauthorise, "x")
        settlement.reauthLink = link
        dump(settlement, to: &dumped)
        let answer = CallResult.reauthLink(.success(link))
        for text in [dumped, "\(settlement)", String(reflecting: settlement), "\(link)", "\(answer)"] {
            #expect(!text.contains("canary"))
        }
    }
}
