/// The looks at a sync one after another, the last one at its window's end, and how often they are needed.
struct LookChain {
    /// A schedule has more of them in a long window: the rest is taken for never needed.
    private static let mostLooks = 1_000

    /// Times after the trigger, in seconds.
    let looks: [Double]

    /// The looks of a plan, or of a schedule where there is none, if none can be made in the first `wait`.
    init(_ plan: LookPlan?, or schedule: PollSchedule, window: Duration, wait: Duration) {
        var looks: [Double] = []
        var now = Duration.zero
        while now < window, looks.count < Self.mostLooks {
            let next = plan?.nextLook(after: now) ?? now + schedule.delay(afterLooks: looks.count)
            now = min(max(next, wait), window)
            looks.append(now.inSeconds)
        }
        self.looks = looks
    }

    /// How many of them a sync needs on average.
    func expected(_ law: LookLaw) -> Double {
        var (sum, before) = (0.0, 0.0)
        for look in looks {
            let ended = law.chance(by: .seconds(before))
            let told = law.toldChance * max(0, law.chance(by: .seconds(max(0, look - Self.lag))) - ended)
            sum += max(0, 1 - ended - told)
            before = look
        }
        return sum
    }

    /// The share of syncs whose end is known so many seconds after the trigger.
    func known(by elapsed: Double, _ law: LookLaw) -> Double {
        guard let last = looks.last, elapsed < last else { return 1 }
        let look = looks.last { $0 <= elapsed } ?? 0
        let seen = look > 0 ? law.chance(by: .seconds(look)) : 0
        let told = elapsed > Self.lag ? law.toldChance * law.chance(by: .seconds(elapsed - Self.lag)) : 0
        return seen + max(0, told - law.toldChance * seen)
    }

    private static let lag = LookLaw.eventLag.inSeconds
}
