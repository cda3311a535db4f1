import Ledger
import Logging
import Reconciliation
import Synchronization

/// Tells the log at `info` how a run begins, and each minute how far it is.
final class MinuteLog: Sendable {
    private let logger: Logger
    private let run: OpenRun
    private let rate: Double
    private let progress: @Sendable () async -> RunProgress?
    private let calls = Mutex(0)
    private let greeting = Mutex<Task<Int, Never>?>(nil)
    private let minutes = Mutex<Task<Void, Never>?>(nil)

    /// Begins the log of a run.
    ///
    /// - Parameters:
    ///   - logger: Whose lines name the run.
    ///   - run: The run.
    ///   - rate: Calls a second, all workers together.
    ///   - pause: The time between two lines.
    ///   - progress: Asks how far the run is; nil when the database is away.
    /// - Returns: Nil where nobody wants to know.
    static func start(
        _ logger: Logger, _ run: OpenRun, rate: Double, pause: Duration = .seconds(60),
        progress: @escaping @Sendable () async -> RunProgress?
    ) -> MinuteLog? {
        guard logger.logLevel <= .info else { return nil }
        let log = MinuteLog(logger, run, rate, progress)
        let greeting = Task { await log.greet() }
        log.greeting.withLock { $0 = greeting }
        log.minutes.withLock { $0 = Task { await log.tell(every: pause, after: greeting) } }
        return log
    }

    private init(
        _ logger: Logger, _ run: OpenRun, _ rate: Double, _ progress: @escaping @Sendable () async -> RunProgress?
    ) {
        (self.logger, self.run, self.rate, self.progress) = (logger, run, rate, progress)
    }

    /// Takes what this worker knows better than the database.
    func show(_ made: CallCounts) { calls.withLock { $0 = made.total } }

    /// Ends the lines; the first one has been written by then.
    func end() async {
        minutes.withLock { $0 }?.cancel()
        _ = await greeting.withLock { $0 }?.value
    }

    /// Tells the beginning, and returns the calls made by then.
    private func greet() async -> Int {
        let news = await progress()
        logger.info(
            run.isNew ? "begins" : "joined",
            metadata: [
                "kind": "\(run.kind.rawValue)", "accounts": "\(news?.total ?? 0)",
                "api": "\(run.options.rules.api.rawValue)", "rate": "\(rate)",
            ])
        return news.map(total) ?? 0
    }

    private func tell(every pause: Duration, after greeting: Task<Int, Never>) async {
        var before = await greeting.value
        while (try? await Task.sleep(for: pause)) != nil {
            // The run itself notices that the database is away.
            guard let news = await progress(), !Task.isCancelled else { continue }
            let calls = total(news)
            logger.info(
                "at work",
                metadata: [
                    "settled": "\(news.settled)", "accounts": "\(news.total)", "calls": "\(calls)",
                    "calls_last_minute": "\(calls - before)", "syncs_under_way": "\(news.waiting)",
                ])
            before = calls
        }
    }

    private func total(_ news: RunProgress) -> Int { calls.withLock { $0 } + news.callsElsewhere.total }
}
