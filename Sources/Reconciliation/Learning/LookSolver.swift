/// The cheapest chain of looks at the edges inside a window, and at its end.
struct LookSolver {
    /// The edges before the window's end, and that end, in seconds.
    let times: [Double]
    /// The share that has ended by each of them.
    private let ended: [Double]
    /// The sum of share × time of those that have ended by each of them.
    private let moments: [Double]
    /// By each of them: the last one whose ends an event has told of.
    private let heard: [Int]
    private let toldChance: Double
    private let lag: Double

    /// `lag` is how long after an end its event comes.
    init(_ law: LookLaw, window: Duration, lag: Duration = LookLaw.eventLag) {
        let lastEdge = LatencyGrid.lastEdge(atMost: window)
        let inside = LatencyGrid.time(of: lastEdge) < window ? lastEdge + 1 : lastEdge
        times = LatencyGrid.seconds.prefix(inside) + [max(window.inSeconds, 0)]
        ended = law.ended.prefix(inside) + [law.chance(by: max(window, .zero))]
        self.lag = lag.inSeconds
        toldChance = law.toldChance
        var moments = [0.0]
        var heard = [0]
        for point in times.indices.dropFirst() {
            let middle = (times[point - 1] + times[point]) / 2
            moments.append(moments[point - 1] + (ended[point] - ended[point - 1]) * middle)
            var known = heard[point - 1]
            while times[known + 1] <= times[point] - self.lag { known += 1 }
            heard.append(known)
        }
        (self.moments, self.heard) = (moments, heard)
    }

    /// The best next look after each point but the last, by number, if a look costs `price` seconds of delay.
    ///
    /// A look costs `fee` even if the sync has ended before it.
    func solve(price: Double, fee: Double = 0) -> [Int] {
        let last = times.count - 1
        guard last > 0 else { return [] }
        var costs = [Double](repeating: 0, count: last + 1)
        var next = [Int](repeating: last, count: last)
        for point in stride(from: last - 1, through: 0, by: -1) {
            var best = Double.infinity
            for look in point + 1...last {
                let step = step(from: point, to: look)
                let cost = price * step.looks + step.delay + fee + costs[look]
                if cost < best { (best, next[point]) = (cost, look) }
            }
            costs[point] = best
        }
        return next
    }

    /// The looks that follow one another from the trigger on.
    func chain(_ next: [Int]) -> [Int] {
        var chain = [0]
        while let point = chain.last, point < next.count { chain.append(next[point]) }
        return Array(chain.dropFirst())
    }

    /// What a chain of looks costs on average.
    func cost(of chain: [Int]) -> (looks: Double, delay: Double) {
        var (looks, delay, point) = (0.0, 0.0, 0)
        for look in chain {
            let step = step(from: point, to: look)
            looks += step.looks
            delay += step.delay
            point = look
        }
        return (looks, delay)
    }

    /// The chance that the look is needed, and the delay of the ends since the look before it, seen from the trigger.
    @inline(__always)
    private func step(from point: Int, to look: Int) -> (looks: Double, delay: Double) {
        let known = max(heard[look], point)
        let share = ended[known] - ended[point]
        let told = toldChance * share
        let early = times[look] * share - (moments[known] - moments[point])
        let late = times[look] * (ended[look] - ended[known]) - (moments[look] - moments[known])
        return (1 - ended[point] - told, (1 - toldChance) * early + told * lag + late)
    }
}
