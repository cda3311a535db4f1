import FoundationEssentials
import Logging
import MonoAPI
import Reconciliation
import Reports

/// Those who watch the job from outside: a dead man's switch, a file of metrics, and people by a chat's webhook.
///
/// None can fail the job. A ping holds it up for 5 s at most, a notice for 10 s: what goes wrong here is one line of the
/// log.
struct JobMonitor: Sendable {
    /// How long a ping may take, and how long both together may hold up the job's end.
    private static let pingLimit = Duration.seconds(5)
    /// The part of it that is left for the end's own ping, if the start is still being told.
    private static let lastPingShare = Duration.seconds(3)
    private static let noticeLimit = Duration.seconds(10)
    /// For all of them when the process has been told to end.
    private static let hurriedLimit = Duration.seconds(2)

    private let ping: HealthPing?
    private let metricsFile: String?
    private let notifyURL: NoticeURL?
    private let logger: Logger
    private let begin = ContinuousClock.now
    /// The first ping is under way while the job works.
    private let greeting: Task<Void, Never>?

    /// Announces the job's beginning.
    init(_ settings: RunSettings, _ logger: Logger) {
        let ping = settings.pingURL.map {
            HealthPing(address: $0, id: UUID().uuidString.lowercased(), version: MonoReconcile.version)
        }
        self.ping = ping
        self.logger = logger
        metricsFile = settings.metricsFile
        notifyURL = settings.notifyURL
        greeting = ping.map { ping in
            Task {
                let failure = await ping.send(.start, saying: "mono-reconcile begins", within: Self.pingLimit)
                guard let failure else { return }
                logger.warning("the ping of the start was not taken", metadata: ["error": "\(failure)"])
            }
        }
    }

    /// Tells how the job ended.
    ///
    /// - Parameters:
    ///   - failure: Why the exit code is not 0.
    ///   - run: The run, if the job came to its end.
    ///   - notice: What people are to be told, if it is for this process to tell.
    ///   - isInterrupted: Whether the process has to end soon.
    func end(
        _ failure: Failure?, run: RunRecord? = nil, notice: NightNotice? = nil, isInterrupted: Bool = false
    ) async {
        let code = failure?.code ?? 0
        let metrics = RunMetrics(
            endedAt: WallClock.now, duration: ContinuousClock.now - begin, exitCode: Int(code),
            version: MonoReconcile.version, run: run)
        do throws(ReportError) {
            if let metricsFile { try metrics.write(to: metricsFile) }
        } catch {
            logger.error("the metrics file was not written", metadata: ["error": "\(error)"])
        }
        async let notified: Void = tell(notice, isInterrupted: isInterrupted)
        await pingEnd(failure, run, isInterrupted: isInterrupted)
        await notified
    }

    private func tell(_ notice: NightNotice?, isInterrupted: Bool) async {
        guard let notifyURL, let notice else { return }
        let problem = await NoticePost(to: notifyURL, version: MonoReconcile.version)
            .send(notice.json, within: isInterrupted ? Self.hurriedLimit : Self.noticeLimit)
        guard let problem else { return }
        logger.warning("the notice was not taken", metadata: ["error": "\(problem)", "address": "\(notifyURL.shown)"])
    }

    private func pingEnd(_ failure: Failure?, _ run: RunRecord?, isInterrupted: Bool) async {
        guard let ping else { return }
        let code = failure?.code ?? 0
        let deadline = ContinuousClock.now + (isInterrupted ? Self.hurriedLimit : Self.pingLimit)
        // The start is told before the end, or the switch would wait for another end.
        await Self.finish(greeting, by: deadline - Self.lastPingShare)
        var lines: [String] = []
        if let run { lines.append("run \(run.runID) (\(run.kind.rawValue)): \(Headline.text(of: run))") }
        if let failure { lines.append(failure.naming(.reconciler).message) }
        let problem = await ping.send(
            .end(exitCode: code), saying: lines.joined(separator: "\n"), within: deadline - ContinuousClock.now)
        if let problem { logger.warning("the ping of the end was not taken", metadata: ["error": "\(problem)"]) }
    }

    /// Waits for a task that heeds cancellation, and cancels it at the deadline.
    static func finish(_ task: Task<Void, Never>?, by deadline: ContinuousClock.Instant) async {
        guard let task else { return }
        let alarm = Task {
            guard (try? await Task.sleep(until: deadline, clock: .continuous)) != nil else { return }
            task.cancel()
        }
        await task.value
        alarm.cancel()
    }
}
