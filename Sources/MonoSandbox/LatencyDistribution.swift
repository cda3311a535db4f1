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
    /// Several laws, each for its share of the syncs; the shares sum to 1.
    case mixture([Part])

    /// One law of a mixture.
    struct Part: Equatable, Sendable {
        var share: Double
        var law: LatencyDistribution
    }

    /// No sync is drawn longer than this, however long the tail.
    static let longestSeconds = 3600.0

    /// Reads `2s`, `fixed:2s`, `uniform:1s:5s`, `lognormal:2s:0.6`, or several with their shares:
    /// `0.95*lognormal:2s:0.6+0.05*1h`.
    init?(_ text: String) {
        if text.contains("*") {
            self.init(mixture: text)
            return
        }
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

    private init?(mixture text: String) {
        var parts: [Part] = []
        for term in text.split(separator: "+", omittingEmptySubsequences: false) {
            let sides = term.split(separator: "*", omittingEmptySubsequences: false).map(String.init)
            guard sides.count == 2, let share = Double(sides[0]), (0...1).contains(share),
                let law = LatencyDistribution(sides[1])
            else { return nil }
            parts.append(Part(share: share, law: law))
        }
        guard abs(parts.reduce(0) { $0 + $1.share } - 1) < 1e-6 else { return nil }
        self = .mixture(parts)
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
        case .mixture(let parts): Self.draw(from: parts, first, second)
        }
    }

    /// The first draw chooses the law, and what is left of it within that law's share is as even as it was.
    private static func draw(from parts: [Part], _ first: Double, _ second: Double) -> Double {
        var rest = first
        for part in parts {
            if rest < part.share { return part.law.draw(rest / part.share, second) }
            rest -= part.share
        }
        // Shares may sum to a hair less than 1.
        return parts.last?.law.draw(0, second) ?? 0
    }
}
