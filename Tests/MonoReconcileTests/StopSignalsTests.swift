import Glibc
import Testing

@testable import MonoReconcile

/// The end that nothing in the process can hold up.
struct StopSignalsTests {
    @Test(.timeLimit(.minutes(1)))
    func `a handler that hangs does not keep the process from its end`() async {
        await #expect(processExitsWith: .exitCode(143)) {
            // The queue that would say the last words is this handler's own.
            StopSignals.install(lastWords: "not to be said") { _ in while true { pause() } }
            // The source of signals opens a moment after it is asked for.
            while true {
                kill(getpid(), SIGTERM)
                usleep(10_000)
            }
        }
    }
}
