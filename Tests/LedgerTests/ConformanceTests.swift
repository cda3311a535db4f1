import RunStoreConformance
import Testing

/// PostgreSQL keeps every promise of a store of runs.
@Suite struct ConformanceTests {
    @Test(arguments: ConformanceCheck<PostgresStage>.all)
    func `PostgreSQL keeps`(check: ConformanceCheck<PostgresStage>) async throws {
        try await check.run(on: PostgresStage())
    }
}
