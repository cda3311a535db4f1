import Testing

@testable import Reconciliation

/// Laws of latency, learned from cells.
@Suite struct LearningLawTests {
    @Test func `the built-in law says what Mono says: half a second to five minutes`() {
        let law = LookLaw.builtIn
        #expect(law.chance(by: .milliseconds(400)) < 0.02)
        #expect(law.chance(by: .seconds(300)) > 0.9 && law.chance(by: .seconds(300)) < 0.96)
        #expect(law.toldChance == 0.5 && !law.hasShifted)
    }

    @Test(arguments: 1...20)
    func `a law rises from nothing to at most everything`(seed: UInt64) {
        var latencies = Latencies(seed: seed)
        var history = latencies.tally(Int(seed) * 5, median: 3 * Double(seed))
        history.cells[LookCell(from: 93, to: nil)] = Double(seed)
        history.cells[LookCell(from: 20, to: 20)] = 3
        history.cells[LookCell(from: -4, to: 5_000)] = 1
        let law = LookLaw.learned(history: history, tonight: latencies.tally(Int(seed), median: 20))
        #expect(law.chance(by: 0) == 0 && law.chance(by: LatencyGrid.edgeCount - 1) > 0.4)
        for edge in 1..<LatencyGrid.edgeCount { #expect(law.chance(by: edge) >= law.chance(by: edge - 1)) }
        #expect(law.chance(by: LatencyGrid.edgeCount - 1) <= 1 + 1e-9)
    }

    @Test func `many cases outweigh what was believed before`() throws {
        var latencies = Latencies(seed: 7)
        var tonight = latencies.tally(300, median: 20)
        tonight.cells[LookCell(from: 93, to: nil)] = 100
        let law = LookLaw.learned(history: LookTally(), tonight: tonight)
        let median = try #require(law.quantile(0.375)).inSeconds
        #expect((15..<26).contains(median))
        #expect((0.2...0.3).contains(1 - law.chance(by: .seconds(300))))
        #expect(law.quantile(0.9) == nil)
    }

    @Test func `a share and its time say the same`() throws {
        let law = LookLaw.builtIn
        for share in [0.1, 0.25, 0.5, 0.8] {
            let time = try #require(law.quantile(share))
            #expect(abs(law.chance(by: time) - share) < 1e-6)
        }
        #expect(law.quantile(0) == .zero && law.quantile(0.99) == nil)
        #expect(law.chance(by: .seconds(-3)) == 0)
        #expect(law.chance(by: .seconds(90_000)) == law.chance(by: LatencyGrid.edgeCount - 1))
    }

    @Test func `the same facts give the same bits, in whatever order they came`() {
        var latencies = Latencies(seed: 8)
        let history = latencies.tally(200, median: 11)
        let tonight = latencies.tally(80, median: 14)
        let law = LookLaw.learned(history: history, tonight: tonight)
        for _ in 0..<5 {
            var shuffled = LookTally()
            for (cell, count) in tonight.cells.shuffled(using: &latencies.dice) { shuffled.cells[cell] = count }
            #expect(LookLaw.learned(history: history, tonight: shuffled) == law)
        }
        // These bits are the same on every machine and in every build.
        #expect(law.chance(by: 60).bitPattern == 4_604_179_006_592_314_232)
    }

    @Test func `events that stopped coming are noticed within a night`() {
        var history = LookTally()
        history.told = 290
        history.untold = 10
        #expect(LookLaw.learned(history: history, tonight: LookTally()).toldChance > 0.9)
        var tonight = LookTally()
        tonight.untold = 40
        #expect(LookLaw.learned(history: history, tonight: tonight).toldChance < 0.35)
    }

    @Test(
        arguments: zip(
            [1, 2, 10, 0.001, 1e300, 0.7],
            [
                0, 0.6931471805599453, 2.302585092994046, -6.907755278982137,
                690.7755278982137, -0.35667494393873245,
            ]))
    func `the logarithm is the logarithm`(number: Double, expected: Double) {
        #expect(abs(logarithm(number) - expected) <= 1e-14 * max(1, abs(expected)))
    }

    @Test func `the logarithm of nothing is finite`() {
        #expect(logarithm(0) < -700 && logarithm(-1) < -700 && logarithm(.nan) < -700)
    }
}
