import Reconciliation
import Testing

extension ConformanceCheck {
    /// The pace and the budget that all workers share.
    static var slots: [Self] {
        pace + budget
    }

    private static var pace: [Self] {
        [
            Self("slots follow each other, whoever takes them, at most half a second's worth at a time") { stage in
                let one = try await stage.night()
                let two = try await stage.another(of: one.run)
                let first = try await one.store.reserve(.slots(100), of: one.run)
                #expect(first.count == 5 && first.spacing == .milliseconds(100))
                let second = try await two.store.reserve(.slots(3), of: one.run)
                #expect(second.count == 3)
                #expect(second.first == first.first.advanced(by: .milliseconds(500)))
                let third = try await one.store.reserve(.slots(1), of: one.run)
                #expect(third.first == second.first.advanced(by: .milliseconds(300)))
            },
            Self("a slow rate grants at least one slot") { stage in
                let night = try await stage.night()
                let grant = try await night.store.reserve(.slots(9, rate: 0.5), of: night.run)
                #expect(grant.count == 1 && grant.spacing == .seconds(2))
            },
            Self("slots that have passed are forfeited") { stage in
                let night = try await stage.night()
                _ = try await night.store.reserve(.slots(5), of: night.run)
                try await stage.letSlotsPass()
                let before = try await stage.now()
                let grant = try await night.store.reserve(.slots(5), of: night.run)
                let after = try await stage.now()
                #expect(grant.first >= before && grant.first <= after)
            },
            Self("the first slot is not before the answer can be there, and a lead is cut to two seconds") { stage in
                let night = try await stage.night()
                for (lead, seconds) in [(Duration.milliseconds(1_500), 1.5), (.seconds(60), 2)] {
                    try await stage.letSlotsPass()
                    let before = try await stage.now()
                    let grant = try await night.store.reserve(.slots(1, lead: lead), of: night.run)
                    let after = try await stage.now()
                    #expect(grant.first >= before.advanced(by: .seconds(seconds)))
                    #expect(grant.first <= after.advanced(by: .seconds(seconds)))
                }
            },
            Self("a hold moves the next slot for every worker, and each is told") { stage in
                let one = try await stage.night()
                let two = try await stage.another(of: one.run)
                let until = try await stage.now().advanced(by: .seconds(50))
                try await one.store.hold(until: until)
                let grant = try await two.store.reserve(.slots(1), of: one.run)
                #expect(grant.first == until && grant.heldUntil == until)
            },
            Self("of several holds the latest counts") { stage in
                let night = try await stage.night()
                let now = try await stage.now()
                for seconds in [60, 90, 30] { try await night.store.hold(until: now.advanced(by: .seconds(seconds))) }
                #expect(
                    try await night.store.readSigns(run: night.run.runID).heldUntil == now.advanced(by: .seconds(90)))
            },
        ]
    }

    private static var budget: [Self] {
        [
            Self("workers share the budget, and no call is paid for twice") { stage in
                let one = try await stage.night(options: .check(maxCalls: 5))
                let two = try await stage.another(of: one.run)
                let first = try await one.store.reserve(.slots(3, budget: 3), of: one.run)
                #expect(first.paid == 3 && first.budgetLeft == 2)
                let second = try await two.store.reserve(.slots(3, budget: 3), of: one.run)
                #expect(second.paid == 2 && second.budgetLeft == 0)
                let third = try await one.store.reserve(.slots(3, budget: 3), of: one.run)
                #expect(third.paid == 0 && third.budgetLeft == 0)
            },
            Self("what a worker will not use is given back, and who joins learns what is left") { stage in
                let one = try await stage.night(options: .check(maxCalls: 5))
                _ = try await one.store.reserve(.slots(3, budget: 4), of: one.run)
                try await one.store.tally(.details(1), unspent: 3, of: one.run)
                #expect(try await stage.worker().openNightly(.check).budgetLeft == 4)
                #expect(try await one.store.reserve(.slots(1, budget: 9), of: one.run).paid == 4)
            },
            Self("without a budget nothing is counted down") { stage in
                let night = try await stage.night()
                let grant = try await night.store.reserve(.slots(3, budget: 3), of: night.run)
                #expect(grant.paid == 0 && grant.budgetLeft == nil)
                #expect(night.run.budgetLeft == nil)
            },
        ]
    }
}

extension SlotRequest {
    static func slots(
        _ slots: Int, budget: Int = 0, lead: Duration = .zero, rate: Double = 10
    ) -> Self {
        Self(slots: slots, budget: budget, lead: lead, rate: rate)
    }
}
