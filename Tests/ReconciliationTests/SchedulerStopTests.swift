import Reconciliation
import Testing

/// A run that ends early: what is open is deferred, and nothing is left in the dark.
@Suite struct SchedulerStopTests {
    @Test(arguments: Array(stride(from: 0, to: 4_000, by: 90)))
    func `whenever it is stopped, every case at the scheduler is settled at once`(millisecond: Int) throws {
        for latency in [8, 120, 400] {
            var night = SchedulerNight(SchedulerNight.claims(15))
            night.storeLatency = .milliseconds(latency)
            night.happenings = [(.milliseconds(millisecond), .stop(.interrupted(signal: 15)))]
            let ending = night.play()
            #expect(ending.violations == [], "with \(latency) ms")
            #expect(ending.stop == .interrupted(signal: 15))
            // An intent stands exactly where a trigger may have reached Mono.
            let triggered = Set(ending.calls.filter { $0.call == .trigger }.map(\.account))
            #expect(ending.standing == triggered, "with \(latency) ms")
            let end = try #require(ending.finishedAt)
            #expect(end < .milliseconds(millisecond + 5 * latency + 100), "with \(latency) ms")
        }
    }

    @Test(arguments: Array(stride(from: 0, to: 4_000, by: 90)))
    func `whenever it hands back, what is known is written and the rest left as it is`(millisecond: Int) throws {
        for latency in [8, 120, 400] {
            var night = SchedulerNight(SchedulerNight.claims(15))
            night.storeLatency = .milliseconds(latency)
            night.happenings = [(.milliseconds(millisecond), .handBack(.interrupted(signal: 15)))]
            let ending = night.play()
            #expect(ending.violations == [], "with \(latency) ms")
            #expect(ending.outcomes[.deferred] == nil, "with \(latency) ms")
            // An intent whose trigger has not left is taken back, so that a successor may trigger at once.
            let triggered = Set(ending.calls.filter { $0.call == .trigger }.map(\.account))
            #expect(ending.standing == triggered, "with \(latency) ms")
            #expect(ending.calls.allSatisfy { $0.at <= .milliseconds(millisecond) })
            let end = try #require(ending.finishedAt)
            #expect(end < .milliseconds(millisecond + 5 * latency + 100), "with \(latency) ms")
        }
    }

    @Test func `no call leaves after a stop, and those under way are given up`() {
        var night = SchedulerNight(SchedulerNight.claims(15))
        night.callLatency = .seconds(60)
        night.happenings = [(.seconds(1), .stop(.interrupted(signal: 2)))]
        let ending = night.play()
        #expect(ending.violations == [])
        #expect(ending.calls.allSatisfy { $0.at <= .seconds(1) })
        #expect(ending.cancellations == 1)
        #expect(ending.outcomes == [.deferred: 15])
    }

    @Test func `a second stop changes nothing`() {
        var night = SchedulerNight(SchedulerNight.claims(15))
        night.happenings = [
            (.seconds(1), .stop(.interrupted(signal: 2))), (.seconds(1), .stop(.keyRefused("later"))),
        ]
        let ending = night.play()
        #expect(ending.violations == [])
        #expect(ending.stop == .interrupted(signal: 2))
    }

    @Test func `401 to a look stops the run`() {
        var night = SchedulerNight(SchedulerNight.claims(15))
        night.answer = { _ in .details(.failure(.keyRefused)) }
        let ending = night.play()
        #expect(ending.violations == [])
        #expect(ending.stop?.exitCode == 77)
        #expect(ending.outcomes == [.deferred: 15])
    }

    @Test func `401 to a trigger stops the run and leaves no intent of that account`() throws {
        var night = SchedulerNight(SchedulerNight.claims(1, .waitingWithData))
        night.answer = { _ in .trigger(.refused(.keyRefused)) }
        let ending = night.play()
        #expect(ending.violations == [])
        #expect(ending.stop?.exitCode == 77)
        #expect(ending.outcomes == [.deferred: 1])
        #expect(ending.standing == [])
        let settlement = try #require(ending.settlements.values.first?.first)
        #expect(settlement.nextAttemptAt == nil)
    }

    @Test func `twenty accounts that Mono does not know, and no witness, stop the run, and none is called unknown`() {
        var night = SchedulerNight(SchedulerNight.claims(60))
        night.witnesses = Array(SchedulerNight.accounts(62).suffix(2))
        night.answer = { _ in .details(.failure(.notFound)) }
        let ending = night.play()
        #expect(ending.violations == [])
        #expect(ending.stop?.exitCode == 77)
        #expect(ending.outcomes.keys.sorted { $0.rawValue < $1.rawValue } == [.deferred])
        #expect((22...27).contains(ending.calls.count))
        #expect(ending.calls.suffix(2).map(\.account) == night.witnesses)
    }

    @Test func `a witness that Mono knows clears the key, and costs one call`() {
        let witness = SchedulerNight.accounts(61)[60]
        var night = SchedulerNight(SchedulerNight.claims(40))
        night.witnesses = [witness, SchedulerNight.accounts(62)[61]]
        night.answer = { asked in
            asked.account == witness ? SchedulerNight.readyMono(asked) : .details(.failure(.notFound))
        }
        let ending = night.play()
        #expect(ending.violations == [])
        #expect(ending.stop == nil)
        #expect(ending.outcomes == [.accountNotFound: 40])
        #expect(ending.calls.count == 41)
    }

    @Test func `a witness that brings no answer is asked five times, and then Mono is to blame and not the key`() {
        let witness = SchedulerNight.accounts(61)[60]
        var night = SchedulerNight(SchedulerNight.claims(40))
        night.witnesses = [witness]
        night.answer = { asked in
            .details(.failure(asked.account == witness ? .server(status: 502) : .notFound))
        }
        let ending = night.play()
        #expect(ending.violations == [])
        #expect(ending.stop?.exitCode == 69)
        #expect(ending.outcomes == [.deferred: 40])
        #expect(ending.calls.count { $0.account == witness } == 5)
    }

    @Test func `while another worker asks the witness nothing else is asked, until that worker tells`() {
        var night = SchedulerNight(SchedulerNight.claims(60))
        night.witnesses = nil
        night.answer = { _ in .details(.failure(.notFound)) }
        night.happenings = [(.seconds(60), .evidence(AnswerEvidence(fineAt: storyStart)))]
        let ending = night.play()
        #expect(ending.violations == [])
        #expect(ending.outcomes == [.accountNotFound: 60])
        #expect(ending.calls.count { $0.at > .seconds(5) && $0.at < .seconds(60) } == 0)
    }

    @Test func `a witness that cannot be paid for does not speak for the key`() {
        var night = SchedulerNight(SchedulerNight.claims(60))
        night.budget = 20
        night.answer = { _ in .details(.failure(.notFound)) }
        let ending = night.play()
        #expect(ending.violations == [])
        #expect(ending.stop?.exitCode == 77)
        #expect(ending.outcomes == [.deferred: 60])
    }

    @Test func `good answers of other workers keep twenty dead accounts at the tail from stopping the run`() {
        var night = SchedulerNight(SchedulerNight.claims(30))
        night.happenings = [(.zero, .evidence(AnswerEvidence(fineAt: storyStart)))]
        night.answer = { _ in .details(.failure(.notFound)) }
        let ending = night.play()
        #expect(ending.violations == [])
        #expect(ending.outcomes == [.accountNotFound: 30])
        #expect(ending.calls.count == 30)
    }

    @Test func `a process that cannot reach Mono leaves the run to those that can`() {
        var night = SchedulerNight(SchedulerNight.claims(30))
        night.answer = SchedulerNight.silentMono
        night.happenings = [(.zero, .evidence(AnswerEvidence(answeredAt: storyStart)))]
        let ending = night.play()
        #expect(ending.stop?.exitCode == 69)
        #expect(ending.outcomes[.deferred] == nil)
    }

    @Test(arguments: [1, 19])
    func `unknown accounts and then a known one are settled as what they are`(unknown: Int) {
        let known = Set(SchedulerNight.accounts(unknown + 1).suffix(1))
        var night = SchedulerNight(SchedulerNight.claims(unknown + 1))
        night.answer = { asked in
            known.contains(asked.account) ? SchedulerNight.readyMono(asked) : .details(.failure(.notFound))
        }
        let ending = night.play()
        #expect(ending.violations == [])
        #expect(ending.stop == nil)
        #expect(ending.outcomes == [.accountNotFound: unknown, .alreadyAvailable: 1])
    }

    @Test func `nineteen unknown accounts and nothing else are believed at the end`() {
        var night = SchedulerNight(SchedulerNight.claims(19))
        night.answer = { _ in .details(.failure(.notFound)) }
        let ending = night.play()
        #expect(ending.violations == [])
        #expect(ending.stop == nil)
        #expect(ending.outcomes == [.accountNotFound: 19])
    }

    @Test func `unknown accounts are believed although another worker still holds open cases`() throws {
        var night = SchedulerNight(SchedulerNight.claims(5))
        night.answer = { _ in .details(.failure(.notFound)) }
        // As when the other one waits for this one in the same way.
        night.othersHoldUntil = .seconds(7_200)
        night.happenings = [(.seconds(3_600), .stop(.interrupted(signal: 15)))]
        let ending = night.play()
        #expect(ending.outcomes == [.accountNotFound: 5])
    }

    @Test(arguments: [402, 403])
    func `three denied accounts in a row stop the run and leave no intent`(status: Int) {
        var night = SchedulerNight(SchedulerNight.claims(10, .waitingWithData))
        night.answer = { _ in .trigger(.refused(.denied(status: status))) }
        let ending = night.play()
        #expect(ending.violations == [])
        #expect(ending.stop?.exitCode == 77)
        #expect(ending.outcomes.keys.sorted { $0.rawValue < $1.rawValue } == [.deferred])
        // Those that Mono denied had no sync; what was under way besides is in doubt.
        #expect(ending.standing.count <= ending.counted.trigger - 3)
    }

    @Test func `denied accounts with others between them are errored one by one`() {
        let denied = Set(SchedulerNight.accounts(20).enumerated().filter { $0.offset % 3 != 0 }.map(\.element))
        var night = SchedulerNight(SchedulerNight.claims(20))
        night.limits = WorkerLimits(rate: 10, concurrency: 1)
        night.answer = { asked in
            denied.contains(asked.account) ? .details(.failure(.denied(status: 403))) : SchedulerNight.readyMono(asked)
        }
        let ending = night.play()
        #expect(ending.violations == [])
        #expect(ending.stop == nil)
        #expect(ending.outcomes == [.errored: 13, .alreadyAvailable: 7])
    }

    @Test func `five first calls without any answer stop the run`() {
        var night = SchedulerNight(SchedulerNight.claims(15))
        night.answer = SchedulerNight.silentMono
        let ending = night.play()
        #expect(ending.violations == [])
        #expect(ending.stop?.exitCode == 69)
        #expect(ending.outcomes == [.deferred: 15])
        #expect(ending.calls.count < 10)
    }

    @Test func `one answer among the first calls keeps the run going`() {
        var night = SchedulerNight(SchedulerNight.claims(4))
        let first = Set(SchedulerNight.accounts(1))
        night.answer = { asked in
            asked.at < .seconds(2) && !first.contains(asked.account)
                ? SchedulerNight.silentMono(asked) : SchedulerNight.goodMono(asked)
        }
        let ending = night.play()
        #expect(ending.violations == [])
        #expect(ending.stop == nil)
        #expect(ending.outcomes == [.recovered: 4])
    }
}
