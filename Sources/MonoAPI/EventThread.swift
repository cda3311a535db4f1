package import NIOCore
import NIOPosix

/// One thread on which connections, timers, tasks and actors live together, so that none has to wake another's.
///
/// It lives as long as the process. Whatever runs on it must not block.
package final class EventThread: SerialExecutor, TaskExecutor {
    /// The thread for whoever opens connections.
    package let loops: any EventLoopGroup
    private let loop: any EventLoop

    /// Starts the thread.
    package init() {
        let loops = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        self.loops = loops
        loop = loops.next()
    }

    /// Runs a task's next part.
    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        loop.execute { [self] in
            job.runSynchronously(isolatedTo: asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
        }
    }

    /// Stops the process on any other thread.
    package func checkIsolated() { loop.preconditionInEventLoop() }

    /// Calls `action` on the thread when the delay is over.
    package func after(_ delay: Duration, _ action: @escaping @Sendable () -> Void) -> Alarm {
        Alarm(scheduled: loop.scheduleTask(in: TimeAmount(delay), action))
    }

    /// What is to happen later.
    package struct Alarm: Sendable {
        fileprivate let scheduled: Scheduled<Void>

        /// Takes it back; nothing happens where it has happened already.
        package func cancel() { scheduled.cancel() }
    }
}
