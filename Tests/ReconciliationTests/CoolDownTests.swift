import Testing

@testable import Reconciliation

/// When an account is tried again of which something is known.
@Suite struct CoolDownTests {
    @Test(arguments: [
        (Outcome.reauthorisationRequired, [1, 4, 11, 25, 53, 81, 109, 137]),
        (.partial, [1, 4, 11, 25, 53, 81, 109, 137]),
        (.accountNotFound, [1, 4, 11, 25, 53, 81, 109, 137]), (.providerFailed, [1, 2, 4, 8, 15, 22, 29, 36]),
    ])
    func `the tries are rarer and rarer, and never end`(outcome: Outcome, expected: [Int]) throws {
        let rule = try #require(CoolDown(of: outcome))
        var nights = [1]
        while nights.count < expected.count { nights.append(rule.next(after: nights[nights.count - 1])) }
        #expect(nights == expected)
        // A night that was lost or forced in between moves none of them.
        for night in 1..<137 {
            #expect(expected.first { $0 > night } ?? rule.next(after: night) == rule.next(after: night))
        }
    }

    @Test func `what time, a bank or an engineer mends is tried every night`() {
        for outcome in Outcome.allCases where CoolDown(of: outcome) == nil {
            let standing = Standing(outcome: outcome, cause: nil, since: Timestamp(microseconds: 0))
            #expect(CoolDown.end(of: standing, foundBy: Timestamp(microseconds: 0), in: .lagos) == nil)
        }
        #expect(Outcome.allCases.filter { CoolDown(of: $0) != nil }.count == 4)
    }

    @Test(arguments: [(0, 3), (1, 2), (2, 1), (3, 7), (9, 1), (10, 14), (52, 28), (53, 27)])
    func `it ends six hours before the hour of the run that found it, on the night of the next try`(
        nightsBefore: Int64, days: Int64
    ) {
        let start = Timestamp(microseconds: 1_800_000_000_000_000)
        let standing = Standing(
            outcome: .partial, cause: nil, since: start.advanced(by: .seconds(-86_400 * nightsBefore)))
        let end = CoolDown.end(of: standing, foundBy: start, in: .lagos)
        #expect(end == start.advanced(by: .seconds(days * 86_400 - 6 * 3_600)))
    }
}
