import Ledger
import Postgres
import RunStoreConformance
import TestSupport
import Testing

@testable import Reconciliation

/// Random weeks on PostgreSQL, beside a model that knows nothing but the words of the rule.
@Suite struct RandomWeekTests {
    /// What the model believes of one account.
    private struct Known {
        var outcome: Outcome
        /// Days ago.
        var days = 0
        /// Days until it is tried again.
        var wait = 0
    }

    /// What a week goes on with.
    private enum Turn: CaseIterable {
        case goodNight, limited, budget, keyRefused, interrupted, byHand, events, dayPasses
    }

    /// The nights on which it is tried of whom this is known, as far as a week goes; the others on each.
    private static let tries: [Outcome: [Int]] = [
        .partial: [1, 4, 11, 25], .reauthorisationRequired: [1, 4, 11, 25], .accountNotFound: [1, 4, 11, 25],
        .providerFailed: [1, 2, 4, 8, 15, 22, 29],
    ]
    private static let accounts = (0..<6).map { "a-000\($0)" }
    private static let outcomes: [Outcome] = [
        .recovered, .partial, .reauthorisationRequired, .bankUnavailable, .providerFailed, .accountNotFound, .deferred,
        .errored, .stillProcessing,
    ]

    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func `nobody of whom something is known is missing, and nights are those since the first`(seed: UInt64) async throws
    {
        let fixture = try await LedgerFixture()
        try await fixture.stuck(Self.accounts.count)
        try await fixture.database.execute("update mono.accounts set institution = 'Bank'")
        var dice = SplitMix64(seed: seed)
        var known: [String: Known] = [:]
        var firstFailure: Int?
        for step in 0..<25 {
            let turn = Turn.allCases.randomElement(using: &dice) ?? .goodNight
            switch turn {
            case .dayPasses:
                try await fixture.database.letDayPass()
                for id in known.keys {
                    known[id]?.days += 1
                    known[id]?.wait -= 1
                }
                firstFailure = firstFailure.map { $0 + 1 }
            case .events:
                let id = Self.accounts.randomElement(using: &dice) ?? "a-0000"
                try await fixture.record("account_reauthorized", of: id, meta: #"{"ref":"\#(step)"}"#)
                // Signed in again: what was known is over, and the update is owed for an hour.
                known[id] = nil
                try await fixture.database.execute(
                    """
                    update mono.accounts set awaiting_update_since = now() - interval '1 hour'
                    where account_id = \(id)
                    """)
            case .byHand:
                let hand = try await ManualWorker(fixture, accounts: [Self.accounts[Int(dice.next() % 6)]])
                try await settle(hand, &known, &firstFailure, &dice)
                #expect(try await hand.ledger.close(hand.run) != nil)
            case .goodNight, .limited, .budget, .keyRefused, .interrupted:
                var options = RunOptions.test
                if turn == .limited { options.limit = 2 }
                if turn == .budget { options.maxCalls = 3 }
                let night = try await ManualWorker(fixture, options: options)
                switch turn {
                case .keyRefused:
                    try await night.ledger.deferRest(
                        Deferral(cause: .keyRefused, detail: "x", scope: .all), of: night.run)
                case .interrupted:
                    try await settle(night, &known, &firstFailure, &dice, most: 2)
                    try await night.ledger.deferRest(.test, of: night.run)
                case .goodNight, .limited, .budget, .byHand, .events, .dayPasses:
                    try await settle(night, &known, &firstFailure, &dice)
                }
                #expect(try await night.ledger.close(night.run) != nil)
                try await check(night, known, "seed \(seed), \(turn)")
            }
            let failing: Timestamp? = try await fixture.database.value(
                "select failing_since from mono.bank_health where bank = 'Bank'")
            #expect((failing != nil) == (firstFailure != nil), "seed \(seed), \(turn)")
            try await oweAgain(fixture)
        }
    }

    /// Settles some or all cases in hand at random, and tells the model.
    private func settle(
        _ hand: ManualWorker, _ known: inout [String: Known], _ firstFailure: inout Int?, _ dice: inout SplitMix64,
        most: Int = .max
    ) async throws {
        for id in hand.cases.keys.sorted().prefix(most).map(\.rawValue) {
            let outcome = Self.outcomes.randomElement(using: &dice) ?? .partial
            _ = try await hand.write(.settlement(Settlement(outcome, cause: .syncInDoubt, "x")), [id])
            if outcome.isDeliveryOfBank { firstFailure = nil }
            if outcome.isFailureOfBank { firstFailure = firstFailure ?? 0 }
            guard outcome.restsOnEvidence else { continue }
            if !outcome.isUnresolved {
                known[id] = nil
            } else if known[id]?.outcome != outcome {
                known[id] = Known(outcome: outcome)
            }
            let night = (known[id]?.days ?? 0) + 1
            known[id]?.wait = (Self.tries[outcome]?.first { $0 > night } ?? night) - night
        }
    }

    /// Whoever is healthy gets stuck again, for an hour.
    private func oweAgain(_ fixture: LedgerFixture) async throws {
        try await fixture.database.execute(
            """
            update mono.accounts set awaiting_update_since = now() - interval '1 hour', data_available = false
            where awaiting_update_since is null
            """)
    }

    private func check(_ night: ManualWorker, _ known: [String: Known], _ what: String) async throws {
        let record = try #require(try await night.ledger.reader.record(of: night.run.runID))
        let cases = Dictionary(uniqueKeysWithValues: record.cases.map { ($0.accountID, $0) })
        for (id, one) in known {
            guard let listed = cases[id] else {
                Issue.record("\(what): \(id) is missing")
                continue
            }
            #expect(listed.knownOutcome == one.outcome, "\(what): \(id)")
            #expect(listed.standing?.outcome == one.outcome, "\(what): \(id)")
            #expect(listed.nightsInARow == one.days + 1, "\(what): \(id)")
            #expect(listed.isTried || listed.isCoolingDown == (one.wait > 0), "\(what): \(id)")
        }
        for one in record.cases where known[one.accountID] == nil {
            #expect(one.standing == nil && one.nightsInARow == 1, "\(what): \(one.accountID)")
        }
        // Every selected account has one case; those that only carry what is known are no more than are known.
        #expect(record.cases.count { !$0.isTried && $0.standing == nil } <= record.selected, "\(what)")
    }
}
