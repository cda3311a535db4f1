import Glibc
import Reconciliation

/// A law of latency, known exactly: the share that has ended on a grid eight times finer than the program's.
struct TrueLaw {
    /// Its family and parameters, for people.
    let name: String
    /// Points in time, in seconds; the window's end is the last one.
    let times: [Double]
    /// The share that has ended by each point.
    let ended: [Double]
    /// The integral of that share up to each point.
    let area: [Double]

    static let window = 300.0

    init(_ name: String, endless: Double = 0, _ distribution: (Double) -> Double) {
        self.name = name
        var times = [0.0]
        while let last = times.last, last < Self.window {
            times.append(min(last < 0.05 ? 0.05 : last * exp2(1.0 / 64), Self.window))
        }
        let ended = times.map { $0 <= 0 ? 0 : (1 - endless) * min(max(distribution($0), 0), 1) }
        var area = [0.0]
        for point in times.indices.dropFirst() {
            area.append(area[point - 1] + (ended[point] + ended[point - 1]) / 2 * (times[point] - times[point - 1]))
        }
        (self.times, self.ended, self.area) = (times, ended, area)
    }

    /// The share that has ended by a time, and its integral.
    func at(_ time: Double) -> (ended: Double, area: Double) {
        let point = lastPoint(times, atMost: time)
        guard point + 1 < times.count else { return (ended[point], area[point]) }
        let width = time - times[point]
        let slope = (ended[point + 1] - ended[point]) / (times[point + 1] - times[point])
        return (ended[point] + slope * width, area[point] + (ended[point] + slope * width / 2) * width)
    }

    /// The latency of one sync; nil if it does not end in the window.
    func draw(_ share: Double) -> Double? {
        let point = lastPoint(ended, atMost: share)
        guard point + 1 < ended.count else { return nil }
        return times[point]
            + (share - ended[point]) / (ended[point + 1] - ended[point]) * (times[point + 1] - times[point])
    }

    /// Looks and delay of a chain of looks on average.
    func cost(_ looks: [Double]) -> (looks: Double, delay: Double) {
        var (count, delay, last) = (0.0, 0.0, 0.0)
        for look in looks {
            let (before, after) = (at(last), at(look))
            count += 1 - before.ended
            delay += after.area - before.area - before.ended * (look - last)
            last = look
        }
        return (count, delay)
    }

    /// The least that any chain of looks on the fine grid costs, in seconds of delay.
    func optimum(patience: Double) -> Double {
        let last = times.count - 1
        var costs = [Double](repeating: 0, count: times.count)
        for point in stride(from: last - 1, through: 0, by: -1) {
            var best = Double.infinity
            let constant = patience * (1 - ended[point]) - area[point]
            for look in (point + 1)...last {
                let cost = constant + area[look] - ended[point] * (times[look] - times[point]) + costs[look]
                if cost < best { best = cost }
            }
            costs[point] = best
        }
        return costs[0]
    }

    /// The delay that 95 of 100 ended syncs stay below.
    func delay95(_ looks: [Double]) -> Double {
        let total = at(Self.window).ended
        let delays = (0..<2_000).compactMap { index -> Double? in
            guard let latency = draw((Double(index) + 0.5) / 2_000 * total),
                let look = looks.first(where: { $0 >= latency })
            else { return nil }
            return look - latency
        }.sorted()
        return delays[delays.count * 95 / 100]
    }
}

/// The last number of a rising row that is not above a value.
func lastPoint(_ row: [Double], atMost value: Double) -> Int {
    var (low, high) = (0, row.count)
    while high - low > 1 {
        let middle = (low + high) / 2
        if row[middle] <= value { low = middle } else { high = middle }
    }
    return low
}

/// Seconds with one place.
func brief(_ number: Double) -> String {
    let tenths = Int((number * 10).rounded())
    return "\(tenths / 10).\(abs(tenths % 10))"
}
