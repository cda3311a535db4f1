import Simulation
import TestTraits
import Testing

/// Each planted bug is found: the judges see what they are there for.
@Suite(.processorBound)
struct PlantedBugTests {
    static let seedLimit: UInt64 = 500

    /// Where to begin, for those that take many seeds; a stale hint only takes longer.
    static let hints: [PlantedBug: UInt64] = [
        .holdNotShared: 61, .stopNotShared: 83, .handBackDefers: 49, .lostClaimForgotten: 54, .lockNotRetaken: 63,
        .eventDuringIntentIgnored: 1_560, .missedNewsNotRead: 219, .noRereadAtClaim: 94, .limitFromIntent: 170,
        .jobOfEarlierSync: 107, .jobsNotTold: 42, .standingIntentIsOurs: 1_661, .intentNotFenced: 500, .lockAlone: 34,
        .withdrawalWithoutFence: 62, .closeWhileOpen: 129, .deferRestDefersLive: 83, .slotsNotShared: 19,
        .writesWithoutTime: 1_010, .restartKills: 96, .witnessNotAsked: 1_857, .clockNotHeeded: 1_288,
        .limitGoesWithRow: 90, .addressNotCompared: 44, .standingForgotten: 20, .probeGrantedTwice: 19,
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
