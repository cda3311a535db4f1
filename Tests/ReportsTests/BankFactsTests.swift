import Reconciliation
import TestTraits
import Testing

@testable import Reports

/// A bank is called down on evidence, and not on a little less of it.
@Suite struct BankFactsTests {
    static let outages: [(failures: [Int], answers: [Int], others: [Int], since: Int?)] = [
        ([9, 4, 7], [], [], 4), ([4, 7], [], [], nil), ([4, 7, 9], [3], [], 4), ([4, 7, 9], [4], [], nil),
        ([4, 7, 9], [11], [], nil), ([], [1], [], nil),
        // Three in a row, and half of those tried.
        ([4, 7, 9], [], [5], nil), ([4, 7, 9], [1, 2, 3], [], 4), ([4, 7, 9], [0, 1, 2, 3], [], nil),
        ([4, 7, 9], [], [10, 11, 12], 4), ([4, 7, 9], [], [10, 11, 12, 13], nil),
    ]

    @Test(arguments: outages)
    func `a bank is down from its first failure on, if nothing came from it after`(
        failures: [Int], answers: [Int], others: [Int], since: Int?
    ) {
        for answer in [Outcome.recovered, .partial, .incompleteStatement, .alreadyAvailable] {
            let all =
                failures.enumerated().map { synced("f\($1)", $0 == 1 ? .providerFailed : .bankUnavailable, after: $1) }
                + answers.map { synced("a\($0)", answer, after: $0) }
                + others.map { synced("o\($0)", .reauthorisationRequired, after: $0) }
            let facts = BankFacts.all(of: run(all))[Array("GTBank".utf8)]
            #expect(facts?.downSince == since.map { runStart.advanced(by: .seconds($0)) })
            #expect(facts?.delivered == answers.count)
        }
    }

    @Test func `failures that only repeat another night, or that were put off, are none of tonight`() {
        let put = (4...9).map { carried("\($0)", .bankUnavailable, because: .budget, institution: "GTBank") }
        #expect(Tally(run(put)).banksDown.isEmpty)
        var repeated = (4...9).map { synced("\($0)", .bankUnavailable, after: $0) }
        for index in repeated.indices { repeated[index].isTried = false }
        #expect(Tally(run(repeated)).banksDown.isEmpty)
    }

    @Test func `an outage that began in an earlier night is told with its nights`() {
        var night = run((1...3).map { synced("\($0)", .bankUnavailable, after: $0) } + cases(1, .recovered))
        night.closing = ClosingFacts()
        // 27 Nov 02:20 in Lagos is one night before 28 Nov 03:00, and 28 Nov 11:59 is the same night.
        for (since, text) in [
            ("2026-03-09T01:20:00Z", "for 2 nights, since 9 Mar 02:20"), ("2026-03-10T01:59:00Z", "since 02:59"),
            ("2025-12-30T23:00:00Z", "for 70 nights, since 31 Dec 2025 00:00"),
        ] {
            night.closing?.failingSince = ["GTBank": at(since)]
            #expect(
                Headline.text(of: night)
                    == "1 of 4 accounts is back; GTBank has been down \(text) (3 accounts wait for it).")
            #expect(Tally(night).banksDown.map(\.since) == [at(since)])
        }
    }

    @Test(arguments: 1...200 as ClosedRange<UInt64>)
    func `no bank is called down that gave anything after its first failure`(seed: UInt64) {
        var dice = SplitMix64(seed: seed)
        let all = (0..<Int.random(in: 1...30, using: &dice)).map { number in
            var one = synced(
                "\(number)", Outcome.allCases.randomElement(using: &dice) ?? .partial,
                after: Int.random(in: 0...20, using: &dice), institution: Bool.random(using: &dice) ? "A" : "B")
            one.isTried = Int.random(in: 0...5, using: &dice) > 0
            return one
        }
        for down in Tally(run(all)).banksDown {
            let own = all.filter { $0.institution == down.name && $0.isTried }
            let failed = own.filter { $0.outcome == .bankUnavailable || $0.outcome == .providerFailed }
            let first = failed.compactMap(\.settledAt).min()
            #expect(failed.count >= 3 && failed.count * 2 >= own.count)
            #expect(
                !own.contains {
                    $0.outcome == .recovered && $0.settledAt.map { time in first.map { time >= $0 } ?? true } ?? true
                })
        }
    }
}
