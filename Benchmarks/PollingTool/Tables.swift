import Reconciliation

/// Cost above the optimum after so many cases, censored by the plain schedule.
struct SampleTable {
    private var rows: [(patience: Double, cases: Int, shares: Shares)] = []

    init(_ laws: [TrueLaw], seed: UInt64) {
        let plain = looks(of: PollSchedule())
        let optima = laws.map { law in [60.0, 20, 5].map { law.optimum(patience: $0) } }
        for cases in [20, 200] {
            var shares = [Shares(), Shares(), Shares()]
            for (number, law) in laws.enumerated() {
                for sample in 0..<4 {
                    var bank = Bank(law, dice: SplitMix64(seed: seed ^ UInt64(1_000 * number + sample + cases)))
                    for _ in 0..<cases { bank.watch(plain) }
                    for (index, patience) in [60.0, 20, 5].enumerated() {
                        let cost = law.cost(bank.looks(patience: patience))
                        let excess = (patience * cost.looks + cost.delay) / optima[number][index] - 1
                        shares[index].add(excess, law.name)
                    }
                }
            }
            for (index, patience) in [60.0, 20, 5].enumerated() { rows.append((patience, cases, shares[index])) }
        }
    }

    func print() {
        Swift.print("cost above the exact optimum, learned from looks of the plain schedule")
        for row in rows {
            Swift.print(
                "  patience \(Int(row.patience)) s, \(row.cases) cases: mean \(percent(row.shares.mean)),",
                "worst \(percent(row.shares.most.share)) (\(row.shares.most.name))")
        }
    }
}

/// Cost above the optimum, learned from looks that the plans themselves chose.
struct FeedbackTable {
    private var rows: [(patience: Double, night: Int, plans: Shares, all: Shares)] = []
    private static let casesANight = 100

    init(_ laws: [TrueLaw], seed: UInt64) {
        for patience in [60.0, 20, 5] {
            var plans = Array(repeating: Shares(), count: 4)
            var all = plans
            for (number, law) in laws.enumerated() {
                let optimum = law.optimum(patience: patience)
                for sample in 0..<2 {
                    var bank = Bank(law, dice: SplitMix64(seed: seed ^ UInt64(7_777 + 1_000 * number + sample)))
                    var cases = 0
                    for night in 0..<4 {
                        let spent = Self.play(&bank, patience: patience, first: &cases)
                        plans[night].add(spent.plan / optimum - 1, law.name)
                        all[night].add(spent.all / optimum - 1, law.name)
                        bank.sleep()
                    }
                }
            }
            for night in 0..<4 { rows.append((patience, night + 1, plans[night], all[night])) }
        }
    }

    /// One night: the average cost of the plans, and of all cases with the surveyed ones among them.
    private static func play(
        _ bank: inout Bank, patience: Double, first cases: inout Int
    ) -> (plan: Double, all: Double) {
        var (plan, all) = (0.0, 0.0)
        var (looks, survey): ([Double], [Double]) = ([], [])
        for number in 0..<casesANight {
            if number % 10 == 0 {
                looks = bank.looks(patience: patience)
                survey = bank.surveyLooks(patience: patience)
            }
            let isSurveyed = cases < Int(LookSurvey.firstCases) || bank.dice.next() % 64 == 0
            let chosen = isSurveyed ? survey : looks
            let cost = bank.law.cost(looks)
            plan += patience * cost.looks + cost.delay
            let spent = bank.law.cost(chosen)
            all += patience * spent.looks + spent.delay
            bank.watch(chosen)
            cases += 1
        }
        return (plan / Double(casesANight), all / Double(casesANight))
    }

    func print() {
        Swift.print("the same in its own feedback, \(Self.casesANight) cases a night; in brackets with the survey")
        for row in rows {
            Swift.print(
                "  patience \(Int(row.patience)) s, night \(row.night): mean \(percent(row.plans.mean))",
                "(\(percent(row.all.mean))), worst \(percent(row.plans.most.share)) (\(row.plans.most.name))")
        }
    }
}

/// Looks saved against plain schedules at no greater delay: neither in the mean nor for 95 of 100.
struct ScheduleTable {
    private static let schedules = [
        ("1 s × 2, at most 30 s", PollSchedule(first: .seconds(1), factor: 2, maximum: .seconds(30)), 0.45),
        ("2 s × 1.6, at most 45 s", PollSchedule(), 0.40),
        ("5 s × 1.5, at most 30 s", PollSchedule(first: .seconds(5), factor: 1.5, maximum: .seconds(30)), 0.30),
    ]
    private var savings: [Shares]

    init(_ laws: [TrueLaw], seed: UInt64) {
        savings = Array(repeating: Shares(), count: Self.schedules.count)
        let plain = looks(of: PollSchedule())
        for (number, law) in laws.enumerated() {
            var bank = Bank(law, dice: SplitMix64(seed: seed ^ UInt64(99_999 + number)))
            for _ in 0..<200 { bank.watch(plain) }
            // From the most patient plan to the least: the first one that is quick enough needs the fewest looks.
            let plans = (0..<60).map { bank.looks(patience: 300 / Self.power(of: 1.12, $0)) }
            let figures = plans.map { (law.cost($0), law.delay95($0)) }
            for (index, schedule) in Self.schedules.enumerated() {
                let looks = looks(of: schedule.1)
                let (cost, late) = (law.cost(looks), law.delay95(looks))
                let quick = figures.filter { $0.0.delay <= cost.delay && $0.1 <= late }
                let needed = quick.map(\.0.looks).min() ?? cost.looks
                savings[index].add(1 - needed / cost.looks, law.name)
            }
        }
    }

    private static func power(of base: Double, _ exponent: Int) -> Double {
        (0..<exponent).reduce(1) { product, _ in product * base }
    }

    func print() {
        Swift.print("looks saved at equal mean and 95th-percentile delay, learned from 200 cases")
        for (schedule, saving) in zip(Self.schedules, savings) {
            Swift.print(
                "  \(schedule.0): mean \(percent(saving.mean)), least \(percent(saving.least.share))",
                "(\(saving.least.name))")
            for name in saving.names(below: schedule.2) { Swift.print("    less than \(percent(schedule.2)): \(name)") }
        }
    }
}
