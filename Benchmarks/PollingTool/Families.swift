import Glibc
import Reconciliation

/// Families of laws; each draw has other parameters.
enum Family: String, CaseIterable {
    case lognormal, twoPeaks = "two peaks", gamma, weibull, endless = "lognormal, some endless", uniform
    case logLogistic = "log-logistic", delayed = "delay + exponential, some endless"

    /// A law whose typical latency lies between a second and two minutes.
    func law(_ dice: inout SplitMix64) -> TrueLaw {
        let median = dice.between(1.5, 100, isLog: true)
        switch self {
        case .lognormal:
            let sigma = dice.between(0.25, 0.9)
            return TrueLaw("\(rawValue) \(brief(median)) s, σ \(brief(sigma))") { normalInLog($0, median, sigma) }
        case .twoPeaks:
            let first = dice.between(1, 12, isLog: true)
            let second = first * dice.between(4, 15, isLog: true)
            let share = dice.between(0.2, 0.8)
            let (left, right) = (dice.between(0.2, 0.5), dice.between(0.2, 0.5))
            return TrueLaw("\(rawValue) \(brief(first)) s and \(brief(second)) s") {
                share * normalInLog($0, first, left) + (1 - share) * normalInLog($0, second, right)
            }
        case .gamma:
            let shape = Int(dice.between(1, 6.99))
            let scale = median / Double(shape)
            return TrueLaw("\(rawValue) \(shape) × \(brief(scale)) s") { erlang($0 / scale, shape) }
        case .weibull:
            let shape = dice.between(0.7, 3)
            return TrueLaw("\(rawValue) \(brief(median)) s, shape \(brief(shape))") {
                1 - exp(-pow($0 / median, shape))
            }
        case .endless:
            let (sigma, share) = (dice.between(0.25, 0.9), dice.between(0.02, 0.3))
            return TrueLaw("\(rawValue) \(brief(median)) s, σ \(brief(sigma)), \(brief(share))", endless: share) {
                normalInLog($0, median, sigma)
            }
        case .uniform:
            let end = median * dice.between(1.5, 6)
            return TrueLaw("\(rawValue) \(brief(median / 2)) to \(brief(end)) s") {
                ($0 - median / 2) / (end - median / 2)
            }
        case .logLogistic:
            let shape = dice.between(1.8, 5)
            return TrueLaw("\(rawValue) \(brief(median)) s, shape \(brief(shape))") {
                1 / (1 + pow($0 / median, -shape))
            }
        case .delayed:
            let (delay, share) = (median * dice.between(0.2, 1), dice.between(0, 0.1))
            return TrueLaw("\(rawValue) \(brief(delay)) + \(brief(median)) s", endless: share) {
                1 - exp(-max($0 - delay, 0) / median)
            }
        }
    }
}

private func normalInLog(_ time: Double, _ median: Double, _ sigma: Double) -> Double {
    erfc(-log(time / median) / sigma / 2.0.squareRoot()) / 2
}

/// The gamma law of a whole shape.
private func erlang(_ time: Double, _ shape: Int) -> Double {
    var (term, sum) = (1.0, 1.0)
    for index in 1..<max(shape, 1) {
        term *= time / Double(index)
        sum += term
    }
    return 1 - exp(-time) * sum
}

extension SplitMix64 {
    /// A number in 0..<1.
    mutating func share() -> Double { Double(next() >> 11) / Double(1 << 53) }

    /// A number between two; evenly in its logarithm, if asked.
    mutating func between(_ low: Double, _ high: Double, isLog: Bool = false) -> Double {
        let share = share()
        return isLog ? low * pow(high / low, share) : low + (high - low) * share
    }
}
