import Reconciliation
import Testing

/// The customers' links at the scheduler: counted, paced and paid for like any call, and never at a sync's cost.
@Suite struct SchedulerLinkTests {
    /// Flagged accounts whose syncs fail again.
    private func night(_ count: Int) -> SchedulerNight {
        var night = SchedulerNight(SchedulerNight.claims(count, .flaggedWithoutData))
        night.rules.asksForLinks = true
        night.answer = Self.brokenLinks
        return night
    }

    private static func brokenLinks(_ asked: SchedulerNight.Asked) -> CallResult {
        switch asked.call {
        case .details: .details(.success(Details(status: .failed)))
        case .job: .job(.success(.failed))
        case .trigger, .reauthLink: SchedulerNight.goodMono(asked)
        }
    }

    @Test func `every confirmed case gets its link, and each call is counted`() {
        let ending = night(30).play()
        #expect(ending.violations == [])
        #expect(ending.outcomes == [.reauthorisationRequired: 30])
        #expect(ending.settlements.values.joined().allSatisfy { $0.reauthLink == .test })
        #expect(ending.counted.reauth == 30)
        #expect(ending.counted.total == ending.calls.count)
    }

    @Test(arguments: 0...25)
    func `the budget goes to syncs first, and what is known is never deferred`(budget: Int) {
        var night = night(5)
        night.budget = budget
        let ending = night.play()
        #expect(ending.violations == [])
        #expect(ending.calls.count <= budget)
        #expect(ending.reserved - ending.unspent == ending.calls.count)
        // A trigger, a job, the details: each sync that was begun had its result.
        #expect(ending.outcomes[.reauthorisationRequired, default: 0] == ending.counted.trigger)
        let links = ending.settlements.values.joined().count { $0.reauthLink != nil }
        #expect(links == ending.counted.reauth)
    }

    @Test func `with a call for each there is a link for each`() {
        var night = night(5)
        night.budget = 20
        let ending = night.play()
        #expect(ending.violations == [])
        #expect(ending.counted.reauth == 5)
        #expect(ending.unspent == 0)
    }

    @Test(arguments: Array(stride(from: 0, to: 4_000, by: 130)))
    func `a stop settles what is known, without its link`(millisecond: Int) throws {
        var night = night(15)
        night.happenings = [(.milliseconds(millisecond), .stop(.interrupted(signal: 15)))]
        let ending = night.play()
        #expect(ending.violations == [])
        let asked = Set(ending.calls.filter { $0.call == .reauthLink }.map(\.account))
        for id in asked { #expect(ending.outcome(id) == .reauthorisationRequired) }
    }

    @Test func `after a stop no link is asked for, whatever events say`() {
        var night = SchedulerNight(SchedulerNight.claims(5))
        night.rules.asksForLinks = true
        night.storeLatency = .milliseconds(400)
        night.happenings = [(.seconds(3), .stop(.interrupted(signal: 15)))]
        for account in SchedulerNight.accounts(5) {
            // Recorded while the settlements are on their way.
            night.happenings.append((.milliseconds(3_100), .event(account, .reauthorisationRequired)))
        }
        let ending = night.play()
        #expect(ending.violations == [])
        #expect(ending.refusals > 0)
        #expect(ending.outcomes == [.reauthorisationRequired: 5])
        #expect(ending.counted.reauth == 0)
    }

    @Test func `401 to a link is the key being refused, and the case is settled all the same`() {
        var night = night(15)
        night.answer = { asked in
            asked.call == .reauthLink ? .reauthLink(.failure(.failed(.keyRefused))) : Self.brokenLinks(asked)
        }
        let ending = night.play()
        #expect(ending.violations == [])
        #expect(ending.stop?.exitCode == 77)
        let asked = Set(ending.calls.filter { $0.call == .reauthLink }.map(\.account))
        #expect(!asked.isEmpty)
        for id in asked { #expect(ending.outcome(id) == .reauthorisationRequired) }
    }

    @Test(arguments: [ReadFailure.denied(status: 403), .denied(status: 402), .notFound, .rejected(status: 400)])
    func `a key that may not ask for links still runs the night`(failure: ReadFailure) {
        var night = night(30)
        night.answer = { asked in
            asked.call == .reauthLink ? .reauthLink(.failure(.failed(failure))) : Self.brokenLinks(asked)
        }
        let ending = night.play()
        #expect(ending.violations == [])
        #expect(ending.stop == nil)
        #expect(ending.outcomes == [.reauthorisationRequired: 30])
    }

    @Test func `Retry-After to a link holds everything`() {
        var night = night(5)
        night.answer = { asked in
            asked.call == .reauthLink
                ? .reauthLink(.failure(.failed(.tooManyRequests(retryAfter: .seconds(7))))) : Self.brokenLinks(asked)
        }
        let ending = night.play()
        #expect(ending.violations == [])
        #expect(!ending.holds.isEmpty)
        #expect(ending.outcomes == [.reauthorisationRequired: 5])
    }

    @Test func `a silent Mono is noticed by links as well`() {
        var night = night(40)
        night.limits = WorkerLimits(rate: 1, concurrency: 40)
        night.answer = { asked in
            asked.call == .reauthLink ? SchedulerNight.silentMono(asked) : Self.brokenLinks(asked)
        }
        let ending = night.play()
        #expect(ending.violations == [])
        #expect(ending.outcomes[.reauthorisationRequired, default: 0] > 0)
    }
}
