import ArgumentParser
import Reconciliation
import Simulation

/// Plays worlds from seeds and judges them.
@main
struct Simulate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate", abstract: "Play whole nights of several workers in virtual time, each from one seed.",
        discussion:
            "A world that breaks an invariant is told with the command that replays it; the exit code is 1 then.")

    @Option(help: "How many seeds.")
    var seeds = 1_000

    @Option(help: "The first seed.")
    var from: UInt64 = 1

    @Option(help: "Nights in each world (default: drawn from the seed).")
    var nights: Int?

    @Option(help: "Accounts in each world (default: drawn from the seed).")
    var accounts: Int?

    @Option(help: "Workers that start each night (default: drawn from the seed).")
    var workers: Int?

    @Option(help: "realtime or data-sync (default: drawn from the seed).")
    var api: String?

    @Flag(help: "Print every event as a line; the same seed gives the same lines.")
    var trace = false

    @Option(help: "Plant a protocol bug, to see it found.")
    var bug: String?

    @Flag(help: "List the bugs that can be planted.")
    var listBugs = false

    @Flag(help: "Plant each bug in turn, and print how many seeds it took to find it.")
    var bugs = false

    @Flag(help: "One world of 365 nights with 1,000 accounts and 4 workers, unless said otherwise.")
    var year = false

    @Option(help: "The share of accounts that get stuck before each night of a year.")
    var stuck = 0.1

    func validate() throws {
        guard seeds >= 1 else { throw ValidationError("--seeds must be at least 1, for instance --seeds 1000") }
        let bounds = [("nights", nights, 10_000), ("accounts", accounts, 80_000), ("workers", workers, 16)]
        for (name, value, most) in bounds {
            guard value.map({ (1...most).contains($0) }) ?? true else {
                throw ValidationError("--\(name) must lie between 1 and \(most)")
            }
        }
        guard (0...1).contains(stuck) else { throw ValidationError("--stuck must lie between 0 and 1") }
        if let api, APIGeneration(rawValue: api) == nil {
            throw ValidationError("--api \(api): write realtime or data-sync")
        }
        if let bug, PlantedBug(rawValue: bug) == nil {
            throw ValidationError("--bug \(bug): no such bug; --list-bugs names them")
        }
    }

    func run() throws {
        if listBugs { return PlantedBug.allCases.forEach { print("\(padded($0.rawValue))  \($0.summary)") } }
        if bugs { return try findBugs() }
        let planted = bug.flatMap { PlantedBug(rawValue: $0) }
        let clock = ContinuousClock()
        let start = clock.now
        var totals = WorldTotals()
        var isBroken = false
        for seed in year ? from..<(from + 1) : from..<(from + UInt64(seeds)) {
            let report = World(options(seed), bug: planted, trace: trace ? { print($0) } : nil).play()
            totals.add(report)
            if trace { print("digest \(String(report.digest, radix: 16))") }
            guard let first = report.violations.first else { continue }
            isBroken = true
            tell(first, seed, planted)
        }
        print(totals.summary(took: clock.now - start))
        if isBroken { throw ExitCode(1) }
    }

    private func options(_ seed: UInt64) -> WorldOptions {
        let generation = api.flatMap { APIGeneration(rawValue: $0) }
        if year {
            return .year(
                seed: seed, api: generation, accounts: accounts ?? 1_000, nights: nights ?? 365, workers: workers ?? 4,
                stuck: stuck)
        }
        var options = WorldOptions(seed: seed, api: generation)
        options.accounts = accounts ?? options.accounts
        options.nights = nights ?? options.nights
        options.workers = workers ?? options.workers
        return options
    }

    // MARK: A broken invariant

    /// What was broken, the last lines of its story, and how to see it again.
    private func tell(_ violation: Violation, _ seed: UInt64, _ planted: PlantedBug?) {
        print("seed \(seed): \(violation)")
        if !trace {
            var lines: [String] = []
            let until = violation.seconds
            _ = World(options(seed), bug: planted) { line in
                let time = line.prefix { $0 != " " }
                guard (Double(time) ?? 0) <= until + 0.001, violation.account.map({ line.contains($0) }) ?? true else {
                    return
                }
                lines.append(line)
                if lines.count > 24 { lines.removeFirst() }
            }.play()
            for line in lines { print("    \(line)") }
        }
        print("    replay: simulate --from \(seed) --seeds 1\(replayOptions) --trace")
    }

    private var replayOptions: String {
        var words: [String] = []
        if let nights { words.append("--nights \(nights)") }
        if let accounts { words.append("--accounts \(accounts)") }
        if let workers { words.append("--workers \(workers)") }
        if let api { words.append("--api \(api)") }
        if let bug { words.append("--bug \(bug)") }
        if year { words.append("--year --stuck \(stuck)") }
        return words.map { " " + $0 }.joined()
    }

    // MARK: Planted bugs

    private func findBugs() throws {
        var missed = 0
        for bug in PlantedBug.allCases {
            let finding = (0..<UInt64(seeds)).lazy.compactMap { step -> (UInt64, Violation)? in
                World(options(from + step), bug: bug).play().violations.first.map { (step + 1, $0) }
            }.first
            if let (count, violation) = finding {
                print("\(padded(bug.rawValue))  \(count) seeds: \(violation.invariant.rawValue)")
            } else {
                missed += 1
                print("\(padded(bug.rawValue))  not found in \(seeds) seeds")
            }
        }
        if missed > 0 { throw ExitCode(1) }
    }

    private func padded(_ text: String) -> String {
        text + String(repeating: " ", count: max(0, 28 - text.count))
    }
}

extension WorldTotals {
    /// Lines for people.
    fileprivate func summary(took: Duration) -> String {
        let seconds = Double(took.components.seconds) + Double(took.components.attoseconds) / 1e18
        let days = virtualSeconds / 86_400
        let faults = Fault.allCases.map { "\(struck.total($0)) \($0.rawValue)" }.joined(separator: ", ")
        let spared = FaultCounts.crashes.filter { struck.counts[$0] == nil }
        let points = FaultCounts.crashes.count
        let endings = Outcome.allCases.map { "\(outcomes[$0] ?? 0) \($0.rawValue)" }.joined(separator: ", ")
        return """
            \(worlds) worlds, \(nights) nights, \(runs) runs, \(processes) processes
            \(cases) cases: \(endings)
            \(calls) calls, \(triggers) of them triggers
            faults: \(faults); \(lostAnswers) answers lost after the commit
            crashes at \(points - spared.count) of \(points) named points
            \(Int(days.rounded())) virtual days, \(events) events in \((seconds * 100).rounded() / 100) s
            """
    }
}
