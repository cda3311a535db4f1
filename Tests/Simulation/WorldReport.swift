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
    package var struck: BlowCounts
    package var lostAnswers: Int
    package var virtualSeconds: Double
}
