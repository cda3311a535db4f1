import Ledger
import Logging
import MonoAPI
import Postgres
import Reconciliation
import Reports

/// Executes what a ``RunLifecycle`` decides, and feeds back what came of it.
///
/// Each effect runs in a task of its own and ends as an input; the inputs are taken one by one. Nothing is decided here.
/// The loop, its alarm and the calls share one thread; only PostgreSQL, which blocks, and the report have others.
actor RunExecutor {
    /// What a run needs that the process was given.
    struct Setting: Sendable {
        let run: RunSettings
        /// The accounts of a one-off run; none: it is a nightly one.
        let accounts: [AccountID]
        let options: RunOptions
        let key: SecretKey
        let baseURL: BaseURL
        let configuration: PostgresConfiguration
        let database: Database
        let logger: Logger
        let signals: SignalBox
    }

    enum Event: Sendable {
        case input(RunLifecycle.Input)
        case failed(Failure)
    }

    private let setting: Setting
    private let thread = EventThread()
    private var lifecycle: RunLifecycle
    private var log: RunLog
    private var ledger: RetryingLedger
    private var clock: DatabaseClock
    /// What was opened for each run's work; the last one's is in use.
    private var works: [RunWork] = []
    private var report: RunReport?
    private var alarm: (at: Timestamp, bell: EventThread.Alarm)?
    private let events: AsyncStream<Event>
    private let continuation: AsyncStream<Event>.Continuation

    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    /// A process at its beginning.
    init(_ setting: Setting) {
        self.setting = setting
        let purpose: RunLifecycle.Purpose =
            setting.accounts.isEmpty ? .nightly : .oneOff(setting.accounts)
        lifecycle = RunLifecycle(
            purpose, options: setting.options,
            limits: WorkerLimits(rate: setting.run.rate, concurrency: setting.run.concurrency),
            seed: UInt64.random(in: .min ... .max))
        log = RunLog(setting.logger)
        ledger = RetryingLedger(.ofThisProcess(setting.database, rate: setting.run.rate), logger: setting.logger)
        clock = DatabaseClock(base: Timestamp(microseconds: 0))
        (events, continuation) = AsyncStream.makeStream(of: Event.self)
    }

    /// Lives the run from its opening to its report.
    func run() async throws(Failure) -> RunResult {
        let continuation = continuation
        setting.signals.onStop { continuation.yield(.input(.interrupted(signal: $0))) }
        continuation.yield(.input(.started))
        // Waiting for an input stays on the thread too.
        let result = await withTaskExecutorPreference(thread) { await live() }
        alarm?.bell.cancel()
        for work in works { await work.end() }
        return try result.get()
    }

    private func live() async -> Result<RunResult, Failure> {
        for await event in events {
            switch event {
            case .failed(let failure): return .failure(failure)
            case .input(let input):
                log.took(input)
                if case .woken = input { alarm = nil }
                // An alarm by the former clock would seem earlier than it rings.
                if case .clockMeasured(let jump) = input, jump != .zero { dropAlarm() }
                if case .called(let number, _) = input { works.last?.ended(number) }
                lifecycle.take(input, at: clock.now)
            }
            for action in lifecycle.actions(at: clock.now) {
                if let result = perform(action) { return result }
            }
            if let scheduler = lifecycle.scheduler { works.last?.show(scheduler.calls) }
        }
        return .failure(Failure(.internalError, "the run's inputs came to an end"))
    }

    private func ended(_ end: RunEnd) -> Result<RunResult, Failure> {
        guard let report else { return .failure(Failure(.internalError, "the run ended without its record")) }
        return .success(RunResult(end: end, report: report))
    }

    /// Begins an action's effect; the last action has a result.
    private func perform(_ action: RunLifecycle.Action) -> Result<RunResult, Failure>? {
        switch action {
        case .beginWorker:
            ledger = RetryingLedger(.ofThisProcess(setting.database, rate: setting.run.rate), logger: setting.logger)
        case .setClock(let time): clock = DatabaseClock(base: time)
        case .measureClock(let samples, let persistence): measureClock(samples, persistence)
        case .ask(let request, let persistence): ask(request, persistence)
        case .beginWork(let run): begin(run)
        case .endWork:
            dropAlarm()
            works.last?.cancel()
        case .call(let call):
            log.sending(call)
            works.last?.send(call, clock: clock)
        case .cancelCalls: works.last?.cancelCalls()
        case .report(let run): write(run)
        case .summarise(let run): summarise(run)
        case .note(let note): tell(note)
        case .wake(let at): wake(at: at)
        case .end(let end): return ended(end)
        case .refuse(let refusal): return .failure(Failure(refusal))
        }
        return nil
    }

    // MARK: The store

    /// Runs an effect beside the loop, on its thread or, where it may take long, on another; its result is an input.
    private func beside(
        on executor: (any TaskExecutor)?, _ effect: @escaping @Sendable () async throws(Failure) -> RunLifecycle.Input
    ) {
        let continuation = continuation
        Task(executorPreference: executor) {
            do throws(Failure) {
                continuation.yield(.input(try await effect()))
            } catch {
                continuation.yield(.failed(error))
            }
        }
    }

    private func ask(_ request: StoreRequest, _ persistence: RunLifecycle.Persistence) {
        let ledger = ledger
        beside(on: thread) { () throws(Failure) in .answered(request, try await ledger.perform(request, persistence)) }
    }

    private func measureClock(_ samples: Int, _ persistence: RunLifecycle.Persistence) {
        let (ledger, clock) = (ledger, clock)
        beside(on: thread) { () throws(Failure) in
            let jump = try await ledger.perform(persistence) { (ledger, _) throws(PostgresError) in
                try await clock.adjust(by: ledger.reader, samples: samples)
            }
            return .clockMeasured(jump: jump)
        }
    }

    // MARK: The work

    private func begin(_ run: OpenRun) {
        let ledger = ledger.ledger
        let logger = log.begin(run)
        let progress = ProgressDisplay.start(setting.run.progressStyle, ledger, run)
        // A database that is away is noticed by the run itself.
        let minutes = MinuteLog.start(logger, run, rate: setting.run.rate) {
            try? await ledger.reader.progress(of: run.runID, for: ledger.worker)
        }
        works.append(
            RunWork(
                run, setting, logger: logger, progress: progress, minutes: minutes, events: continuation, thread: thread
            ))
    }

    private func write(_ run: OpenRun) {
        let (ledger, settings) = (ledger, setting.run)
        beside(on: nil) { () throws(Failure) in
            let report = try await RunReport.write(run, ledger, settings)
            return await self.keep(report)
        }
    }

    private func summarise(_ run: OpenRun) {
        let ledger = ledger
        beside(on: nil) { () throws(Failure) in
            let report = RunReport(record: try await RunReport.record(of: run, ledger))
            return await self.keep(report)
        }
    }

    private func keep(_ report: RunReport) async -> RunLifecycle.Input {
        self.report = report
        await works.last?.endProgress()
        log.ended(report.record)
        return .reported(isWritten: report.error == nil)
    }

    private func tell(_ note: RunNote) {
        switch note {
        case .joinedOtherOptions(let run):
            guard !setting.run.quiet else { return }
            Terminal.complain("run \(run.runID) is open: this process goes on with that run's options")
        case .endedEarlierRun(let run):
            log.logger.notice("an earlier run was brought to its end", metadata: ["run": "\(run.runID)"])
        case .clockMoved(let jump): log.logger.warning("the database's clock was moved", metadata: ["by": "\(jump)"])
        case .slotsPulledBack(let distance):
            log.logger.warning(
                "the next call was set further ahead than can be meant; it is not waited for",
                metadata: ["ahead": "\(distance)"])
        case .endedForeignRun(let run):
            guard !setting.run.quiet else { return }
            Terminal.complain(
                "run \(run.runID) was left open with --api \(run.options.rules.api.rawValue) at "
                    + "\(run.options.baseURL): it was brought to its end without a call, its open cases are deferred")
        }
    }

    private func dropAlarm() {
        alarm?.bell.cancel()
        alarm = nil
    }

    /// One alarm at a time: a later one than is set is not needed, since every input asks again.
    private func wake(at: Timestamp) {
        if let alarm, alarm.at <= at { return }
        alarm?.bell.cancel()
        let continuation = continuation
        alarm = (at, thread.after(max(.zero, at.since(clock.now))) { continuation.yield(.input(.woken)) })
    }
}
