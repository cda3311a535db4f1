import Testing

@testable import Reconciliation

/// What a night is expected to take.
@Suite struct NightForecastTests {
    private typealias Group = NightForecast.Group

    private static func group(
        _ bank: String = "Kuda", _ start: Group.Start = .inspection, hadData: Bool = false, isFlagged: Bool = false,
        isFirstNight: Bool = true
    ) -> Group {
        Group(bank: bank, start: start, hadData: hadData, isFlagged: isFlagged, isFirstNight: isFirstNight)
    }

    /// So many syncs that ended between ten and eleven seconds, and inspections of which so many found the data.
    private static func known(_ cases: Int, hits: Int = 0, told: Int = 0, at bank: String = "Kuda") -> LookMemory {
        var tally = LookTally()
        for number in 0..<cases {
            if let cell = LookCell(processingAt: .seconds(10), endedAt: .seconds(11)) { tally.add(cell) }
            tally.inspections.add(isHit: number < hits, isFirstNight: true)
        }
        (tally.told, tally.untold) = (Double(told), Double(cases - told))
        return LookMemory(history: [LookKey(api: .realtime, kind: .details, institution: bank): tally])
    }

    private static func forecast(
        _ groups: [Group: Int], _ memory: LookMemory, rate: Double = 10, patience: Duration? = .seconds(60),
        budget: Int? = nil, links: Bool = false
    ) -> NightForecast {
        let rules = Rules(api: .realtime, patience: patience, asksForLinks: links)
        return NightForecast(
            groups, options: RunOptions(rules: rules, baseURL: ""), budget: budget, memory: memory, rate: rate)
    }

    private static func width(_ estimate: Estimate) -> Int { estimate.high - estimate.low }

    @Test func `nothing to do takes nothing`() {
        let night = Self.forecast([:], LookMemory())
        let nothing = Estimate(expected: 0, low: 0, high: 0)
        #expect(night.calls == nothing && night.seconds == nothing && night.kinds == CallCounts())
    }

    @Test func `of accounts whose data is there half the time, half take an inspection alone`() {
        let night = Self.forecast([Self.group(): 1_000], Self.known(300, hits: 150))
        #expect((499...501).contains(night.kinds.trigger))
        // An inspection each, and about one look at the details for those that were synced.
        #expect((1_500...1_700).contains(night.kinds.details))
        #expect(night.kinds.job < 100)
        #expect(night.calls.low < night.calls.expected && night.calls.expected < night.calls.high)
        #expect(night.kinds.total == night.calls.expected)
    }

    @Test func `accounts that had data are looked at by their job alone`() {
        let group = Self.group("Kuda", .sync, hadData: true, isFlagged: true)
        let night = Self.forecast([group: 100], LookMemory())
        #expect(night.kinds.trigger == 100 && night.kinds.details == 0 && night.kinds.job >= 100)
        #expect(night.kinds.reauth == 0)
        #expect(Self.forecast([group: 100], LookMemory(), links: true).kinds.reauth == 100)
    }

    @Test func `an account that needs a look alone takes one call and no window`() {
        let night = Self.forecast([Self.group("Kuda", .look): 1], LookMemory())
        #expect(night.calls.expected == 1 && night.kinds.details == 1 && night.seconds.high <= 1)
    }

    @Test func `a sync that was asked for already is not asked for again`() {
        let night = Self.forecast([Self.group("Kuda", .result): 10], LookMemory())
        #expect(night.kinds.trigger == 0 && night.kinds.job >= 10)
    }

    @Test func `what is known of a bank narrows what is foretold`() {
        let new = Self.forecast([Self.group(): 1_000], LookMemory())
        let known = Self.forecast([Self.group(): 1_000], Self.known(300, hits: 150))
        #expect(Self.width(known.calls) * 2 < Self.width(new.calls))
    }

    @Test func `where events tell most ends there are fewer looks`() {
        let group = Self.group("Kuda", .sync)
        let untold = Self.forecast([group: 100], Self.known(300), rate: 100)
        let told = Self.forecast([group: 100], Self.known(300, told: 290), rate: 100)
        #expect(told.calls.expected * 3 < untold.calls.expected * 2)
    }

    @Test func `the rate bounds the night, or the last result does`() {
        let slow = Self.forecast([Self.group(): 1_000], Self.known(300, hits: 150), rate: 1)
        #expect(slow.seconds.expected >= slow.calls.expected)
        #expect(slow.seconds.low >= slow.calls.low && slow.seconds.high >= slow.calls.high)
        let quick = Self.forecast([Self.group(): 1_000], Self.known(300, hits: 150), rate: 10_000)
        #expect(quick.seconds.low >= 10 && quick.seconds.high <= 301)
    }

    @Test func `late looks are fewer`() {
        let group = Self.group("Kuda", .sync, hadData: true, isFlagged: true)
        let free = Self.forecast([group: 1_000], LookMemory(), rate: 10_000)
        let bound = Self.forecast([group: 1_000], LookMemory(), rate: 5)
        #expect(bound.kinds.job < free.kinds.job)
        #expect(bound.kinds.trigger == free.kinds.trigger)
    }

    @Test func `the plain schedule's looks are foretold where nothing is learned`() {
        let group = Self.group("Kuda", .sync)
        let learned = Self.forecast([group: 100], Self.known(300), rate: 100)
        // Those after 2, 3.2, 5.12, 8.19 and 13.1 s, each counted from the one before: at 2, 5.2, 10.32 and 18.51.
        let plain = Self.forecast([group: 100], Self.known(300), rate: 100, patience: nil)
        #expect(plain.kinds.job > learned.kinds.job * 2)
        #expect((300...420).contains(plain.kinds.job))
    }

    @Test func `a budget is a lid on calls and time`() {
        let night = Self.forecast([Self.group(): 1_000], Self.known(300, hits: 150), rate: 1, budget: 700)
        #expect(night.calls == Estimate(expected: night.calls.expected, low: 700, high: 700), "\(night.calls)")
        #expect(night.calls.expected == 700 && night.kinds.total == 700)
    }

    @Test func `a bank that was down may be so still`() {
        var memory = Self.known(300, hits: 150)
        let groups = [Self.group(): 1_000, Self.group("GTBank", .sync): 1_000]
        let up = Self.forecast(groups, memory)
        let now = Timestamp(microseconds: 0)
        memory.troubles = [BankTrouble(bank: "GTBank", failures: 3, failingSince: now, lastFailureAt: now, probes: 0)]
        let down = Self.forecast(groups, memory)
        #expect(down.calls.expected < up.calls.expected)
        #expect(down.calls.low < up.calls.expected - 1_500 && down.calls.high > up.calls.expected - 500)
    }

    @Test func `the same accounts in any order give the same forecast`() {
        let groups = (0..<50).map { (Self.group("B\($0)"), 7 + $0) }
        let one = Self.forecast(Dictionary(uniqueKeysWithValues: groups), LookMemory())
        let other = Self.forecast(Dictionary(uniqueKeysWithValues: groups.reversed()), LookMemory())
        #expect(one == other)
    }

    /// Nights drawn from the law that is known: their calls lie within what was foretold nine times of ten.
    @Test func `most nights lie within what was foretold`() {
        let (accounts, nights) = (400, 200)
        let night = Self.forecast([Self.group(): accounts], Self.known(300, hits: 150), rate: 1_000)
        var random = SplitMix64(seed: 7)
        var within = 0
        for _ in 0..<nights {
            // The night's own share of data that is there differs from the one known as one sample from another.
            let share = 0.5 + (Double(random.next() % 1_000) / 1_000 - 0.5) * 0.1
            var calls = 0
            for _ in 0..<accounts {
                calls += 1
                guard Double(random.next() % 10_000) / 10_000 >= share else { continue }
                // A trigger and a look; one in ten asks the job as well.
                calls += random.next() % 10 == 0 ? 3 : 2
            }
            if (night.calls.low...night.calls.high).contains(calls) { within += 1 }
        }
        #expect(within >= nights * 9 / 10, "\(within) of \(nights) within \(night.calls)")
    }
}

/// Looks one after another.
@Suite struct LookChainTests {
    private static let schedule = PollSchedule(first: .seconds(2), factor: 2, maximum: .seconds(8))

    @Test(arguments: zip([0, 1, 3, 15, 40], [[2, 6, 14, 20], [2, 6, 14, 20], [3, 7, 15, 20], [15, 19, 20], [20]]))
    func `looks wait, and the last one is at the window's end`(wait: Int, looks: [Double]) {
        let chain = LookChain(nil, or: Self.schedule, window: .seconds(20), wait: .seconds(wait))
        #expect(chain.looks == looks)
    }

    @Test(arguments: [0.0, 0.5, 0.9])
    func `a plan's looks are needed as often as the plan expects`(toldChance: Double) {
        var latencies = Latencies(seed: 3)
        let law = latencies.smallLaw(edges: 60, toldChance: toldChance)
        let window = Duration.seconds(30)
        let plan = LookPlan(law, window: window, patience: .seconds(10))
        let chain = LookChain(plan, or: Self.schedule, window: window, wait: .zero)
        #expect(chain.looks == plan.looks.map(\.inSeconds))
        #expect(abs(chain.expected(law) - plan.expectedLooks) < 0.1)
    }

    @Test func `an end is known at the look after it, or by its event`() {
        let ended = (0..<LatencyGrid.edgeCount).map { LatencyGrid.seconds[$0] >= 7 ? 1.0 : 0 }
        let silent = LookLaw(ended, toldChance: 0, hasShifted: false)
        let told = LookLaw(ended, toldChance: 1, hasShifted: false)
        let chain = LookChain(nil, or: Self.schedule, window: .seconds(20), wait: .zero)
        #expect([3, 6, 13.9, 14, 21].map { chain.known(by: $0, silent) } == [0, 0, 0, 1, 1])
        #expect([8.9, 9.7].map { chain.known(by: $0, told) } == [0, 1])
        #expect(chain.expected(silent) == 3 && chain.expected(told) == 2)
    }
}
