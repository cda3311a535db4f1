import Foundation
import Text

/// A length of time in seconds, written `500ms`, `30s`, `5m`, `2h` or `90d`.
struct Seconds: Equatable, Sendable {
    /// At least 0 and at most ten years.
    let value: Double

    /// Reads a number with its unit; nil for anything else, a negative or an overlong time.
    init?(_ text: String) {
        guard let (digits, unit) = DurationUnit.split(text) else { return nil }
        let scale = Double(unit.inMilliseconds) / 1_000
        let isPlain = digits.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == 0x2E }
        guard isPlain, let number = Double(digits), number * scale <= 315_360_000 else { return nil }
        value = number * scale
    }
}

/// How long syncs take.
enum LatencyDistribution: Equatable, Sendable {
    case fixed(Double)
    /// Evenly spread between two bounds.
    case uniform(Double, Double)
    /// Long-tailed: the median, and the standard deviation of the logarithm.
    case lognormal(median: Double, sigma: Double)

    /// No sync is drawn longer than this, however long the tail.
    static let longestSeconds = 3600.0

    /// Reads `2s`, `fixed:2s`, `uniform:1s:5s` or `lognormal:2s:0.6`.
    init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        let times = parts.map { Seconds($0)?.value }
        switch (parts[0], parts.count) {
        case ("fixed", 2):
            guard let time = times[1] else { return nil }
            self = .fixed(time)
        case ("uniform", 3):
            guard let low = times[1], let high = times[2], low <= high else { return nil }
            self = .uniform(low, high)
        case ("lognormal", 3):
            guard let median = times[1], let sigma = Double(parts[2]), (0...5).contains(sigma) else { return nil }
            self = .lognormal(median: median, sigma: sigma)
        case (_, 1):
            guard let time = times[0] else { return nil }
            self = .fixed(time)
        default: return nil
        }
    }

    /// The time that two even draws from 0..<1 stand for, at most `longestSeconds`.
    func draw(_ first: Double, _ second: Double) -> Double {
        switch self {
        case .fixed(let time): min(time, Self.longestSeconds)
        case .uniform(let low, let high): min(low + (high - low) * first, Self.longestSeconds)
        case .lognormal(let median, let sigma):
            // Box and Muller: two even draws make one normal draw; 1 - first is never 0.
            min(
                median * exp(sigma * (-2 * log(1 - first)).squareRoot() * cos(2 * .pi * second)),
                Self.longestSeconds)
        }
    }
}
