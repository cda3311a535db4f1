import TestTraits
import Testing

@testable import Reconciliation

/// Thousands of random scenarios: whatever happens, the promises hold.
@Suite(.processorBound)
struct CaseRandomWalkTests {
    @Test(arguments: 0..<20)
    func `every case ends once, with evidence, and triggers at most once`(block: UInt64) {
        var violations = 0
        for number in 0..<1_000 where violations < 3 {
            let seed = block * 1_000 + UInt64(number)
            var dice = SeededGenerator(seed: seed)
            let scenario = Scenario(random: &dice)
            var driver = CaseDriver(scenario)
            var found = broken(scenario, driver.run())
            if found.isEmpty, dice.once(in: 4) {
                driver.hear(Scenario.randomEvent(&dice), received: driver.now)
                found = broken(scenario, driver.run()).map { "\($0), after an event that came with the settlement" }
            }
            for promise in found { Issue.record("seed \(seed): \(promise)") }
            violations += found.count
        }
    }

    @Test func `a case steps from phase to phase as the picture has it, and every step is made`() {
        var made: Set<CaseDriver.PhaseStep> = []
        for seed in 0..<6_000 as Range<UInt64> {
            var dice = SeededGenerator(seed: seed)
            var driver = CaseDriver(Scenario(random: &dice))
            _ = driver.run()
            // The settlement meets a row that an event has changed, and is decided again.
            let settled = driver.subject.phase.name
            driver.hear(Scenario.randomEvent(&dice), received: driver.now)
            let heard = driver.subject.phase.name
            if heard != settled { made.insert(CaseDriver.PhaseStep(from: settled, to: heard)) }
            _ = driver.run()
            made.formUnion(driver.steps)
        }
        let drawn = CasePhase.allCases.flatMap { from in
            from.successors.map { CaseDriver.PhaseStep(from: from, to: $0) }
        }
        #expect(made.subtracting(drawn) == [])
        #expect(Set(drawn).subtracting(made) == [])
    }

    /// The causes that each outcome may have.
    private static let causes: [Outcome: Set<Cause>] = [
        .alreadyAvailable: [.eventCame, .eventLost, .nothingWrong],
        .recovered: [.eventCame, .syncSucceeded, .dataFetched, .dataDespiteFailure, .dataDespiteDoubt],
        .partial: [.syncSucceededInPart, .syncFailedInPart],
        .reauthorisationRequired: [
            .triggerSaidReauthorise, .jobSaidReauthorise, .earlierJobSaidReauthorise, .eventSaidReauthorise,
            .flaggedAndFailedAgain, .cannotBeReauthorised,
        ],
        .bankUnavailable: [.syncError, .bankGaveNoData, .syncFailedAtBank],
        .providerFailed: [.monoGaveNoData, .syncFailedWithoutReason],
        .incompleteStatement: [.incompleteStatement],
        .stillProcessing: [.windowEnded, .reauthorisedJustNow, .linkedAgain, .owesAnew],
        .accountNotFound: [.unknownToMono, .deleted, .unlinked],
        .deferred: [
            .tooSoon, .earlierSyncNamed, .budget, .budgetBeforeResult, .tooManyRequests, .syncInDoubt, .keyRefused,
            .interrupted,
        ],
        .errored: [
            .noConnection, .syncRejected, .syncDenied, .syncNotFound, .jobNotNamed, .unknownDataStatus,
            .unknownJobStatus, .readDenied, .readRejected, .wrongAccount, .readGivenUp, .unreadableAccount,
        ],
    ]

    /// The promises that a scenario's end breaks.
    private func broken(_ scenario: Scenario, _ ending: ScenarioEnd) -> [String] {
        guard let settlement = ending.settlement else { return ["it did not end"] }
        let evidence = Evidence(scenario: scenario, ending: ending)
        let said = "\(settlement.outcome.rawValue) (\(settlement.detail))"
        let mayClear = evidence.saidSuccess || settlement.outcome == .incompleteStatement
        let isFlagging = settlement.outcome == .reauthorisationRequired
        return [
            evidence.allows(settlement.outcome) ? nil : "\(said) without evidence",
            Self.causes[settlement.outcome]?.contains(settlement.cause) == true
                ? nil : "\(said) as \(settlement.cause)",
            settlement.detail.isEmpty ? "no detail" : nil,
            settlement.clearsFlag && (!mayClear || isFlagging) ? "\(said) clears the flag" : nil,
        ].compactMap { $0 }
            + brokenByTriggers(scenario, ending, taken: evidence.taken)
            + brokenByWithdrawal(ending, settlement, taken: evidence.taken)
            + brokenByLimit(scenario, ending, settlement, taken: evidence.taken)
            + brokenByCounts(scenario, ending)
            + brokenByLink(scenario, ending, settlement)
    }

    private func brokenByLink(_ scenario: Scenario, _ ending: ScenarioEnd, _ settlement: Settlement) -> [String] {
        let mayAsk = scenario.rules.asksForLinks ? 1 : 0
        let given = ending.facts.compactMap { fact in
            if case .link(.success(let link)) = fact { link } else { nil }
        }
        let isConfirmed = settlement.outcome == .reauthorisationRequired
        return [
            ending.linkTimes.count <= mayAsk ? nil : "asked for \(ending.linkTimes.count) links",
            settlement.reauthLink == (isConfirmed ? given.first : nil) ? nil : "not the link that was given",
            ending.linkTimes.isEmpty || ending.calls.last?.call == .reauthLink ? nil : "a call after the link's",
        ].compactMap { $0 }
    }

    private func brokenByTriggers(_ scenario: Scenario, _ ending: ScenarioEnd, taken: [Duration]) -> [String] {
        let left = ending.triggerTimes
        let areFresh = left.allSatisfy { time in
            ending.intents.contains { $0 <= time && time - $0 <= .seconds(10) }
        }
        return [
            taken.count <= 1 ? nil : "triggered \(taken.count) times",
            left.count <= 2 ? nil : "tried to trigger \(left.count) times",
            scenario.intent == nil || ending.intents.isEmpty ? nil : "a case with an intent made another one",
            areFresh ? nil : "a trigger left without a fresh intent",
        ].compactMap { $0 }
    }

    private func brokenByWithdrawal(_ ending: ScenarioEnd, _ settlement: Settlement, taken: [Duration]) -> [String] {
        let standing = ending.intents.count - ending.withdrawals.count
        let isLeft = standing == 1 && !settlement.withdrawsIntent
        let newest = ending.intents.last ?? .zero
        let hasTriggered = ending.triggerTimes.last.map { $0 >= newest } ?? false
        return [
            (0...1).contains(standing) ? nil : "\(standing) intents stand",
            taken.isEmpty || !settlement.withdrawsIntent ? nil : "took back the intent of a trigger that left",
            !isLeft || hasTriggered ? nil : "left the intent of a trigger that never left",
        ].compactMap { $0 }
    }

    private func brokenByLimit(
        _ scenario: Scenario, _ ending: ScenarioEnd, _ settlement: Settlement, taken: [Duration]
    ) -> [String] {
        let limit = scenario.rules.syncLimit
        let earlier = scenario.row?.lastSyncRequestedAt?.since(storyStart) ?? .seconds(-1_000_000)
        let isOutside = ending.triggerTimes.allSatisfy { $0 - earlier >= limit }
        let next = settlement.nextAttemptAt ?? moment(.seconds(1_000_000))
        let isNextOutside = taken.allSatisfy { moment($0 + limit) <= next }
        return [
            isOutside ? nil : "triggered inside Mono's limit",
            isNextOutside ? nil : "may be tried again inside Mono's limit",
        ].compactMap { $0 }
    }

    private func brokenByCounts(_ scenario: Scenario, _ ending: ScenarioEnd) -> [String] {
        let budgetEnds = scenario.happenings.compactMap { happening in
            if case .starve = happening.what { happening.at } else { nil }
        }
        let budgetEnd = budgetEnds.min() ?? .seconds(1_000_000)
        let mayKnowJob = scenario.rules.api == .realtime || scenario.intent?.jobID != nil || hasJobEvent(ending)
        return [
            ending.subject.snapshot.apiCalls == ending.calls.count ? nil : "calls were not counted",
            ending.subject.snapshot.polls <= ending.subject.snapshot.apiCalls ? nil : "more looks than calls",
            ending.calls.count <= 250 ? nil : "\(ending.calls.count) calls",
            ending.subject.snapshot.steps.count <= Case.stepLimit
                ? nil : "\(ending.subject.snapshot.steps.count) steps",
            ending.calls.allSatisfy { $0.at <= budgetEnd } ? nil : "a call after the budget's end",
            mayKnowJob || ending.jobTimes.isEmpty ? nil : "a job was asked of data-sync",
        ].compactMap { $0 }
    }

    private func hasJobEvent(_ ending: ScenarioEnd) -> Bool {
        ending.facts.contains { fact in
            switch fact {
            case .event(.jobUpdate, _), .event(.updated(_, _, .some), _): true
            default: false
            }
        }
    }
}
