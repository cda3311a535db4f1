import Reconciliation
import Testing

/// 429 and `Retry-After` at the scheduler.
@Suite struct SchedulerHoldTests {
    /// Answers the calls that begin at a time within a second with 429.
    private func hold(from start: Duration, retryAfter: Duration) -> (SchedulerNight.Asked) -> CallResult {
        { asked in
            guard asked.at >= start, asked.at < start + .seconds(1) else { return SchedulerNight.goodMono(asked) }
            return switch asked.call {
            case .details: .details(.failure(.tooManyRequests(retryAfter: retryAfter)))
            case .job: .job(.failure(.tooManyRequests(retryAfter: retryAfter)))
            case .trigger: .trigger(.refused(.tooManyRequests(retryAfter: retryAfter)))
            case .reauthLink: .reauthLink(.failure(.failed(.tooManyRequests(retryAfter: retryAfter))))
            }
        }
    }

    @Test(arguments: [0.3, 1, 2, 3, 4.5])
    func `Retry-After stops all calls until its end, and nothing is lost by it`(start: Double) throws {
        var night = SchedulerNight(SchedulerNight.claims(20))
        night.answer = hold(from: .seconds(start), retryAfter: .seconds(30))
        let ending = night.play()
        #expect(ending.violations == [])
        let until = try #require(ending.holds.max())
        #expect(until >= .seconds(start + 30))
        #expect(ending.calls.contains { $0.at >= until })
        #expect(ending.outcomes == [.recovered: 20])
        // What was not taken left no intent: one trigger that counts, one intent that stands.
        #expect(ending.standing.count == 20)
    }

    @Test func `a Mono that answers nothing but 429 with Retry-After ends the run once a window has gone by`() throws {
        var night = SchedulerNight(SchedulerNight.claims(4, .waitingWithData))
        night.rules.window = .seconds(60)
        night.answer = { _ in .trigger(.refused(.tooManyRequests(retryAfter: .seconds(20)))) }
        let ending = night.play()
        #expect(ending.violations == [])
        #expect(ending.stop?.exitCode == 75)
        #expect(try #require(ending.finishedAt) < .seconds(70))
        #expect(ending.outcomes == [.deferred: 4])
    }

    @Test func `holds with answers between them go on for as long as it takes`() {
        var night = SchedulerNight(SchedulerNight.claims(6))
        night.rules.window = .seconds(60)
        night.limits = WorkerLimits(rate: 1, concurrency: 1)
        night.answer = { asked in
            asked.times == 0 && asked.call == .details && !asked.isTriggered
                ? .details(.failure(.tooManyRequests(retryAfter: .seconds(20)))) : SchedulerNight.goodMono(asked)
        }
        let ending = night.play()
        #expect(ending.violations == [])
        #expect(ending.stop == nil)
    }

    @Test func `the time of a hold does not count against the window`() {
        var night = SchedulerNight(SchedulerNight.claims(4, .waitingWithData))
        night.rules.window = .seconds(60)
        let good = hold(from: .seconds(2), retryAfter: .seconds(59))
        night.answer = { asked in
            guard case .job = asked.call, asked.at > .seconds(5) else { return good(asked) }
            // 80 s after the trigger, of which 59 were a hold.
            return .job(.success(asked.at < .seconds(80) ? .processing : .finished))
        }
        let ending = night.play()
        #expect(ending.violations == [])
        #expect(ending.outcomes == [.recovered: 4])
    }

    @Test func `a hold of other workers counts as well`() {
        var night = SchedulerNight(SchedulerNight.claims(4))
        night.othersHold = .seconds(20)
        let ending = night.play()
        #expect(ending.violations == [])
        #expect(ending.calls.allSatisfy { $0.at >= .seconds(20) })
        #expect(ending.outcomes == [.recovered: 4])
    }

    @Test(arguments: zip([60, 60.001], [nil, 75] as [Int?]))
    func `beyond the window Retry-After stops the run, and up to it not`(seconds: Double, code: Int?) {
        var night = SchedulerNight(SchedulerNight.claims(10))
        night.rules.window = .seconds(60)
        night.answer = hold(from: .zero, retryAfter: .seconds(seconds))
        let ending = night.play()
        #expect(ending.violations == [])
        #expect(ending.stop?.exitCode == code)
        #expect(ending.outcomes == (code == nil ? [.recovered: 10] : [.deferred: 10]))
    }

    @Test func `a trigger whose 429 stops the run leaves no intent`() {
        var night = SchedulerNight(SchedulerNight.claims(1, .waitingWithData))
        night.answer = hold(from: .zero, retryAfter: .seconds(3_600))
        let ending = night.play()
        #expect(ending.violations == [])
        #expect(ending.stop == .tryLater(.seconds(3_600)))
        #expect(ending.outcomes == [.deferred: 1])
        #expect(ending.standing == [])
    }

    @Test func `a 429 without Retry-After holds nobody`() {
        var night = SchedulerNight(SchedulerNight.claims(10))
        night.answer = { asked in
            guard asked.call == .details, asked.times == 0 else { return SchedulerNight.goodMono(asked) }
            return .details(.failure(.tooManyRequests(retryAfter: nil)))
        }
        let ending = night.play()
        #expect(ending.violations == [])
        #expect(ending.holds == [])
        #expect(ending.outcomes == [.recovered: 10])
    }
}
