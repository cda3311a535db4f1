import Testing

@testable import MonoReconcile

/// How long the end waits for the ping of the start.
struct JobMonitorTests {
    @Test(.timeLimit(.minutes(1)))
    func `a greeting that nobody takes is cancelled at the deadline`() async {
        let greeting = Task { _ = try? await Task.sleep(for: .seconds(3_600)) }
        await JobMonitor.finish(greeting, by: .now + .milliseconds(20))
        #expect(greeting.isCancelled)
    }

    @Test func `one that was taken is not, and none is not waited for`() async {
        let greeting = Task {}
        await JobMonitor.finish(greeting, by: .now + .seconds(3_600))
        #expect(!greeting.isCancelled)
        await JobMonitor.finish(nil, by: .now + .seconds(3_600))
    }
}
