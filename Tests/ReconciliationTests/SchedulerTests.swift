import Reconciliation
import Testing

/// A quiet night at one scheduler: pace, order, claims, and the end.
@Suite struct SchedulerTests {
    @Test func `every case is settled once, and the scheduler is finished once`() {
        let ending = SchedulerNight(SchedulerNight.claims(50)).play()
        #expect(ending.violations == [])
        #expect(ending.outcomes == [.recovered: 50])
        #expect(ending.settled == [.recovered: 50])
        #expect(ending.finishes == 1)
        // Two looks at the details and one at the job, and the trigger between them.
        #expect(ending.counted.details == 100)
        #expect(ending.counted.trigger == 50)
        #expect(ending.counted.job == 50)
    }

    @Test func `a night without cases is finished with the first claim`() {
        let ending = SchedulerNight([]).play()
        #expect(ending.violations == [])
        #expect(ending.finishes == 1)
        #expect(ending.claimTrips == 1)
        #expect(ending.calls == [])
        #expect(ending.writeTrips == 0)
    }

    @Test(arguments: [1.0, 4, 10, 25, 100])
    func `calls keep the rate and use it`(rate: Double) throws {
        var night = SchedulerNight(SchedulerNight.claims(Int(rate) * 5))
        night.limits = WorkerLimits(rate: rate, concurrency: max(32, Int(rate) * 4))
        let ending = night.play()
        #expect(ending.violations == [])
        let end = try #require(ending.finishedAt)
        // Four calls a case, and the seconds in which the last job is waited for.
        let ideal = Duration.seconds(Double(ending.calls.count) / rate)
        #expect(end < ideal * 1.25 + .seconds(8), "\(ending.calls.count) calls took \(end)")
    }

    @Test(arguments: [50, 70, 150, 400, 1_000], [1.0, 3, 10, 100])
    func `a slow database costs slots, but never the pace and never the night`(milliseconds: Int, rate: Double) {
        var night = SchedulerNight(SchedulerNight.claims(3))
        night.limits = WorkerLimits(rate: rate, concurrency: 32)
        night.storeLatency = .milliseconds(milliseconds)
        night.storeSpread = .milliseconds(milliseconds / 2)
        let ending = night.play()
        #expect(ending.violations == [])
        #expect(ending.outcomes == [.recovered: 3])
    }

    @Test(arguments: [1, 2, 5])
    func `never more calls are in flight than the concurrency allows`(concurrency: Int) {
        var night = SchedulerNight(SchedulerNight.claims(20))
        night.limits = WorkerLimits(rate: 50, concurrency: concurrency)
        night.callLatency = .seconds(2)
        let ending = night.play()
        #expect(ending.violations == [])
        #expect(ending.outcomes == [.recovered: 20])
    }

    @Test func `starts go before due looks as long as the looks still expected fit into one window`() {
        var night = SchedulerNight(SchedulerNight.claims(60, .waitingWithData))
        night.limits = WorkerLimits(rate: 4, concurrency: 32)
        let ending = night.play()
        #expect(ending.violations == [])
        #expect(ending.outcomes == [.recovered: 60])
        let scouts = ending.calls.filter { $0.call == .trigger }.prefix(3).map(\.account)
        let isLook = { (made: SchedulerEnding.MadeCall) in if case .job = made.call { true } else { false } }
        let others = ending.calls.filter { !scouts.contains($0.account) }
        #expect(others.lastIndex { $0.call == .trigger } == 56 && others.firstIndex(where: isLook) == 57)
        // What the scouts show decides where the other starts go.
        #expect(ending.calls.prefix(30).contains { scouts.contains($0.account) && isLook($0) })
    }

    @Test func `due looks go first where the looks still expected would not fit into one window`() {
        var night = SchedulerNight(SchedulerNight.claims(60, .waitingWithData))
        night.rules.window = .seconds(8)
        night.limits = WorkerLimits(rate: 4, concurrency: 32)
        let ending = night.play()
        #expect(ending.violations == [])
        #expect(ending.outcomes == [.recovered: 60])
        // Two looks a sync, four calls a second: no more than 16 syncs are under way before looks go first.
        var open: Set<AccountID> = []
        for call in ending.calls {
            if call.call == .trigger { open.insert(call.account) } else { open.remove(call.account) }
            #expect(open.count <= 20)
        }
    }

    @Test func `claims are refilled while cases wait for Mono`() {
        var night = SchedulerNight(SchedulerNight.claims(100, .waitingWithData))
        night.answer = { asked in
            // Every job takes a minute.
            guard case .job = asked.call else { return SchedulerNight.goodMono(asked) }
            return .job(.success(asked.at < .seconds(60) ? .processing : .finished))
        }
        let ending = night.play()
        #expect(ending.violations == [])
        #expect((5...200).contains(ending.claimTrips))
        // Were a claim made only when the scheduler is empty, the last trigger would come after the first job's end.
        #expect(ending.times(of: .trigger).allSatisfy { $0 < .seconds(60) })
    }

    @Test func `while another worker holds the rest, claims are repeated now and then and not all the time`() {
        var night = SchedulerNight(SchedulerNight.claims(3))
        night.othersHoldUntil = .seconds(60)
        let ending = night.play()
        #expect(ending.violations == [])
        #expect(ending.outcomes == [.recovered: 3])
        #expect((2...260).contains(ending.claimTrips), "\(ending.claimTrips) claims in a minute")
    }

    @Test func `a case that another worker took over is given up`() {
        var night = SchedulerNight(SchedulerNight.claims(5))
        night.happenings = SchedulerNight.accounts(1).map { (.seconds(1), .takeover($0)) }
        let ending = night.play()
        #expect(ending.violations == [])
        #expect(ending.outcomes == [.recovered: 4])
        #expect(ending.finishes == 1)
    }

    @Test func `a case that was taken over before its intent is given up as well`() {
        var night = SchedulerNight(SchedulerNight.claims(1))
        night.happenings = SchedulerNight.accounts(1).map { (.milliseconds(100), .takeover($0)) }
        let ending = night.play()
        #expect(ending.violations == [])
        #expect(ending.outcomes == [:])
        #expect(ending.finishes == 1)
    }

    @Test func `a case with an intent of an earlier owner is looked at and never triggered`() {
        var claims = SchedulerNight.claims(3, .waitingWithData)
        for index in claims.indices {
            claims[index].intent = Claim.PastIntent(
                at: moment(.seconds(-20)), hadData: true, answer: .started, jobID: "job-\(index)")
        }
        let ending = SchedulerNight(claims).play()
        #expect(ending.violations == [])
        #expect(ending.outcomes == [.recovered: 3])
        #expect(ending.counted.trigger == 0)
        #expect(ending.counted.job == 3)
    }

    @Test func `a trigger that finds no call in time loses its intent, and gets another`() {
        var night = SchedulerNight(SchedulerNight.claims(12, .waitingWithData))
        // Other workers hold everybody for 15 s just when the first intents are committed.
        night.othersHold = .seconds(15)
        night.limits = WorkerLimits(rate: 4, concurrency: 32)
        let ending = night.play()
        #expect(ending.violations == [])
        #expect(ending.outcomes == [.recovered: 12])
    }

    @Test(.timeLimit(.minutes(5))) func `ten thousand cases are settled once each`() {
        var night = SchedulerNight(SchedulerNight.claims(10_000))
        night.limits = WorkerLimits(rate: 200, concurrency: 800)
        let ending = night.play()
        #expect(ending.violations == [])
        #expect(ending.outcomes == [.recovered: 10_000])
        #expect(ending.counted.total == 40_000)
        // Set-based: writes and claims go with the time, not with the cases.
        #expect(ending.writeTrips < 2_000, "\(ending.writeTrips) writes")
        #expect(ending.claimTrips < 1_000, "\(ending.claimTrips) claims")
    }
}
