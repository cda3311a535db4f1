/// The instants after a trigger at which latencies are told apart: eight an octave from 100 ms to beyond an hour.
///
/// An edge's number is what rows keep; edges are the same on every machine.
package enum LatencyGrid {
    /// How many edges there are; the last one lies beyond an hour.
    package static let edgeCount = 124

    /// 2^(k/8), written out: the standard library has no power of a fraction.
    private static let steps: [Double] = [
        1, 1.0905077326652577, 1.1892071150027211, 1.2968395546510096,
        1.4142135623730951, 1.5422108254079408, 1.681792830507429, 1.8340080864093424,
    ]
    private static let times: [Duration] = (0..<edgeCount).map { edge in
        guard edge > 0 else { return .zero }
        let (octave, step) = (edge - 1).quotientAndRemainder(dividingBy: steps.count)
        return .microseconds(Int64((100_000 * steps[step] * Double(1 << octave)).rounded()))
    }
    /// The edges in seconds.
    static let seconds: [Double] = times.map(\.inSeconds)

    /// When the edge lies, counted from the trigger.
    package static func time(of edge: Int) -> Duration {
        times[min(max(edge, 0), edgeCount - 1)]
    }

    /// The last edge that is not after a time; edge 0 for a time before the trigger.
    package static func lastEdge(atMost time: Duration) -> Int {
        var (low, high) = (0, edgeCount)
        while high - low > 1 {
            let middle = (low + high) / 2
            if times[middle] <= time { low = middle } else { high = middle }
        }
        return low
    }

    /// The first edge that is not before a time; the last edge for a time beyond all of them.
    package static func firstEdge(atLeast time: Duration) -> Int {
        let edge = lastEdge(atMost: time)
        return times[edge] >= time ? edge : min(edge + 1, edgeCount - 1)
    }
}

extension Duration {
    /// The duration as a number of seconds.
    var inSeconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds) / 1e18
    }
}
