import Reconciliation
import Testing

/// `--max-calls` at the scheduler: never one call more, and none wasted.
@Suite struct SchedulerBudgetTests {
    @Test(arguments: 0...25)
    func `never more calls are made than allowed`(budget: Int) {
        var night = SchedulerNight(SchedulerNight.claims(5))
        night.budget = budget
        let ending = night.play()
        #expect(ending.violations == [])
        #expect(ending.calls.count <= budget)
        #expect(ending.reserved - ending.unspent == ending.calls.count)
        #expect(ending.outcomes.values.reduce(0, +) == 5)
        #expect(ending.standing.count == ending.counted.trigger)
    }

    @Test func `a budget that is just enough settles everything`() {
        var night = SchedulerNight(SchedulerNight.claims(5))
        night.budget = 20
        let ending = night.play()
        #expect(ending.violations == [])
        #expect(ending.outcomes == [.recovered: 5])
        #expect(ending.calls.count == 20)
    }

    @Test func `without a budget left everything is deferred, and says why`() {
        var night = SchedulerNight(SchedulerNight.claims(30))
        night.budget = 0
        let ending = night.play()
        #expect(ending.violations == [])
        #expect(ending.outcomes == [.deferred: 30])
        #expect(ending.settlements.values.joined().allSatisfy { $0.detail.contains("budget") })
        #expect(ending.finishes == 1)
    }

    @Test(arguments: [1, 2, 3, 7])
    func `an answer that was paid for is used`(budget: Int) {
        var night = SchedulerNight(SchedulerNight.claims(10))
        night.budget = budget
        night.answer = SchedulerNight.readyMono
        let ending = night.play()
        #expect(ending.violations == [])
        #expect(ending.calls.count == budget)
        // Every call is answered "AVAILABLE": so many accounts are known to be well.
        #expect(ending.outcomes == [.alreadyAvailable: budget, .deferred: 10 - budget])
    }

    @Test func `no sync is begun whose result cannot be paid for`() {
        var night = SchedulerNight(SchedulerNight.claims(10, .waitingWithData))
        night.budget = 7
        let ending = night.play()
        #expect(ending.violations == [])
        // A trigger and a look each: three pairs, and one call is left over.
        #expect(ending.counted.trigger == 3)
        #expect(ending.outcomes == [.recovered: 3, .deferred: 7])
        #expect(ending.unspent <= 1)
    }

    @Test func `a trigger answered 404 when the budget is used up ends all the same`() {
        var claims = SchedulerNight.claims(1, .waitingWithData)
        claims += SchedulerNight.accounts(6).dropFirst().map { SchedulerNight.claim($0, .waiting) }
        var night = SchedulerNight(claims)
        night.limits = WorkerLimits(rate: 2, concurrency: 32)
        night.callLatency = .seconds(5)
        night.answer = { $0.call == .trigger ? .trigger(.refused(.notFound)) : SchedulerNight.readyMono($0) }
        for budget in 2...8 {
            night.budget = budget
            let ending = night.play()
            #expect(ending.violations == [], "with \(budget) calls")
        }
    }

    @Test func `an event still proves a sync whose looks are rationed`() throws {
        var night = SchedulerNight(SchedulerNight.claims(1, .waitingWithData))
        let account = try #require(SchedulerNight.accounts(1).first)
        night.budget = 3
        night.answer = { asked in
            if case .job = asked.call { return .job(.success(.processing)) }
            return SchedulerNight.goodMono(asked)
        }
        night.happenings = [
            (.seconds(60), .event(account, .updated(status: .available, sync: .successful, job: "job-\(account)")))
        ]
        let ending = night.play()
        #expect(ending.violations == [])
        // With no call to spare, the looks wait for the window's end, and the event is earlier.
        #expect(ending.outcomes == [.recovered: 1])
        #expect(ending.calls.count == 1)
    }

    @Test func `a large night on a small budget does not grow slow`() {
        var night = SchedulerNight(SchedulerNight.claims(3_000, .waitingWithData))
        night.limits = WorkerLimits(rate: 100, concurrency: 400)
        night.budget = 1_001
        night.answer = { asked in
            if case .job = asked.call { return .job(.success(.processing)) }
            return SchedulerNight.goodMono(asked)
        }
        let ending = night.play()
        #expect(ending.violations == [])
        #expect(ending.calls.count <= 1_001)
        #expect(ending.outcomes.values.reduce(0, +) == 3_000)
        #expect(Set(ending.outcomes.keys) == [.deferred, .stillProcessing])
    }
}
