import Testing

@testable import Reconciliation

/// Where and when a case looks at its sync, and what its looks show of the bank.
@Suite struct CaseLookTests {
    private static let plan = LookPlan(
        LookLaw.learned(history: LookTally(), tonight: LookTally()), window: .seconds(300), patience: .seconds(60))

    private func advice(prefersDetails: Bool = true, expectsEvent: Bool = false) -> LookAdvice {
        var advice = LookAdvice()
        advice.plan = Self.plan
        advice.detailsPlan = Self.plan
        advice.prefersDetails = prefersDetails
        advice.expectsEvent = expectsEvent
        return advice
    }

    /// A case of an account whose job runs since now; inspected before if it never had data.
    private func running(_ situation: Situation, _ advice: LookAdvice, inspected: DataStatus = .processing) -> Case {
        let account = SchedulerNight.accounts(1)[0]
        var one = Case(SchedulerNight.claim(account, situation), rules: Rules(api: .realtime), now: storyStart)
        one.follow(advice)
        if case .call(.details, _) = one.want {
            one.started(.details, at: storyStart)
            one.answered(
                details: .success(Details(status: inspected, institution: "Kuda")), chance: 0, at: storyStart)
            one.looks.sample = nil
        }
        var row = one.account ?? AccountState()
        row.lastSyncRequestedAt = storyStart
        one.intended(at: storyStart, account: row, now: storyStart)
        one.started(.trigger, at: storyStart)
        one.answered(trigger: .started(job: "job-1"), at: storyStart)
        return one
    }

    private func look(_ one: inout Case, _ status: DataStatus, at seconds: Int) {
        one.started(.details, at: moment(.seconds(seconds)))
        one.answered(details: .success(Details(status: status)), chance: 0, at: moment(.seconds(seconds)))
    }

    private func look(_ one: inout Case, job status: JobStatus, at seconds: Int) {
        one.started(.job("job-1"), at: moment(.seconds(seconds)))
        one.answered(job: .success(status), chance: 0, at: moment(.seconds(seconds)))
    }

    // MARK: When

    @Test func `looks go by the plan's table over the time since the trigger, and the last one by the window`() {
        var one = running(.waitingWithData, advice())
        var times: [Duration] = []
        while case .call(.job, let at) = one.want {
            times.append(at.since(storyStart))
            one.started(.job("job-1"), at: at)
            one.answered(job: .success(.processing), chance: 0, at: at)
        }
        #expect(times == Self.plan.looks)
        #expect(times.last == .seconds(300) && times.count > 1)
    }

    @Test func `where a hold moved the window's end, the last look goes along and none is made in a hurry`() {
        var one = running(.waitingWithData, advice())
        one.held(for: .seconds(100))
        var times: [Duration] = []
        while case .call(.job, let at) = one.want {
            times.append(at.since(storyStart))
            one.started(.job("job-1"), at: at)
            one.answered(job: .success(.processing), chance: 0, at: at)
        }
        #expect(times.last == .seconds(400))
        #expect(times.count <= Self.plan.looks.count + 1)
    }

    @Test(arguments: [true, false])
    func `where few looks may be made, one comes early in the window and one at its end`(hasPlan: Bool) throws {
        var few = advice()
        few.mostLooks = 2
        if !hasPlan { few.plan = nil }
        var one = running(.waitingWithData, few)
        var times: [Duration] = []
        while case .call(.job, let at) = one.want {
            times.append(at.since(storyStart))
            one.started(.job("job-1"), at: at)
            one.answered(job: .success(.processing), chance: 0, at: at)
        }
        #expect(times == [hasPlan ? try #require(Self.plan.looks.first) : .seconds(75), .seconds(300)])
    }

    // MARK: Where

    @Test func `found processing before, the data is looked for instead of the job, and settles the case`() {
        var one = running(.waiting, advice())
        guard case .call(.details, let at) = one.want else { return #expect(Bool(false), "\(one.want)") }
        look(&one, .processing, at: Int(at.since(storyStart).components.seconds) + 1)
        #expect(one.isRunning)
        look(&one, .available, at: 200)
        guard case .settlement(let settlement) = one.want else { return #expect(Bool(false), "\(one.want)") }
        #expect(settlement.outcome == .recovered && settlement.cause == .dataFetched)
    }

    @Test(arguments: [DataStatus.failed, .unavailable, .partial, .unknown("odd")])
    func `details that are neither data nor work in progress have the job asked`(status: DataStatus) {
        var one = running(.waiting, advice())
        look(&one, status, at: 20)
        #expect(one.want == .call(.job("job-1"), notBefore: moment(.seconds(20))))
        look(&one, job: .processing, at: 20)
        if case .call(.job, _) = one.want {} else { #expect(Bool(false), "\(one.want)") }
    }

    @Test func `the job failed: what the details showed just before is not asked for again`() {
        var one = running(.waiting, advice())
        look(&one, .unavailable, at: 20)
        look(&one, job: .failed, at: 21)
        #expect(one.want == .event(until: moment(.seconds(31))))
        one.elapsed(at: moment(.seconds(31)))
        guard case .settlement(let settlement) = one.want else { return #expect(Bool(false), "\(one.want)") }
        #expect(settlement.outcome == .bankUnavailable && settlement.cause == .syncFailedAtBank)
    }

    @Test func `the job finished after details that were not good: the data is looked at once more`() {
        var one = running(.waiting, advice())
        look(&one, .partial, at: 20)
        look(&one, job: .finished, at: 21)
        #expect(one.want == .call(.details, notBefore: moment(.seconds(21))))
    }

    @Test func `details that nobody saw processing before the trigger, or of data that was there, prove nothing`() {
        for one in [
            running(.waiting, advice(), inspected: .failed), running(.waitingWithData, advice()),
            running(.flaggedWithoutData, advice()), running(.waiting, advice(prefersDetails: false)),
        ] {
            if case .call(.job, _) = one.want {} else { #expect(Bool(false), "\(one.want)") }
        }
    }

    @Test(arguments: [JobStatus.processing, .failed])
    func `details that stay processing say nothing of a failure, so the last look is at the job`(status: JobStatus) {
        var one = running(.waiting, advice())
        var last = one.want
        while case .call(.details, let at) = last {
            look(&one, .processing, at: Int(at.since(storyStart).components.seconds) + 1)
            last = one.want
        }
        #expect(last == .call(.job("job-1"), notBefore: moment(.seconds(300))))
        look(&one, job: status, at: 300)
        guard status == .processing else { return #expect(one.want == .event(until: moment(.seconds(310)))) }
        #expect(one.looks.sample?.kind == .details)
        guard case .settlement(let settlement) = one.want else { return #expect(Bool(false), "\(one.want)") }
        #expect(settlement.outcome == .stillProcessing)
    }

    @Test func `a look at the details that was late is followed by one at the job`() {
        var one = running(.waiting, advice())
        look(&one, .processing, at: 301)
        #expect(one.want == .call(.job("job-1"), notBefore: moment(.seconds(301))))
    }

    @Test func `where events come, a success waits for its event before the data is looked at`() {
        var patient = running(.waiting, advice(prefersDetails: false, expectsEvent: true))
        look(&patient, job: .finished, at: 20)
        #expect(patient.want == .call(.details, notBefore: moment(.seconds(30))))
        var hasty = running(.waiting, advice(prefersDetails: false))
        look(&hasty, job: .finished, at: 20)
        #expect(hasty.want == .call(.details, notBefore: moment(.seconds(20))))
    }

    // MARK: What looks show

    @Test func `an end lies between the last look that saw it at work and the first that did not`() throws {
        var one = running(.waitingWithData, advice())
        look(&one, job: .processing, at: 10)
        #expect(one.looks.sample == nil)
        #expect(one.unfinishedCell == LookCell(processingAt: .seconds(10), endedAt: nil))
        look(&one, job: .finished, at: 20)
        let sample = try #require(one.looks.sample)
        #expect(sample.cell == LookCell(processingAt: .seconds(10), endedAt: .seconds(20)))
        #expect(sample.kind == .job && sample.isTold == false && sample.looks == 2)
        // 2, 5.2 and 10.3 s lie before the middle, and one sees the end.
        #expect(sample.plainLooks == 4)
    }

    @Test func `a sync at work when the window ends is a cell without an end`() throws {
        var one = running(.waitingWithData, advice())
        look(&one, job: .processing, at: 300)
        let sample = try #require(one.looks.sample)
        #expect(sample.cell == LookCell(processingAt: .seconds(300), endedAt: nil))
    }

    @Test func `details that are neither data nor work in progress are no end before the job says so`() throws {
        var one = running(.waiting, advice())
        look(&one, .processing, at: 10)
        look(&one, .partial, at: 20)
        #expect(one.looks.sample == nil)
        look(&one, job: .processing, at: 21)
        #expect(one.looks.sample == nil)
        #expect(one.unfinishedCell == LookCell(processingAt: .seconds(21), endedAt: nil))
        look(&one, job: .finished, at: 40)
        let sample = try #require(one.looks.sample)
        #expect(sample.cell == LookCell(processingAt: .seconds(21), endedAt: .seconds(40)))
        #expect(sample.kind == .details)
    }

    @Test func `an event tells the end to one step of the grid`() throws {
        var one = running(.waitingWithData, advice())
        let event = EventNote(
            key: "e", kind: .updated(status: .available, sync: .successful, job: "job-1"),
            receivedAt: moment(.seconds(17)))
        one.heard(News(account: one.account, events: [event]), at: moment(.seconds(40)))
        let sample = try #require(one.looks.sample)
        #expect(sample.cell == LookCell(toldAt: .seconds(17)))
        #expect(sample.isTold == true && sample.looks == 0 && sample.plainLooks == 3)
    }

    @Test func `an event that was waited for after a success is counted, and so is its absence`() throws {
        var told = running(.waiting, advice(prefersDetails: false, expectsEvent: true))
        look(&told, job: .finished, at: 20)
        #expect(told.looks.sample?.isTold == nil)
        var untold = told
        let event = EventNote(
            key: "e", kind: .updated(status: .available, sync: .successful, job: "job-1"),
            receivedAt: moment(.seconds(22)))
        told.heard(News(account: told.account, events: [event]), at: moment(.seconds(22)))
        #expect(told.looks.sample?.isTold == true)
        look(&untold, .available, at: 30)
        #expect(untold.looks.sample?.isTold == false)
    }

    @Test func `a sync that another worker sent, or that may not have reached Mono, teaches nothing`() {
        let account = SchedulerNight.accounts(1)[0]
        var claim = SchedulerNight.claim(account, .waitingWithData)
        claim.intent = Claim.PastIntent(
            at: moment(.seconds(-9)), hadData: true, answer: .started, jobID: "job-1")
        var taken = Case(claim, rules: Rules(api: .realtime), now: storyStart)
        look(&taken, job: .finished, at: 20)
        #expect(taken.looks.sample == nil)
    }

    @Test func `a details look at data-sync's outcome teaches when the data was there`() throws {
        let account = SchedulerNight.accounts(1)[0]
        var one = Case(
            SchedulerNight.claim(account, .flaggedWithoutData), rules: Rules(api: .dataSync), now: storyStart)
        one.follow(advice())
        one.intended(at: storyStart, account: one.account ?? AccountState(), now: storyStart)
        one.started(.trigger, at: storyStart)
        one.answered(trigger: .succeeded(job: nil), at: moment(.seconds(3)))
        look(&one, .processing, at: 3)
        #expect(one.looks.sample == nil)
        look(&one, .available, at: 30)
        let sample = try #require(one.looks.sample)
        #expect(sample.kind == .details)
        #expect(sample.cell == LookCell(processingAt: .seconds(3), endedAt: .seconds(30)))
    }

    // MARK: Inspections

    @Test func `an inspection may be skipped, but not by request`() {
        let account = SchedulerNight.accounts(1)[0]
        for (situation, skips) in [(Situation.waiting, true), (.requestedEmpty, false)] {
            let claim = SchedulerNight.claim(account, situation)
            let one = Case(claim, rules: Rules(api: .realtime), skipsInspection: true, now: storyStart)
            #expect(one.isReadyToTrigger == skips)
            var probe = Case(claim, rules: Rules(api: .realtime), now: storyStart)
            let hasSkipped = probe.skipInspection(at: storyStart)
            #expect(hasSkipped == skips && probe.isReadyToTrigger == skips)
        }
    }
}
