import Simulation
import TestTraits
import Testing

/// Each planted bug is found: the judges see what they are there for.
@Suite(.processorBound)
struct PlantedBugTests {
    static let seedLimit: UInt64 = 500

    /// Where to begin, for those that take many seeds; a stale hint only takes longer.
    static let hints: [PlantedBug: UInt64] = [
        .lostClaimForgotten: 30, .handBackDefers: 30, .withdrawalWithoutFence: 30, .lockAlone: 40, .jobsNotKept: 50,
        .jobOfEarlierSync: 60, .limitForgotten: 150, .noRereadAtClaim: 20, .addressNotCompared: 80,
        .limitGoesWithRow: 85, .restartKills: 90, .missedNewsNotRead: 100, .closeWhileOpen: 50,
        .deferRestDefersLive: 120, .lockNotRetaken: 410, .intentNotFenced: 140, .standingIntentIsOurs: 140,
        .stopNotShared: 140, .limitFromIntent: 260, .eventDuringIntentIgnored: 300, .clockNotHeeded: 1_440,
        .writesWithoutTime: 1_630, .witnessNotAsked: 970,
    ]

    @Test(arguments: PlantedBug.allCases)
    func `every planted bug is found`(bug: PlantedBug) async {
        let first = Self.hints[bug] ?? 1
        var found = false
        for seed in first..<first + Self.seedLimit where !found {
            // Leaves room for tests that wait for something.
            await Task.yield()
            found = !World(WorldOptions(seed: seed), bug: bug).play().violations.isEmpty
        }
        #expect(found, "\(bug.summary): not found in \(Self.seedLimit) seeds from \(first)")
    }

    @Test func `every bug has a name and a summary of its own`() {
        #expect(PlantedBug.allCases.count >= 20)
        #expect(Set(PlantedBug.allCases.map(\.summary)).count == PlantedBug.allCases.count)
    }
}
