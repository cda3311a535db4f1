import Reconciliation
import Testing

/// What stands in the column `steps`, whichever version wrote it.
@Suite struct StepTests {
    @Test(arguments: ["details", "job", "intent", "trigger", "event", "resume", "link", "settle"])
    func `a name of ours is read as itself`(stored: String) {
        #expect(StepName.known.contains(StepName(stored)))
        #expect(StepName(stored).stored == stored)
    }

    @Test func `a name of another version is kept as it is`() {
        #expect(StepName("probe") == .other("probe"))
        #expect(StepName("probe").stored == "probe")
    }

    @Test(arguments: StepSaying.Code.allCases)
    func `a code is read from its own words, and nothing else is`(code: StepSaying.Code) {
        #expect(StepSaying(code.rawValue) == .code(code))
        #expect(StepSaying(code.rawValue + " again") == .text(code.rawValue + " again"))
        #expect(StepSaying(code.rawValue).words == code.rawValue)
    }

    @Test func `codes and names keep the words that stored rows have`() {
        #expect(
            StepSaying.Code.allCases.map(\.rawValue) == [
                "committed", "started", "succeeded", "failed", "re-authorisation required", "SYNC_ERROR",
                "INCOMPLETE_STATEMENT_ERROR",
            ])
    }
}
