import Simulation
import TestTraits
import Testing

/// The program as it is breaks no invariant; `make simulate` plays many more seeds.
@Suite(.processorBound)
struct CleanWorldTests {
    @Test(arguments: 0..<24)
    func `no invariant is broken in any world`(block: Int) {
        for seed in UInt64(block * 10)..<UInt64(block * 10 + 10) {
            let report = World(WorldOptions(seed: seed)).play()
            if let first = report.violations.first {
                Issue.record("\(first); replay: simulate --from \(seed) --seeds 1 --trace")
            }
            #expect(report.cases > 0 || report.processes > 0)
        }
    }

    @Test(arguments: [UInt64(1_095), 1_674, 2_215])
    func `a bank is paused while settlements wait for news of the key, and the process ends`(seed: UInt64) {
        #expect(World(WorldOptions(seed: seed)).play().violations.map(\.description) == [])
    }

    @Test(arguments: [UInt64(141), 875, 905, 3_124])
    func `scouts, paused banks and samples of syncs are what they should be`(seed: UInt64) {
        #expect(World(WorldOptions(seed: seed)).play().violations.map(\.description) == [])
    }

    @Test func `a small year goes by without a broken invariant`() {
        let options = WorldOptions.year(seed: 7, accounts: 40, nights: 20, workers: 3, stuck: 0.3)
        let report = World(options).play()
        #expect(report.violations.map(\.description) == [])
        #expect(report.cases > 100)
    }

    @Test func `workers crash at more than four of five named points`() {
        var struck = FaultCounts()
        for seed in UInt64(0)..<60 { struck.add(World(WorldOptions(seed: seed)).play().struck) }
        let hit = FaultCounts.crashes.filter { struck.counts[$0] != nil }
        #expect(hit.count * 5 > FaultCounts.crashes.count * 4, "\(hit)")
    }
}
