import Reconciliation
import Testing

/// One promise of ``RunStore``, with the story that shows whether a store keeps it.
///
/// A test runs them all against a fresh stage each:
///
///     @Test(arguments: ConformanceCheck<PostgresStage>.all)
///     func `PostgreSQL keeps`(check: ConformanceCheck<PostgresStage>) async throws {
///         try await check.run(on: PostgresStage())
///     }
package struct ConformanceCheck<Stage: StoreStage>: Sendable, CustomTestStringConvertible {
    /// The promise, as a sentence.
    package let name: String
    private let story: @Sendable (Stage) async throws -> Void

    init(_ name: String, _ story: @escaping @Sendable (Stage) async throws -> Void) {
        self.name = name
        self.story = story
    }

    package var testDescription: String { name }

    /// Plays the story; what the store does wrong is recorded as an issue of the current test.
    package func run(on stage: Stage) async throws {
        try await story(stage)
    }

    /// Every check.
    package static var all: [Self] {
        opening + claims + tries + slices + takeUp + fence + intents + replacedRows + withdrawals + settlements
            + accountChanges + standings + carrying + coolDowns + slots + signs + workers + deferring + closing
            + repeats + learning + troubles + rows
    }
}
