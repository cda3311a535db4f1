import Ledger
import Logging
import MonoAPI
import Platform
import Postgres
import Reconciliation

/// What a worker has open while it settles cases: the client with its calls, the ear for changed accounts, the display.
final class RunWork {
    typealias Events = AsyncStream<RunExecutor.Event>.Continuation

    private var progress: ProgressDisplay?
    private let minutes: MinuteLog?
    private let client: MonoClient
    private let events: Events
    private let thread: EventThread
    private let ears: Task<Void, Never>
    private var calls: [Int: Task<Void, Never>] = [:]
    private var isCancelled = false

    /// Opens all of it.
    init(
        _ run: OpenRun, _ setting: RunExecutor.Setting, logger: Logger, progress: ProgressDisplay?,
        minutes: MinuteLog?, events: Events, thread: EventThread
    ) {
        (self.progress, self.minutes) = (progress, minutes)
        (self.events, self.thread) = (events, thread)
        client = MonoClient(
            baseURL: setting.baseURL, key: setting.key, api: run.options.rules.api,
            concurrency: setting.run.concurrency, triggerTimeout: run.options.rules.window,
            version: MonoReconcile.version, uptime: { BootClock.uptime }, on: thread.loops)
        ears = Self.listening(setting, events, logger, thread)
    }

    /// Gives up all that is under way.
    func cancel() {
        guard !isCancelled else { return }
        isCancelled = true
        cancelCalls()
        ears.cancel()
    }

    /// Takes how many calls this process has made.
    func show(_ made: CallCounts) {
        progress?.show(made)
        minutes?.show(made)
    }

    /// Takes the display away; others may be at work on the run until then.
    func endProgress() async {
        progress?.end()
        progress = nil
        await minutes?.end()
    }

    /// The same, and waits for the client's end.
    func end() async {
        cancel()
        await endProgress()
        await client.shutdown()
    }

    func cancelCalls() {
        for call in calls.values { call.cancel() }
    }

    /// Sends a call; its answer is an input.
    func send(_ call: MonoCall, clock: DatabaseClock) {
        let (client, events) = (client, events)
        // By the clock since boot: the database's may be moved, and a process may sleep, before the request leaves.
        let latest = call.leavesBefore.map { BootClock.uptime + $0.since(clock.now) } ?? .zero
        calls[call.number] = Task(executorPreference: thread) {
            let result: CallResult
            switch call.call {
            case .details: result = .details(await client.details(of: call.account))
            case .job(let job): result = .job(await client.job(job, of: call.account))
            case .trigger: result = .trigger(await client.trigger(call.account, leavingBefore: latest))
            case .reauthLink: result = .reauthLink(await client.reauthorisationLink(of: call.account))
            }
            events.yield(.input(.called(number: call.number, result)))
        }
    }

    /// A call has ended.
    func ended(_ number: Int) { calls[number] = nil }

    private static func listening(
        _ setting: RunExecutor.Setting, _ events: Events, _ logger: Logger, _ thread: EventThread
    ) -> Task<Void, Never> {
        Task(executorPreference: thread) { await listen(setting, events, logger) }
    }

    /// Hears of every change of an account; after a lost connection any may have changed.
    private static func listen(_ setting: RunExecutor.Setting, _ events: Events, _ logger: Logger) async {
        async let _ = tellPooling(setting, logger)
        var isTold = false
        repeat {
            do throws(PostgresError) {
                // What this worker itself commits it knows.
                let listener = try await Listener.open(
                    setting.configuration, channels: ["mono_account"], ignoring: setting.database)
                events.yield(.input(.changed(nil)))
                for await arrived in listener.notifications {
                    events.yield(.input(.changed(arrived.compactMap { AccountID($0.payload) })))
                }
                await listener.close()
            } catch {
                // That there is no server is told by the run itself, and may pass.
                let isNews = !isTold && !error.isConnectionLoss && error.kind != .cancelled
                isTold = isTold || isNews
                logger.log(
                    level: isNews ? .notice : .debug,
                    isNews ? "changes of accounts are not told here: \(withoutNotifications)" : "not listening",
                    metadata: ["error": "\(error)"])
            }
        } while (try? await Task.sleep(for: .milliseconds(500))) != nil
    }

    private static let withoutNotifications =
        "an event that comes meanwhile is seen at the account's next look, and that may be a call too many"

    /// A pooler may take LISTEN and deliver nothing.
    private static func tellPooling(_ setting: RunExecutor.Setting, _ logger: Logger) async {
        // A database that is away is told by the run itself.
        guard (try? await Pooling.isDirect(setting.database)) == false,
            let pooling = try? await Pooling.find(setting.configuration), let notice = notice(of: pooling)
        else { return }
        logger.notice("\(notice)")
    }

    /// What a pooler costs a run; nil: nothing.
    static func notice(of pooling: Pooling) -> String? {
        switch pooling {
        case .none, .session: nil
        case .transaction:
            """
            a pooler hands each transaction to another connection, so notifications and session locks do not work: \
            \(withoutNotifications), and a process that died is noticed after \
            \(WorkerLimits.lease.components.seconds) s; connect to PostgreSQL itself, or with pool_mode = session
            """
        case .unknown:
            """
            a pooler did not give two connections within 5 s: unless its pool_mode is session, \
            \(withoutNotifications)
            """
        }
    }
}
