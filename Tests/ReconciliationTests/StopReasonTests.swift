import Reconciliation
import Testing

/// What a process exits with, and what it tells the run's other workers.
@Suite struct StopReasonTests {
    @Test(arguments: [
        (StopReason.keyRefused("Mono answered 401"), 77), (.unreachable("no answer"), 69),
        (.tryLater(.seconds(3_600)), 75),
    ])
    func `another worker learns the reason from the code and the explanation`(reason: StopReason, code: Int) {
        #expect(reason.exitCode == code)
        #expect(StopReason(exitCode: code, explanation: reason.explanation) == reason)
    }

    @Test(arguments: [2, 15])
    func `an interruption concerns only the process it happened to`(signal: Int32) {
        let reason = StopReason.interrupted(signal: signal)
        #expect(reason.exitCode == 128 + Int(signal))
        #expect(StopReason(exitCode: reason.exitCode, explanation: reason.explanation) == nil)
    }
}
