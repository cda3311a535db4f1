@testable import Reconciliation

/// Latencies drawn from a law, and the cells that looks make of them.
struct Latencies {
    var dice: SplitMix64

    init(seed: UInt64) { dice = SplitMix64(seed: seed) }

    /// A number in 0..<1.
    mutating func share() -> Double { Double(dice.next() >> 11) / Double(1 << 53) }

    /// Around `median` seconds, from a fifth of it to five times it: the product of four even draws.
    mutating func latency(median: Double) -> Duration {
        var latency = median
        for _ in 0..<4 { latency *= 0.67 + 0.66 * share() + 0.1 * share() }
        return .seconds(latency)
    }

    /// What the plain schedule sees of so many syncs.
    mutating func tally(_ cases: Int, median: Double) -> LookTally {
        var tally = LookTally()
        for _ in 0..<cases { tally.add(cell(latency(median: median))) }
        return tally
    }

    /// A law that lives on the first edges of the grid, with gaps.
    mutating func smallLaw(edges: Int, toldChance: Double) -> LookLaw {
        var shares = [0.0]
        for edge in 1..<LatencyGrid.edgeCount { shares.append(edge <= edges && share() < 0.6 ? share() : 0) }
        let sum = shares.reduce(0.1, +) * (1 + share() / 4)
        var ended = 0.0
        let sums = shares.map { share in
            ended += share / sum
            return ended
        }
        return LookLaw(sums, toldChance: toldChance, hasShifted: false)
    }

    private func cell(_ latency: Duration) -> LookCell {
        let schedule = PollSchedule()
        var (processing, look, looks) = (Duration.zero, schedule.first, 1)
        while look < latency {
            processing = look
            look += schedule.delay(afterLooks: looks)
            looks += 1
        }
        return LookCell(from: LatencyGrid.lastEdge(atMost: processing), to: LatencyGrid.firstEdge(atLeast: look))
    }
}

extension LookLaw {
    /// What is known where nothing was seen.
    static var builtIn: Self { learned(history: LookTally(), tonight: LookTally()) }

    /// Everything ends about this edge, give or take two, and no event tells of it.
    static func near(_ edge: Int) -> Self {
        var tally = LookTally()
        tally.cells[LookCell(from: edge - 1, to: edge)] = 100_000
        tally.untold = 100_000
        return learned(history: LookTally(), tonight: tally)
    }
}
