import Reconciliation
import Testing

/// Thousands of random stories: whatever happens, the promises hold.
@Suite struct CaseRandomWalkTests {
    @Test(arguments: 0..<20)
    func `every case ends once, with evidence, and triggers at most once`(block: UInt64) {
        var violations = 0
        for number in 0..<1_000 where violations < 3 {
            let seed = block * 1_000 + UInt64(number)
            var dice = SeededGenerator(seed: seed)
            let story = Story(random: &dice)
            var driver = CaseDriver(story)
            var found = broken(story, driver.run())
            if found.isEmpty, dice.once(in: 4) {
                driver.hear(Story.randomEvent(&dice), received: driver.now)
                found = broken(story, driver.run()).map { "\($0), after an event that came with the settlement" }
            }
            for promise in found { Issue.record("seed \(seed): \(promise)") }
            violations += found.count
        }
    }

    /// The promises that a story's end breaks.
    private func broken(_ story: Story, _ ending: Ending) -> [String] {
        guard let settlement = ending.settlement else { return ["it did not end"] }
        let evidence = Evidence(story: story, ending: ending)
        let said = "\(settlement.outcome.rawValue) (\(settlement.detail))"
        var promises: [(Bool, String)] = [
            (evidence.allows(settlement.outcome), "\(said) without evidence"),
            (!settlement.detail.isEmpty, "no detail"),
            (!settlement.clearsFlag || evidence.saidSuccess || settlement.outcome == .incompleteStatement,
                "\(said) clears the flag without a success"),
            (!settlement.clearsFlag || settlement.outcome != .reauthorisationRequired, "\(said) clears the flag"),
        ]
        promises += triggerPromises(story, ending, settlement, evidence)
        promises += countPromises(story, ending)
        return promises.filter { !$0.0 }.map(\.1)
    }

    private func triggerPromises(
        _ story: Story, _ ending: Ending, _ settlement: Settlement, _ evidence: Evidence
    ) -> [(Bool, String)] {
        let taken = evidence.taken
        let left = ending.triggerTimes
        let standing = ending.intents.count - ending.withdrawals.count
        let earlier = story.row?.lastSyncRequestedAt?.since(storyStart)
        let limit = story.rules.syncLimit
        let isOpen = standing == 1 && !settlement.withdrawsIntent
        return [
            (taken.count <= 1, "triggered \(taken.count) times"),
            (left.count <= 2, "tried to trigger \(left.count) times"),
            (story.intent == nil || ending.intents.isEmpty, "a case with an intent made another one"),
            ((0...1).contains(standing), "\(ending.intents.count) intents, \(ending.withdrawals.count) taken back"),
            (left.allSatisfy { time in ending.intents.contains { $0 <= time && time - $0 <= .seconds(10) } },
                "a trigger left without a fresh intent"),
            (taken.isEmpty || !settlement.withdrawsIntent, "took back the intent of a trigger that left"),
            (!isOpen || (ending.intents.last ?? .zero) <= (left.last ?? .seconds(-1)),
                "left the intent of a trigger that never left"),
            (story.intent != nil || earlier.map { last in left.allSatisfy { $0 - last >= limit } } ?? true,
                "triggered inside Mono's limit"),
            (settlement.nextAttemptAt.map { next in taken.allSatisfy { moment($0 + limit) <= next } } ?? true,
                "may be tried again inside Mono's limit"),
        ]
    }

    private func countPromises(_ story: Story, _ ending: Ending) -> [(Bool, String)] {
        let starvedAt = story.happenings.filter { happening in
            if case .starve = happening.what { true } else { false }
        }.map(\.at).min()
        let jobsAsked = ending.jobTimes.count
        return [
            (ending.subject.apiCalls == ending.calls.count, "calls were not counted"),
            (ending.subject.polls <= ending.subject.apiCalls, "more looks than calls"),
            (ending.calls.count <= 250, "\(ending.calls.count) calls"),
            (ending.subject.steps.count <= Case.stepLimit, "\(ending.subject.steps.count) steps"),
            (starvedAt.map { end in ending.calls.allSatisfy { $0.at <= end } } ?? true, "a call after the budget's end"),
            (story.rules.api == .realtime || jobsAsked == 0 || story.intent?.jobID != nil || hasJobEvent(ending),
                "a job was asked of data-sync"),
        ]
    }

    private func hasJobEvent(_ ending: Ending) -> Bool {
        ending.facts.contains { fact in
            switch fact {
            case .event(.jobUpdate, _), .event(.updated(_, _, .some), _): true
            default: false
            }
        }
    }
}
