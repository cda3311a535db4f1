import Reconciliation

/// A night as it may come to a business with accounts at Nigeria's larger banks; the same for the same number.
struct RealisticNight {
    private static let banks = [
        "GTBank", "Access Bank", "Zenith Bank", "United Bank for Africa", "First Bank of Nigeria", "Kuda Bank", "Opay",
        "Fidelity Bank", "Union Bank of Nigeria", "Stanbic IBTC Bank", "Wema Bank", "Sterling Bank", "Ecobank Nigeria",
        "First City Monument Bank", "Moniepoint MFB", "PalmPay",
    ]
    /// Outcomes with how many of a hundred accounts have them.
    private static let outcomes: [(Outcome, Int)] = [
        (.recovered, 49), (.alreadyAvailable, 14), (.reauthorisationRequired, 13), (.bankUnavailable, 8),
        (.partial, 4), (.stillProcessing, 3), (.providerFailed, 3), (.deferred, 2), (.incompleteStatement, 2),
        (.accountNotFound, 1), (.errored, 1),
    ]

    private var dice = SplitMix64(seed: 20_260_310)
    private let startedAt = Timestamp(microseconds: 1_773_104_400_000_000)

    /// A nightly run of so many accounts, 2026-03-10T01:00:00Z.
    static func run(_ count: Int) -> RunRecord {
        var night = Self()
        var run = RunRecord(runID: 42, kind: .nightly, startedAt: night.startedAt)
        run.finishedAt = night.startedAt.advanced(by: .milliseconds(342_000 + count * 100))
        run.workers = 2
        run.api = .realtime
        run.cases = (0..<count).map { _ in night.oneCase(spread: Double(count) / 10 + 5) }
        run.calls.details = run.cases.count
        run.calls.trigger = run.cases.count { $0.syncIntendedAt != nil }
        run.calls.job = run.cases.reduce(0) { $0 + $1.polls }
        run.lastEventAt = run.finishedAt
        run.exitCode = 1
        var closing = ClosingFacts()
        closing.syncsThatBroughtData = run.calls.trigger / 2
        closing.syncsFollowedByEvent = run.calls.trigger / 3
        var previous = PreviousNight(runID: 41, startedAt: night.startedAt.advanced(by: .seconds(-86_400)))
        previous.cases = count * 9 / 10
        previous.unresolved = count * 4 / 10
        previous.calls = count * 4
        previous.backSince = count / 12
        previous.unlinkedSince = 2
        previous.absent = count / 50
        closing.previous = previous
        run.closing = closing
        return run
    }

    private mutating func oneCase(spread: Double) -> CaseRecord {
        var record = CaseRecord(runID: 42, accountID: hex(24), reason: .missingUpdate)
        let bank = Self.banks[min(Self.banks.count - 1, below(Self.banks.count) * below(100) / 60)]
        record.institution = bank
        record.customerRef = "CUS-\(100_000 + below(900_000))"
        var outcome = outcome()
        // One bank is down all night.
        if bank == "GTBank", [.recovered, .partial, .incompleteStatement, .providerFailed].contains(outcome) {
            outcome = .bankUnavailable
        }
        record.outcome = outcome
        if outcome == .reauthorisationRequired, below(3) > 0 { record.reason = .reauthorisationRequired }
        record.stuckSince = startedAt.advanced(by: .seconds(-(400 + below(86_400) * (1 + below(40)))))
        record.dataStatusBefore = "PROCESSING"
        if outcome.isUnresolved, below(3) > 0 {
            record.outcomeBefore = below(8) == 0 ? .deferred : outcome
            if record.outcomeBefore == outcome { record.nightsInARow = 2 + below(2) * below(12) }
        } else if !outcome.isUnresolved, below(4) == 0 {
            record.outcomeBefore = .bankUnavailable
        }
        if record.outcomeBefore == nil, below(9) > 0 {
            record.stuckSince = startedAt.advanced(by: .seconds(-(400 + below(80_000))))
        }
        tell(&record, claimed: startedAt.advanced(by: .milliseconds(Int64(below(1_000)) * Int64(spread))))
        return record
    }

    private mutating func tell(_ record: inout CaseRecord, claimed: Timestamp) {
        record.apiCalls = 1
        switch record.outcome {
        case .alreadyAvailable, .accountNotFound: return record.settledAt = claimed.advanced(by: .seconds(1))
        case .deferred:
            record.apiCalls = 0
            record.cause = .budget
            record.detail = "the budget of API calls was used up"
            return record.settledAt = claimed.advanced(by: .seconds(1))
        case .errored:
            record.cause = .readGivenUp
            record.detail = "Mono gave no usable answer in 5 tries, at last: HTTP 502"
        case .providerFailed: record.dataRequestID = hex(24)
        case .reauthorisationRequired:
            if below(2) == 0 { record.reauthLink = "https://link.mono.co/\(hex(10))" }
        default: break
        }
        record.syncIntendedAt = claimed.advanced(by: .milliseconds(400))
        record.steps = [
            Step(seconds: 0.2, name: .details, said: "PROCESSING"),
            Step(seconds: 0.4, name: .intent, said: "committed"),
            Step(seconds: 0.9, name: .trigger, said: "started"),
        ]
        let took = record.outcome == .stillProcessing ? 300 : 1.5 + Double(below(1_000) * below(1_000)) / 12_000
        var pause = 2.0
        var now = 0.4
        while now + pause < took {
            now += pause
            pause = min(45, pause * 1.6)
            record.steps.append(Step(seconds: now, name: .job, said: "processing"))
            record.polls += 1
        }
        record.polls += 1
        record.apiCalls += 1 + record.polls
        record.settledAt = claimed.advanced(by: .milliseconds(Int64(took * 1_000) + 600))
    }

    private mutating func outcome() -> Outcome {
        var left = below(100)
        for (outcome, share) in Self.outcomes {
            if left < share { return outcome }
            left -= share
        }
        return .recovered
    }

    private mutating func below(_ limit: Int) -> Int { Int.random(in: 0..<limit, using: &dice) }

    private mutating func hex(_ digits: Int) -> String {
        (0..<digits).map { _ in String(below(16), radix: 16) }.joined()
    }
}
