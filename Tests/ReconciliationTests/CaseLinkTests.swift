import Reconciliation
import Testing

/// `--reauth-links`: one call for the customer's link, between the conclusion and the settlement.
@Suite struct CaseLinkTests {
    /// Every way in which it is confirmed that the customer has to re-authorise.
    enum Way: CaseIterable {
        case trigger, job, event, failedAgain, eventBeforeTrigger
    }

    private func story(_ way: Way, links: Bool = true) -> Story {
        var story = Story(way == .failedAgain ? .flagged : .waiting)
        story.rules.asksForLinks = links
        switch way {
        case .trigger: story.trigger = [.reauthorise]
        case .job:
            story.trigger = [.started(job: "job-1")]
            story.job = [.says(.reauthorisationRequired)]
        case .event:
            story.trigger = [.started(job: "job-1")]
            story.job = [.says(.processing)]
            story.happens(
                .event(.updated(status: .available, sync: .reauthorisationRequired, job: "job-1")), at: .seconds(1))
        case .failedAgain:
            story.trigger = [.failed(job: "job-1")]
            story.details = [.says(.failed)]
        case .eventBeforeTrigger:
            story.slotDelays = [.seconds(5)]
            story.happens(.event(.reauthorisationRequired), at: .seconds(1))
        }
        return story
    }

    @Test(arguments: Way.allCases)
    func `a confirmed case asks once, last of all, and is settled with the link`(way: Way) {
        let ending = story(way).play()
        #expect(ending.outcome == .reauthorisationRequired)
        #expect(ending.linkTimes.count == 1)
        #expect(ending.calls.last?.call == .reauthLink)
        #expect(ending.settlement?.reauthLink == .test)
        #expect(ending.settlement?.withdrawsIntent == (way == .eventBeforeTrigger))
        #expect(ending.subject.apiCalls == ending.calls.count)
    }

    @Test(arguments: Way.allCases)
    func `without the option nothing is asked`(way: Way) {
        let ending = story(way, links: false).play()
        #expect(ending.outcome == .reauthorisationRequired)
        #expect(ending.linkTimes.isEmpty)
        #expect(ending.settlement?.reauthLink == nil)
    }

    @Test(arguments: Way.allCases)
    func `a link is no look`(way: Way) {
        #expect(story(way).play().subject.polls == story(way, links: false).play().subject.polls)
    }

    @Test(arguments: [SyncAnswer.succeeded(job: nil), .bankError, .incomplete, .withoutJob, .timedOut])
    func `whatever else comes out asks for no link`(answer: SyncAnswer) {
        for situation in Situation.nightly {
            var story = Story(situation)
            story.rules.asksForLinks = true
            story.trigger = [answer]
            story.details = [.says(.partial)]
            let ending = story.play()
            #expect(ending.linkTimes.isEmpty)
            #expect(ending.outcome != .reauthorisationRequired)
        }
    }

    @Test(arguments: [
        ReadFailure.tooManyRequests(retryAfter: .seconds(1)), .server(status: 503), .transport("reset"),
        .unreadable("no JSON"), .keyRefused, .denied(status: 403), .notFound, .rejected(status: 400), .wrongAccount,
    ])
    func `a link that does not come changes nothing and is not asked for again`(failure: ReadFailure) {
        var story = story(.failedAgain)
        let without = self.story(.failedAgain, links: false).play().settlement
        story.link = .failure(.failed(failure))
        let ending = story.play()
        #expect(ending.settlement == without)
        #expect(ending.linkTimes.count == 1)
    }

    @Test func `that an account cannot be re-authorised is told with the outcome`() {
        var story = story(.job)
        story.link = .failure(.cannotBeReauthorised)
        let settlement = story.play().settlement
        #expect(settlement?.outcome == .reauthorisationRequired)
        #expect(settlement?.detail.hasSuffix(Settlement.cannotBeReauthorised) == true)
        #expect(settlement?.reauthLink == nil)
    }

    @Test(arguments: [true, false])
    func `a run that ends meanwhile settles what is known`(isInterrupted: Bool) throws {
        for way in Way.allCases {
            var story = story(way)
            story.readLatency = .seconds(10)
            let asked = try #require(story.play().linkTimes.first)
            story.happens(isInterrupted ? .abandon : .starve, at: asked + .seconds(1))
            let ending = story.play()
            #expect(ending.outcome == .reauthorisationRequired)
            #expect(ending.settlement?.reauthLink == nil)
            #expect(ending.at == asked + .seconds(1))
        }
    }

    @Test func `without a budget nothing is asked`() {
        var story = story(.event)
        story.happens(.starve, at: .milliseconds(500))
        let ending = story.play()
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
        var story = story(.failedAgain)
        story.readLatency = .seconds(10)
        // The details are read until the tenth second, the link until the twentieth.
        story.happens(.event(kind), at: .seconds(15))
        let ending = story.play()
        #expect(ending.outcome == outcome)
        #expect(ending.linkTimes == [.seconds(10)])
        #expect(ending.settlement?.reauthLink == (outcome == .reauthorisationRequired ? .test : nil))
    }

    @Test func `an account that goes away meanwhile is not found`() {
        var story = story(.failedAgain)
        story.readLatency = .seconds(10)
        story.happens(.row { $0 = nil }, at: .seconds(15))
        #expect(story.play().outcome == .accountNotFound)
    }

    @Test func `a look under way when the event came is no news any more`() {
        for failure in [ReadFailure.notFound, .keyRefused, .rejected(status: 400), .server(status: 500)] {
            var story = Story(.flagged)
            story.rules.asksForLinks = true
            story.trigger = [.failed(job: "job-1")]
            story.details = [.failure(failure)]
            story.readLatency = .seconds(10)
            story.happens(.event(.reauthorisationRequired), at: .seconds(5))
            let ending = story.play()
            #expect(ending.outcome == .reauthorisationRequired)
            #expect(ending.linkTimes == [.seconds(10)])
        }
    }

    @Test func `the link stays with a settlement that is weighed again`() {
        var driver = CaseDriver(story(.job))
        #expect(driver.run().settlement?.reauthLink == .test)
        driver.hear(.reauthorisationRequired, received: driver.now)
        let ending = driver.run()
        #expect(ending.settlement?.reauthLink == .test)
        #expect(ending.linkTimes.count == 1)
    }

    @Test func `a case that a worker left behind asks again`() {
        var story = Story(.flagged)
        story.rules.asksForLinks = true
        let at = moment(.seconds(-20))
        story.row?.lastSyncRequestedAt = at
        story.intent = Claim.PastIntent(at: at, hadData: true, answer: .reauthorise, jobID: "job-1")
        let ending = story.play()
        #expect(ending.outcome == .reauthorisationRequired)
        #expect(ending.calls.map(\.call) == [.reauthLink])
    }

    @Test func `what the trigger said is durable before the link is there`() {
        for way in [Way.trigger, .job] {
            var driver = CaseDriver(story(way))
            _ = driver.run()
            #expect(driver.subject.progress == .reauthorise)
        }
    }

    @Test func `an event that comes in one reading with the flag is weighed as well`() {
        var story = Story(.waiting)
        story.trigger = [.started(job: "job-1")]
        story.job = [.says(.processing)]
        var driver = CaseDriver(story)
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
        var settlement = Settlement(.reauthorisationRequired, "x")
        settlement.reauthLink = link
        dump(settlement, to: &dumped)
        let answer = CallResult.reauthLink(.success(link))
        for text in [dumped, "\(settlement)", String(reflecting: settlement), "\(link)", "\(answer)"] {
            #expect(!text.contains("canary"))
        }
    }
}
