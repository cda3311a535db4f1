import Reconciliation
import TestTraits
import Testing

@testable import Reports

/// Reports are made from codes: no wording of a detail or of a step's free text changes what they decide.
@Suite(.processorBound)
struct RewordingTests {
    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `rewording all details and free texts of a night changes no byte of its reports`(seed: UInt64) {
        var dice = SplitMix64(seed: seed)
        let night = Self.night(&dice)
        let reworded = Self.reword(night, &dice)
        for (before, after) in zip(night.cases, reworded.cases) {
            #expect(Sentences(of: before) == Sentences(of: after))
        }
        #expect(Notice.all(of: night) == Notice.all(of: reworded))
        for profile in [CSVProfile.excel, .plain] {
            #expect(AccountsCSV.bytes(of: night, profile: profile) == AccountsCSV.bytes(of: reworded, profile: profile))
        }
        #expect(ReportPage.bytes(of: night) == ReportPage.bytes(of: reworded))
        #expect(SummaryJSON.bytes(of: night) == SummaryJSON.bytes(of: reworded))
        #expect(SummaryTable.text(of: night) == SummaryTable.text(of: reworded))
    }

    /// A night with causes of all kinds; every third one proves that Data Sync is off, if the steps are read right.
    private static func night(_ dice: inout SplitMix64) -> RunRecord {
        var night = RealisticNight.run(200)
        let isSilent = dice.next() % 3 == 0
        night.api = isSilent ? .dataSync : .realtime
        for index in night.cases.indices {
            night.cases[index].cause = Cause.allCases.randomElement(using: &dice)
            night.cases[index].detail = words(&dice)
            if isSilent {
                night.cases[index].steps = [
                    Step(seconds: 0.4, name: .intent, said: .code(.committed)),
                    Step(seconds: 0.9, name: .trigger, said: .code(.syncError)),
                    Step(seconds: 2, name: .event, said: .text(words(&dice))),
                ]
            }
        }
        return night
    }

    /// The same night in other words.
    private static func reword(_ night: RunRecord, _ dice: inout SplitMix64) -> RunRecord {
        var night = night
        for index in night.cases.indices {
            night.cases[index].detail = words(&dice)
            for place in night.cases[index].steps.indices {
                guard case .text = night.cases[index].steps[place].said else { continue }
                night.cases[index].steps[place].said = .text(words(&dice))
            }
        }
        return night
    }

    /// Words that look as if they meant something.
    private static func words(_ dice: inout SplitMix64) -> String {
        let words = [
            "its event came", "linked again", "re-authorised", "a moment ago", "mono.accounts", "was unlinked",
            "not tried tonight", "the budget of API calls", "cannot be re-authorised", "refuses the key", "SYNC_ERROR",
            "less than Mono's limit ago", "started", "committed", "resume", "too many requests", "interrupted",
        ]
        return (0...2).compactMap { _ in words.randomElement(using: &dice) }.joined(separator: ", then ")
    }
}
