import Simulation
import TestTraits
import Testing

/// Each planted bug is found: the judges see what they are there for.
@Suite(.processorBound)
struct PlantedBugTests {
    static let seedLimit: UInt64 = 500

    /// Where to begin, for those that take many seeds; a stale hint only takes longer.
    static let hints: [PlantedBug: UInt64] = [
        .jobsNotTold: 40, .limitForgotten: 40, .lockNotRetaken: 50, .limitFromIntent: 60, .handBackDefers: 60,
        .expiredIntentSent: 70, .intentNotFenced: 80, .lockAlone: 105, .standingIntentIsOurs: 445,
        .jobOfEarlierSync: 515, .eventDuringIntentIgnored: 2_055, .writesWithoutTime: 4_135,
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
