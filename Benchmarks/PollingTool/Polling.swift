import Reconciliation

/// Judges what is learned of banks' latencies, and the looks planned from it, against the exact optimum of laws that
/// are drawn anew from a seed.
@main
struct Polling {
    static func main() {
        let arguments = CommandLine.arguments.dropFirst().map { UInt64($0) }
        let seeds = arguments.compactMap(\.self)
        guard !seeds.isEmpty, seeds.count == arguments.count else {
            print("usage: polling SEED…   (whole numbers; each draws six laws of each of eight families)")
            return
        }
        for seed in seeds {
            var dice = SplitMix64(seed: seed)
            let laws = Family.allCases.flatMap { family in (0..<6).map { _ in family.law(&dice) } }
            print("seed \(seed): \(laws.count) laws, window \(brief(TrueLaw.window)) s")
            SampleTable(laws, seed: seed).print()
            FeedbackTable(laws, seed: seed).print()
            ScheduleTable(laws, seed: seed).print()
        }
    }
}

/// Excesses over an optimum, or savings, of many laws.
struct Shares {
    private var values: [(share: Double, name: String)] = []

    mutating func add(_ share: Double, _ name: String) { values.append((share, name)) }

    var mean: Double { values.reduce(0) { $0 + $1.share } / Double(max(values.count, 1)) }
    var most: (share: Double, name: String) { values.max { $0.share < $1.share } ?? (0, "none") }
    var least: (share: Double, name: String) { values.min { $0.share < $1.share } ?? (0, "none") }

    /// The names of laws below a share.
    func names(below limit: Double) -> [String] {
        values.filter { $0.share < limit }.map { "\($0.name) (\(percent($0.share)))" }
    }
}

/// A share in percent with one place, in seven columns.
func percent(_ share: Double) -> String {
    let text = "\((share * 1_000).rounded() / 10) %"
    return String(repeating: " ", count: max(0, 7 - text.count)) + text
}
