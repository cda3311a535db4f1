package import Reconciliation

/// What came of a world.
package struct WorldReport: Sendable {
    package var seed: UInt64
    package var violations: [Violation]
    /// A number that differs when anything happened at another time.
    package var digest: UInt64
    package var events: Int
    package var runs: Int
    package var nights: Int
    package var cases: Int
    package var outcomes: [Outcome: Int]
    package var calls: Int
    package var triggers: Int
    package var processes: Int
    package var struck: FaultCounts
    package var lostAnswers: Int
    package var virtualSeconds: Double
}

/// What came of many worlds.
package struct WorldTotals: Sendable {
    package private(set) var worlds = 0
    package private(set) var nights = 0
    package private(set) var runs = 0
    package private(set) var processes = 0
    package private(set) var cases = 0
    package private(set) var calls = 0
    package private(set) var triggers = 0
    package private(set) var events = 0
    package private(set) var lostAnswers = 0
    package private(set) var virtualSeconds = 0.0
    package private(set) var struck = FaultCounts()
    package private(set) var outcomes: [Outcome: Int] = [:]

    package init() {}

    /// Adds one world's.
    package mutating func add(_ report: WorldReport) {
        worlds += 1
        nights += report.nights
        runs += report.runs
        processes += report.processes
        cases += report.cases
        calls += report.calls
        triggers += report.triggers
        events += report.events
        lostAnswers += report.lostAnswers
        virtualSeconds += report.virtualSeconds
        struck.add(report.struck)
        outcomes.merge(report.outcomes) { $0 + $1 }
    }
}
