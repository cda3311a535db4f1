import Testing

@testable import Reconciliation

/// Plans of looks, against the exact optimum.
@Suite struct LearningPlanTests {
    /// Every subset of the edges inside a small window, each sync followed by itself.
    @Test(arguments: [0, 0.5, 0.9], 1...6)
    func `no choice of looks costs less`(toldChance: Double, seed: UInt64) {
        var latencies = Latencies(seed: seed)
        let law = latencies.smallLaw(edges: 13, toldChance: toldChance)
        let window = Duration.milliseconds(275)
        let solver = LookSolver(law, window: window, lag: .milliseconds(60))
        let ended = (0..<13).map { law.chance(by: $0) } + [law.chance(by: window)]
        let price = 0.02 * Double(seed)
        let chain = solver.chain(solver.solve(price: price))
        var best = Double.infinity
        for subset in 0..<(1 << 12) {
            let looks = (1...12).filter { subset >> ($0 - 1) & 1 == 1 } + [13]
            best = min(best, oracle(looks, ended, solver.times, price: price, toldChance: toldChance))
        }
        #expect(abs(oracle(chain, ended, solver.times, price: price, toldChance: toldChance) - best) < 1e-9)
        let cost = solver.cost(of: chain)
        #expect(abs(price * cost.looks + cost.delay - best) < 1e-9)
    }

    /// The cost of a chain of looks, counted sync by sync: one for each step of the grid.
    private func oracle(
        _ looks: [Int], _ ended: [Double], _ times: [Double], price: Double, toldChance: Double
    ) -> Double {
        var cost = price * Double(looks.count) * (1 - ended[13])
        var number = 0
        for step in 1...13 {
            if looks[number] < step { number += 1 }
            let look = times[looks[number]]
            let unheard = price * Double(number + 1) + look - (times[step] + times[step - 1]) / 2
            let isHeard = times[step] <= look - 0.06
            let heard = isHeard ? price * Double(number) + 0.06 : unheard
            cost += (ended[step] - ended[step - 1]) * (toldChance * heard + (1 - toldChance) * unheard)
        }
        return cost
    }

    @Test(arguments: 1...10)
    func `a plan costs no more than any plain schedule under its law`(seed: UInt64) {
        var latencies = Latencies(seed: seed)
        let law = LookLaw.learned(history: LookTally(), tonight: latencies.tally(60, median: 3 * Double(seed)))
        let solver = LookSolver(law, window: .seconds(300))
        for patience in [60.0, 20, 5] {
            let plan = LookPlan(law, window: .seconds(300), patience: .seconds(patience))
            let planned = patience * plan.expectedLooks + plan.expectedDelay.inSeconds
            for (first, factor, maximum) in [(1, 2.0, 30), (2, 1.6, 45), (5, 1.5, 30), (10, 1, 10), (300, 1, 300)] {
                let schedule = PollSchedule(first: .seconds(first), factor: factor, maximum: .seconds(maximum))
                var (last, looks) = (Duration.zero, [Int]())
                while last < .seconds(300) {
                    last += schedule.delay(afterLooks: looks.count)
                    looks.append(min(LatencyGrid.firstEdge(atLeast: last), solver.times.count - 1))
                }
                let cost = solver.cost(of: looks)
                #expect(planned <= patience * cost.looks + cost.delay + 1e-6)
            }
        }
    }

    @Test func `the next look depends on the elapsed time alone, and never lies beyond the window`() {
        let plan = LookPlan(.builtIn, window: .seconds(300), patience: .seconds(5))
        var elapsed = Duration.zero
        while elapsed < .seconds(300) {
            let next = plan.nextLook(after: elapsed)
            #expect(next >= elapsed + .milliseconds(250) || next == .seconds(300))
            #expect(next <= .seconds(300))
            elapsed += .milliseconds(97)
        }
        #expect(plan.nextLook(after: .seconds(300)) == .seconds(300))
        #expect(plan.nextLook(after: .seconds(400)) == .seconds(300))
        for (look, following) in zip(plan.looks, plan.looks.dropFirst()) {
            // A look that is a little late changes nothing.
            #expect(plan.nextLook(after: look) == following)
            #expect(plan.nextLook(after: look + .milliseconds(20)) == following)
        }
        #expect(plan.looks.last == .seconds(300))
    }

    @Test(arguments: [0, 1, 5, 60, 600], [1, 12, 300, 7_200])
    func `a plan has at most twelve looks, the last at the window's end`(patience: Int, window: Int) {
        for law in [LookLaw.builtIn, .near(60), .near(100)] {
            let looks = LookPlan(law, window: .seconds(window), patience: .seconds(patience)).looks
            #expect(looks.count <= 12 && looks.last == .seconds(window))
        }
    }

    @Test func `a window of nothing is one look`() {
        #expect(LookPlan(.builtIn, window: .zero, patience: .seconds(60)).looks == [.zero])
    }

    @Test func `the more patient the plan, the fewer looks and the longer the delay`() {
        let plans = [5, 20, 60, 200].map { LookPlan(.builtIn, window: .seconds(300), patience: .seconds($0)) }
        for (hasty, patient) in zip(plans, plans.dropFirst()) {
            #expect(hasty.expectedLooks > patient.expectedLooks && hasty.expectedDelay < patient.expectedDelay)
            #expect(hasty != patient)
        }
        #expect(plans[0] == LookPlan(.builtIn, window: .seconds(300), patience: .seconds(5)))
    }

    @Test func `patience shrinks with the window, so that a short one has looks before its end`() {
        var tally = LookTally()
        tally.cells[LookCell(from: 25, to: 56)] = 100
        tally.untold = 100
        let law = LookLaw.learned(history: LookTally(), tonight: tally)
        #expect(LookPlan(law, window: .seconds(12), patience: .seconds(60)).looks.count > 1)
        // The same law with the patience as it is: the look at the end is the only one.
        let solver = LookSolver(law, window: .seconds(12))
        #expect(solver.chain(solver.solve(price: 60)).count == 1)
        let long = LookPlan(.near(41), window: .seconds(300), patience: .seconds(60))
        #expect(long.looks.first.map { (41...43).contains(LatencyGrid.lastEdge(atMost: $0)) } == true)
    }

    @Test func `events that tell of most ends save looks`() {
        let blind = LookLaw(LookLaw.builtIn.ended, toldChance: 0, hasShifted: false)
        let told = LookLaw(LookLaw.builtIn.ended, toldChance: 0.95, hasShifted: false)
        let (first, second) = (plan(blind), plan(told))
        #expect(second.expectedLooks < first.expectedLooks * 0.5)
    }

    private func plan(_ law: LookLaw) -> LookPlan { LookPlan(law, window: .seconds(300), patience: .seconds(60)) }
}
