import Simulation
import TestTraits
import Testing

/// One seed is one world, event by event.
@Suite(.processorBound)
struct ReplayTests {
    private func trace(_ seed: UInt64, bug: PlantedBug? = nil) -> (lines: [String], digest: UInt64) {
        var lines: [String] = []
        let report = World(WorldOptions(seed: seed), bug: bug) { lines.append($0) }.play()
        return (lines, report.digest)
    }

    @Test(arguments: [3, 11, 12, 29] as [UInt64])
    func `the same seed gives the same lines`(seed: UInt64) {
        let first = trace(seed)
        let second = trace(seed)
        #expect(first.lines.count > 10)
        #expect(first.lines == second.lines)
        #expect(first.digest == second.digest)
    }

    @Test func `listening changes nothing`() {
        let silent = World(WorldOptions(seed: 12)).play()
        #expect(silent.digest == trace(12).digest)
    }

    @Test func `another seed gives another world`() {
        #expect(trace(1).digest != trace(2).digest)
    }

    @Test func `a planted bug changes the world of its seed`() {
        #expect(trace(1, bug: .intentAfterTrigger).lines != trace(1).lines)
    }
}
