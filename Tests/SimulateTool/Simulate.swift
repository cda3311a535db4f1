import ArgumentParser
import Reconciliation
import Simulation

@main
struct Simulate: ParsableCommand {
    @Option var seeds = 100
    @Option var from: UInt64 = 1
    @Option var bug: String?
    @Flag var trace = false
    @Flag var bugs = false

    func run() throws {
        if bugs {
            for one in SeededBug.allCases {
                var found: (UInt64, Violation)?
                for seed in from..<(from + UInt64(seeds)) {
                    let report = World(WorldOptions(seed: seed), bug: one).play()
                    if let first = report.violations.first {
                        found = (seed, first)
                        break
                    }
                }
                print(one.rawValue, found.map { "seed \($0.0): \($0.1)" } ?? "NOT FOUND")
            }
            return
        }
        var all = BlowCounts()
        let clock = ContinuousClock()
        let start = clock.now
        var events = 0, cases = 0, bad = 0
        for seed in from..<(from + UInt64(seeds)) {
            let report = World(WorldOptions(seed: seed), bug: bug.flatMap { SeededBug(rawValue: $0) }, trace: trace ? { print($0) } : nil).play()
            events += report.events
            cases += report.cases
            all.add(report.struck)
            if trace { print(report.digest) }
            if let first = report.violations.first {
                bad += 1
                print("seed \(seed): \(first)")
            }
        }
        print(seeds, "seeds", events, "events", cases, "cases", bad, "bad", clock.now - start)
    }
}
