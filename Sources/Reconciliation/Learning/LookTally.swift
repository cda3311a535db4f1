/// The facts that a law is learned from: those of a worker, of a night or of a history.
///
/// Tallies are sums: those of several workers are added in any order. A sync under way belongs into its worker's tally
/// as a cell without an end; without those cells a night's beginning shows quick syncs only.
package struct LookTally: Equatable, Sendable {
    /// How many syncs were seen to end so.
    package var cells: [LookCell: Double] = [:]
    /// Ends of which an event told before a look did.
    package var told = 0.0
    /// Ends that a look found.
    package var untold = 0.0
    /// What inspections found.
    package var inspections = InspectionTally()
    /// Looks made.
    package var looks = 0.0
    /// Looks that the plain schedule would have made.
    package var plainLooks = 0.0

    /// A history counts for as many cases as this and no more, so that it can be outweighed by one night.
    static let mostCases = 300.0
    /// A cell that has faded to this is forgotten, so that a history's size is bounded.
    private static let leastCount = 0.05

    /// An empty tally.
    package init() {}

    /// Whether nothing was counted.
    package var isEmpty: Bool { self == Self() }

    /// How many syncs were counted.
    package var cases: Double {
        // Sums of fractions depend on their order, and a dictionary's order changes from run to run.
        sortedCells.reduce(0) { $0 + $1.value }
    }

    /// The cells in their order.
    var sortedCells: [(key: LookCell, value: Double)] {
        cells.sorted { $0.key < $1.key }
    }

    /// Counts one sync.
    package mutating func add(_ cell: LookCell) {
        cells[cell, default: 0] += 1
    }

    package static func + (left: Self, right: Self) -> Self {
        var sum = left
        sum.cells.merge(right.cells, uniquingKeysWith: +)
        sum.told += right.told
        sum.untold += right.untold
        sum.inspections = left.inspections + right.inspections
        sum.looks += right.looks
        sum.plainLooks += right.plainLooks
        return sum
    }

    /// Takes a finished night into this history.
    ///
    /// A night whose law is another one than the history's replaces it; a history never counts for more than 300 cases.
    package mutating func fold(in tonight: Self) {
        let weight = LookLaw.trust(in: self, given: tonight) * LookLaw.fading(of: self, beside: tonight)
        var sum = scaled(by: weight)
        // What events, inspections and looks say has nothing to do with a law that changed.
        let outcomes = scaled(by: Self.mostCases / (Self.mostCases + tonight.cases))
        (sum.told, sum.untold, sum.inspections) = (outcomes.told, outcomes.untold, outcomes.inspections)
        (sum.looks, sum.plainLooks) = (outcomes.looks, outcomes.plainLooks)
        sum = sum + tonight
        self = sum.scaled(by: Self.mostCases / max(Self.mostCases, sum.cases))
        cells = cells.filter { $0.value >= Self.leastCount }
        inspections.shorten(to: Self.mostCases)
        let ends = told + untold
        if ends > Self.mostCases {
            told *= Self.mostCases / ends
            untold *= Self.mostCases / ends
        }
    }

    /// Every count multiplied.
    func scaled(by factor: Double) -> Self {
        var tally = self
        for (cell, count) in cells { tally.cells[cell] = count * factor }
        tally.told *= factor
        tally.untold *= factor
        tally.inspections.scale(by: factor)
        tally.looks *= factor
        tally.plainLooks *= factor
        return tally
    }
}
