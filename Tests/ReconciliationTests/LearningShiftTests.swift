import Testing

@testable import Reconciliation

/// Whether tonight's syncs follow another law than those of earlier nights.
@Suite struct LearningShiftTests {
    @Test func `one law for years hardly ever raises an alarm, in short nights and in long ones`() {
        var latencies = Latencies(seed: 21)
        var alarms = 0
        for round in 0..<60 {
            let median = 2 + Double(round)
            let history = latencies.tally(300, median: median)
            for cases in [8, 30, 100, 2_000] {
                let tonight = latencies.tally(cases, median: median)
                if LookLaw.learned(history: history, tonight: tonight).hasShifted { alarms += 1 }
            }
        }
        #expect(alarms <= 1)
    }

    @Test(arguments: [0.25, 4])
    func `a law that shifted is found within fifty cases`(factor: Double) {
        var latencies = Latencies(seed: 22)
        var (found, close) = (0, 0)
        for round in 0..<40 {
            let median = 8 + Double(round) / 2
            let history = latencies.tally(300, median: median)
            let tonight = latencies.tally(50, median: median * factor)
            let law = LookLaw.learned(history: history, tonight: tonight)
            if law.hasShifted { found += 1 }
            let half = law.quantile(0.5)?.inSeconds ?? 0
            if (0.7...1.4).contains(half / (median * factor)) { close += 1 }
        }
        #expect(found >= 39 && close >= 38)
    }

    @Test func `too few cases say nothing`() {
        var latencies = Latencies(seed: 23)
        let history = latencies.tally(300, median: 5)
        #expect(!LookLaw.learned(history: history, tonight: latencies.tally(7, median: 200)).hasShifted)
        #expect(LookLaw.learned(history: history, tonight: latencies.tally(9, median: 200)).hasShifted)
        let short = latencies.tally(10, median: 5)
        #expect(!LookLaw.learned(history: short, tonight: latencies.tally(50, median: 200)).hasShifted)
    }
}
