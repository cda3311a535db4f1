/// The shares of a law that best explain cells: interval-censored maximum likelihood by expectation and maximisation,
/// smoothed, with a prior.
///
/// Only + − × ÷ on cells in their order, so that the same cells give the same bits everywhere.
struct LookFit {
    /// The share of syncs that have ended by each edge; what is missing at the last one never ends.
    private(set) var ended: [Double]

    /// The prior counts for as many cases as this.
    private static let priorStrength = 2.0
    private static let mostRounds = 60
    /// A round that moves less than this share of all syncs is the last one.
    private static let tolerance = 1e-4

    /// The share of each step between edges, by its later edge, before anything is known.
    ///
    /// Mono says "0.5 seconds to 5 minutes". Every step has some, so that no cell is impossible. The last element is
    /// that of syncs that never end.
    static let prior: [Double] = {
        let weights = (0..<LatencyGrid.edgeCount).map { edge -> Double in
            guard edge > 0 else { return 0 }
            let time = LatencyGrid.seconds[edge]
            return time < 0.5 || time > 330 ? 0.02 : time < 1 || time > 150 ? 0.5 : 1
        }
        let sum = weights.reduce(0, +)
        return weights.map { $0 / sum * 0.95 } + [0.05]
    }()

    /// Fits cells; the prior where there are none.
    init(_ cells: FitCells) {
        guard !cells.items.isEmpty else {
            ended = Self.cumulated(Self.prior)
            return
        }
        let prior = Self.prior
        let passes = Self.passes(cases: cells.cases)
        let total = cells.cases + Self.priorStrength
        var shares = prior
        var sums = Self.cumulated(shares)
        var mass = [Double](repeating: 0, count: shares.count + 1)
        var smooth = mass
        for _ in 0..<Self.mostRounds {
            Self.spread(cells.items, shares: shares, sums: sums, into: &mass)
            for _ in 0..<passes {
                Self.smooth(mass, into: &smooth)
                swap(&mass, &smooth)
            }
            var moved = 0.0
            for bin in shares.indices {
                let share = (mass[bin] + Self.priorStrength * prior[bin]) / total
                moved += abs(share - shares[bin])
                shares[bin] = share
            }
            Self.cumulate(shares, into: &sums)
            if moved < Self.tolerance { break }
        }
        ended = sums
    }

    /// The logarithm of how likely cells are under this law.
    func logLikelihood(_ cells: FitCells) -> Double {
        let sums = ended
        return cells.items.reduce(0) { $0 + $1.count * logarithm(sums[$1.to] - sums[$1.from]) }
    }

    /// How often the shares are smoothed in each round: the fewer cases, the more.
    private static func passes(cases: Double) -> Int {
        let bits = Int.bitWidth - Int(cases).leadingZeroBitCount
        return max(2, 24 - 9 * bits / 5)
    }

    /// Spreads each cell over its steps in proportion to their shares.
    private static func spread(
        _ cells: [FitCells.Item], shares: [Double], sums: [Double], into mass: inout [Double]
    ) {
        for bin in mass.indices { mass[bin] = 0 }
        // As differences: a cell is two entries, however many steps it covers.
        for cell in cells {
            let factor = cell.count / (sums[cell.to] - sums[cell.from])
            mass[cell.from + 1] += factor
            mass[cell.to + 1] -= factor
        }
        var factor = 0.0
        for bin in shares.indices {
            factor += mass[bin]
            mass[bin] = shares[bin] * max(factor, 0)
        }
    }

    /// Averages each finite step with its neighbours; nothing passes over either end.
    private static func smooth(_ mass: [Double], into result: inout [Double]) {
        let last = LatencyGrid.edgeCount - 1
        // Without bounds checks the compiler takes four steps at once: this loop is most of a fit's time.
        mass.withUnsafeBufferPointer { mass in
            result.withUnsafeMutableBufferPointer { result in
                result[1] = (3 * mass[1] + mass[2]) / 4
                for bin in 2..<last { result[bin] = (mass[bin - 1] + 2 * mass[bin] + mass[bin + 1]) / 4 }
                result[last] = (mass[last - 1] + 3 * mass[last]) / 4
                result[last + 1] = mass[last + 1]
            }
        }
    }

    private static func cumulated(_ shares: [Double]) -> [Double] {
        var sums = shares
        cumulate(shares, into: &sums)
        return sums
    }

    private static func cumulate(_ shares: [Double], into sums: inout [Double]) {
        var sum = 0.0
        for bin in shares.indices {
            sum += shares[bin]
            sums[bin] = sum
        }
    }
}

/// Cells in their order, ready to be fitted.
struct FitCells {
    /// A cell: the steps after `from` up to `to`; beyond the last edge are those that never end.
    struct Item {
        let from: Int
        let to: Int
        let count: Double
    }

    let items: [Item]
    let cases: Double

    /// A tally's cells, each count multiplied.
    init(_ tally: LookTally, weight: Double = 1) {
        let last = LatencyGrid.edgeCount - 1
        var cases = 0.0
        items = tally.sortedCells.compactMap { cell, count in
            let from = min(max(cell.from, 0), last)
            let to = cell.to.map { min($0, last) } ?? last + 1
            guard count * weight > 0, to > from else { return nil }
            cases += count * weight
            return Item(from: from, to: to, count: count * weight)
        }
        self.cases = cases
    }

    /// Cells that are in their order already.
    init(_ items: [Item] = [], cases: Double = 0) {
        self.items = items
        self.cases = cases
    }

    /// Every count multiplied.
    func scaled(by factor: Double) -> Self {
        let items = items.map { Item(from: $0.from, to: $0.to, count: $0.count * factor) }
        return Self(items, cases: cases * factor)
    }

    static func + (left: Self, right: Self) -> Self {
        Self(left.items + right.items, cases: left.cases + right.cases)
    }
}

/// The natural logarithm by + − × ÷ alone: the C library's has other bits on other machines.
func logarithm(_ number: Double) -> Double {
    guard number > 0, number.isFinite else { return -744 }
    var (exponent, significand) = (Double(number.exponent), number.significand)
    if significand > 1.4142135623730951 { (exponent, significand) = (exponent + 1, significand / 2) }
    // ln m = 2·artanh((m − 1) / (m + 1)), of which each further term is at most 3 % of the one before.
    let ratio = (significand - 1) / (significand + 1)
    let square = ratio * ratio
    var sum = 0.0
    for odd in stride(from: 19.0, through: 1, by: -2) { sum = sum * square + 1 / odd }
    return exponent * 0.6931471805599453 + 2 * ratio * sum
}
