import RunStoreConformance
import Testing

/// The simulation's store promises what PostgreSQL does.
struct ConformanceTests {
    @Test(arguments: ConformanceCheck<MemoryStage>.all)
    func `the store in memory keeps`(check: ConformanceCheck<MemoryStage>) async throws {
        try await check.run(on: MemoryStage())
    }
}
