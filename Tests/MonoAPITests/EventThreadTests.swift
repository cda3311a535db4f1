import Glibc
import MonoAPI
import NIOCore
import Synchronization
import Testing

/// One thread for connections, timers, tasks and actors.
@Suite(.timeLimit(.minutes(1))) struct EventThreadTests {
    private actor Inhabitant {
        private let thread: EventThread
        nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

        init(_ thread: EventThread) { self.thread = thread }

        func number() -> pthread_t { pthread_self() }
    }

    @Test func `an actor, a task and an alarm run on it`() async throws {
        let thread = EventThread()
        let actor = await Inhabitant(thread).number()
        let task = await Task(executorPreference: thread) { pthread_self() }.value
        let alarm = await withCheckedContinuation { continuation in
            _ = thread.after(.zero) { continuation.resume(returning: pthread_self()) }
        }
        let loop = try await thread.loops.next().submit { pthread_self() }.get()
        #expect(Set([actor, task, alarm]) == [loop])
    }

    @Test func `an alarm that was taken back does not ring`() async {
        let thread = EventThread()
        let rings = Mutex<[Int]>([])
        let first = thread.after(.milliseconds(20)) { rings.withLock { $0.append(1) } }
        first.cancel()
        await withCheckedContinuation { continuation in
            _ = thread.after(.milliseconds(40)) { continuation.resume() }
        }
        #expect(rings.withLock { $0 }.isEmpty)
    }
}
