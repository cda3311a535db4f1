/// How long a run may still take, from how fast its cases are settled; no estimate where that would be a guess.
struct TimeRemaining {
    /// What can be said of the time that is left.
    enum Estimate: Equatable, Sendable {
        /// From the speed so far to one window more: the sync that is asked for last may take that long.
        case between(Duration, Duration)
        /// Every sync is asked for: until the end of the last window.
        case atMost(Duration)
    }

    private struct Sample {
        var at: Duration
        var settled: Int
    }

    private static let memory = Duration.seconds(120)
    private static let leastTime = Duration.seconds(20)
    private static let leastSettled = 10

    private var samples: [Sample] = []

    /// Takes how many cases were settled at a time; times do not go back.
    mutating func saw(settled: Int, at time: Duration) {
        samples.append(Sample(at: time, settled: settled))
        samples.removeAll { $0.at < time - Self.memory }
    }

    /// The time that the open cases need.
    ///
    /// - Parameters:
    ///   - open: Cases that are not settled.
    ///   - unasked: Open cases whose sync has not been asked for.
    ///   - lastWindow: Until the end of the newest sync's window; nil without one.
    ///   - window: How long a sync may take.
    /// - Returns: Nil while too little was seen, or while the latest speed differs much from the one before.
    func estimate(open: Int, unasked: Int, lastWindow: Duration?, window: Duration) -> Estimate? {
        guard open > 0 else { return nil }
        if unasked == 0 { return lastWindow.flatMap { $0 > .zero ? .atMost($0) : nil } }
        guard let first = samples.first, let last = samples.last, last.at - first.at >= Self.leastTime,
            last.settled - first.settled >= Self.leastSettled
        else { return nil }
        let middle = first.at + (last.at - first.at) / 2
        guard let half = samples.last(where: { $0.at <= middle }),
            let early = Self.rate(half, first), let late = Self.rate(last, half), let all = Self.rate(last, first),
            early <= late * 2, late <= early * 2
        else { return nil }
        let least = Duration.seconds(Double(open) / all)
        return .between(least, least + window)
    }

    /// Cases a second; nil if no case was settled in between.
    private static func rate(_ late: Sample, _ early: Sample) -> Double? {
        let settled = late.settled - early.settled
        let (seconds, attoseconds) = (late.at - early.at).components
        let time = Double(seconds) + Double(attoseconds) / 1e18
        return settled > 0 && time > 0 ? Double(settled) / time : nil
    }
}
