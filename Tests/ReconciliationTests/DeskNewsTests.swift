import Reconciliation
import Testing

/// What our own database tells a desk, at every moment of a case.
@Suite struct DeskNewsTests {
    private static let good = EventNote.Kind.updated(status: .available, sync: nil, job: nil)
    private static let account = DeskNight.accounts(1)

    private func night(_ situation: Situation, _ kind: EventNote.Kind, at time: Duration) -> DeskNight {
        var night = DeskNight(DeskNight.claims(1, situation))
        night.happenings = Self.account.map { (time, .event($0, kind)) }
        return night
    }

    @Test func `an event before the claim needs no call`() {
        let ending = night(.waiting, Self.good, at: .zero).play()
        #expect(ending.violations == [])
        #expect(ending.outcomes == [.alreadyAvailable: 1])
        #expect(ending.calls == [])
    }

    @Test func `an event while Mono works ends the wait without another call`() throws {
        var night = night(.waiting, Self.good, at: .seconds(30))
        night.answer = { asked in
            if case .job = asked.call { return .job(.success(.processing)) }
            return DeskNight.goodMono(asked)
        }
        let ending = night.play()
        #expect(ending.violations == [])
        #expect(ending.outcomes == [.recovered: 1])
        #expect(ending.calls.allSatisfy { $0.at < .seconds(30) })
        let end = try #require(ending.finishedAt)
        #expect(end < .seconds(31))
    }

    @Test func `a settlement that met a changed row is made again from the news`() {
        // The inspection says AVAILABLE; the bank asks for a new log-in just before that is written.
        var refusals = 0
        for millisecond in 180...320 {
            var night = night(.waiting, .reauthorisationRequired, at: .milliseconds(millisecond))
            night.answer = DeskNight.readyMono
            night.ledgerLatency = .milliseconds(50)
            let ending = night.play()
            #expect(ending.violations == [])
            refusals += ending.refusals
            if ending.refusals > 0 { #expect(ending.outcomes == [.reauthorisationRequired: 1]) }
        }
        #expect(refusals > 0)
    }

    @Test func `an intent that met a changed row is not followed by a trigger`() {
        var night = night(.waitingWithData, .unlinked, at: .milliseconds(30))
        night.ledgerLatency = .milliseconds(20)
        let ending = night.play()
        #expect(ending.violations == [])
        #expect(ending.counted.trigger == 0)
        #expect(ending.outcomes == [.accountNotFound: 1])
        #expect(ending.standing == [])
    }

    @Test(arguments: Array(stride(from: 1, to: 400, by: 9)))
    func `an event at any moment around the intent leaves one settlement and no orphaned intent`(millisecond: Int) {
        for latency in [8, 60, 200] {
            var night = night(.waitingWithData, Self.good, at: .milliseconds(millisecond))
            night.ledgerLatency = .milliseconds(latency)
            night.ledgerSpread = .milliseconds(latency / 2)
            let ending = night.play()
            #expect(ending.violations == [], "with \(latency) ms")
            // A trigger that did not leave leaves no intent.
            #expect(ending.standing.count == ending.counted.trigger, "with \(latency) ms")
            let expected: Outcome = ending.counted.trigger == 0 ? .alreadyAvailable : .recovered
            #expect(ending.outcomes == [expected: 1], "with \(latency) ms")
        }
    }

    @Test func `news that change nothing do not keep a case from its look`() {
        var night = DeskNight(DeskNight.claims(3, .waitingWithData))
        night.happenings = DeskNight.accounts(3).flatMap { account in
            (1...200).map { (.milliseconds(50 * $0), .event(account, .jobUpdate(job: "x", status: .processing))) }
        }
        let ending = night.play()
        #expect(ending.violations == [])
        #expect(ending.outcomes == [.recovered: 3])
        #expect(ending.calls.allSatisfy { $0.at < .seconds(4) })
    }
}
