import Reconciliation

/// One bank whose law is learned from what looks tell.
struct Bank {
    let law: TrueLaw
    var history = LookTally()
    var tonight = LookTally()
    var dice: SplitMix64

    static let window = Duration.seconds(TrueLaw.window)

    init(_ law: TrueLaw, dice: SplitMix64) {
        self.law = law
        self.dice = dice
    }

    /// What is known now.
    var learned: LookLaw { LookLaw.learned(history: history, tonight: tonight) }

    /// The plan's looks, in seconds, under what is known now.
    func looks(patience: Double) -> [Double] {
        LookPlan(learned, window: Self.window, patience: .seconds(patience)).looks.map(\.inSeconds)
    }

    /// The looks of a surveyed case, in seconds.
    func surveyLooks(patience: Double) -> [Double] {
        LookSurvey.plan(learned, window: Self.window, patience: .seconds(patience)).looks.map(\.inSeconds)
    }

    /// A sync looked at at these times; looks are a little late.
    mutating func watch(_ looks: [Double]) {
        let latency = law.draw(dice.share())
        var processing = 0.0
        for planned in looks {
            let look = planned + 0.3 * dice.share()
            if let latency, latency <= look { return count(processing, look) }
            processing = look
        }
        count(processing, nil)
    }

    private mutating func count(_ processing: Double, _ ended: Double?) {
        if let cell = LookCell(processingAt: .seconds(processing), endedAt: ended.map { .seconds($0) }) {
            tonight.add(cell)
        }
        tonight.untold += ended == nil ? 0 : 1
    }

    /// The next night begins.
    mutating func sleep() {
        history.fold(in: tonight)
        tonight = LookTally()
    }
}

/// The times of a plain schedule's looks, in seconds.
func looks(of schedule: PollSchedule) -> [Double] {
    var looks: [Double] = []
    var last = Duration.zero
    while last < Bank.window {
        last = min(last + schedule.delay(afterLooks: looks.count), Bank.window)
        looks.append(last.inSeconds)
    }
    return looks
}

extension Duration {
    /// The duration as a number of seconds.
    var inSeconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds) / 1e18
    }
}
