import Testing

@testable import Reconciliation

/// Facts of workers, nights and histories.
@Suite struct LearningTallyTests {
    @Test func `workers' tallies may be added in any order`() {
        var latencies = Latencies(seed: 1)
        let tallies = (0..<5).map { worker in
            var tally = latencies.tally(40, median: Double(3 + 5 * worker))
            (tally.told, tally.untold, tally.looks, tally.plainLooks) = (3, Double(worker), 90, 200)
            tally.inspections.add(isHit: worker % 2 == 0, isFirstNight: worker > 2)
            return tally
        }
        let sum = tallies.reduce(LookTally(), +)
        #expect(sum == tallies.reversed().reduce(LookTally(), +))
        #expect(sum.cases == 200 && sum.told == 15 && sum.untold == 10 && sum.looks == 450 && sum.plainLooks == 1_000)
        #expect(sum.inspections.firstHits == 1 && sum.inspections.firstMisses == 1)
        #expect(sum.inspections.laterHits == 2 && sum.inspections.laterMisses == 1)
        #expect(!sum.isEmpty && LookTally().isEmpty)
    }

    @Test func `a history stays within its bounds for two hundred nights`() {
        var latencies = Latencies(seed: 2)
        var history = LookTally()
        for night in 0..<200 {
            var tonight = latencies.tally(night % 7 * 40, median: 2 + Double(night % 50))
            (tonight.told, tonight.untold, tonight.looks) = (900, 300, 5_000)
            for _ in 0..<400 { tonight.inspections.add(isHit: false, isFirstNight: true) }
            history.fold(in: tonight)
            #expect(history.cases <= 300.001 && history.told + history.untold <= 300.001)
            #expect(history.inspections.firstMisses <= 300.001)
            #expect(history.cells.count < 200)
        }
        #expect(history.cases > 200 && history.told > history.untold * 2.9 && history.looks < 40_000)
    }

    @Test func `a night is worth no less than it was, as long as little is known`() {
        var latencies = Latencies(seed: 3)
        var history = LookTally()
        for _ in 0..<10 { history.fold(in: latencies.tally(20, median: 10)) }
        #expect(history.cases > 130)
    }

    @Test func `an old law is forgotten in one night, a steady one is not`() {
        var latencies = Latencies(seed: 4)
        var history = LookTally()
        for _ in 0..<5 { history.fold(in: latencies.tally(200, median: 5)) }
        var steady = history
        steady.fold(in: latencies.tally(60, median: 5))
        #expect(steady.cases > 250)
        history.fold(in: latencies.tally(60, median: 60))
        #expect((60..<70).contains(history.cases))
    }

    @Test func `an inspection's chance is one half at first, and counts either kind of night apart`() {
        var tally = InspectionTally()
        #expect(InspectionRule.chance(tally, isFirstNight: true) == 0.5)
        for _ in 0..<8 { tally.add(isHit: false, isFirstNight: false) }
        #expect(InspectionRule.chance(tally, isFirstNight: true) == 0.5)
        #expect(InspectionRule.chance(tally, isFirstNight: false) == 0.1)
        #expect(InspectionRule.pays(tally, isFirstNight: true, threshold: 0.32))
        #expect(!InspectionRule.pays(tally, isFirstNight: false, threshold: 0.32))
        #expect(InspectionRule.pays(tally, isFirstNight: false, threshold: 0.09))
        #expect(!InspectionRule.pays(tally, isFirstNight: false, threshold: 0.1))
        tally.add(isHit: true, isFirstNight: true)
        #expect(InspectionRule.chance(tally, isFirstNight: true) == 2.0 / 3)
    }
}
