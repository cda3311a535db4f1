/// How long one bank's syncs take, as far as is known: the share that has ended by each edge of the grid.
package struct LookLaw: Equatable, Sendable {
    /// The share that has ended by each edge.
    let ended: [Double]
    /// The chance that an event tells of an end.
    package let toldChance: Double
    /// Whether tonight's syncs follow another law than the history's.
    package let hasShifted: Bool

    /// How long after a sync's end its event usually comes.
    static let eventLag = Duration.seconds(2)

    init(_ ended: [Double], toldChance: Double, hasShifted: Bool) {
        self.ended = Array(ended.prefix(LatencyGrid.edgeCount))
        self.toldChance = toldChance
        self.hasShifted = hasShifted
    }

    /// A law between this one and the built-in one, of which events tell nothing.
    var halfBelieved: Self {
        let prior = LookFit(FitCells()).ended
        return Self(zip(ended, prior).map { ($0 + $1) / 2 }, toldChance: 0, hasShifted: false)
    }

    /// The share that has ended by an edge.
    package func chance(by edge: Int) -> Double {
        ended[min(max(edge, 0), ended.count - 1)]
    }

    /// The share that has ended by a time after the trigger; between edges it rises evenly.
    package func chance(by time: Duration) -> Double {
        let edge = LatencyGrid.lastEdge(atMost: time)
        guard edge + 1 < ended.count else { return ended[edge] }
        let (from, to) = (LatencyGrid.seconds[edge], LatencyGrid.seconds[edge + 1])
        return ended[edge] + (ended[edge + 1] - ended[edge]) * max(time.inSeconds - from, 0) / (to - from)
    }

    /// The time by which a share of all syncs has ended; nil if so many never do within an hour.
    package func quantile(_ share: Double) -> Duration? {
        guard let edge = ended.firstIndex(where: { $0 >= share }) else { return nil }
        guard edge > 0, ended[edge] > ended[edge - 1] else { return LatencyGrid.time(of: edge) }
        let part = (share - ended[edge - 1]) / (ended[edge] - ended[edge - 1])
        let start = LatencyGrid.time(of: edge - 1)
        return start + (LatencyGrid.time(of: edge) - start) * max(part, 0)
    }
}
