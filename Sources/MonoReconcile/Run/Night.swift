import Ledger
import Logging
import MonoAPI
import Postgres
import Reconciliation
import Reports
import Synchronization

/// A run from its opening to its report.
struct Night: Sendable {
    let settings: RunSettings
    let options: RunOptions
    let key: SecretKey
    let baseURL: BaseURL
    let configuration: PostgresConfiguration
    let database: Database
    let logger: Logger
    let signals: SignalBox

    /// A run older than this is not tonight's.
    static let oneNight = Duration.seconds(12 * 3_600)

    /// What is left to say of a finished run.
    struct Ending: Sendable {
        var record: RunRecord
        var reportFolder: String?
        var reportError: ReportError?
        var stop: StopReason?
        /// Whether the run's other workers go on with it, and report it.
        var isLeftToOthers = false
        /// Cases of accounts named that another run held, settled there.
        var elsewhere: [CaseRecord] = []
        /// The exit code: by this run's cases, and those settled elsewhere.
        var exitCode: Int {
            let isUnfinished = elsewhere.contains { $0.outcome == .errored || $0.outcome == .deferred }
            return record.exitCode == 0 && isUnfinished ? 1 : record.exitCode
        }
    }

    /// Runs the nightly reconciliation; a run that was left open long ago is brought to its end first.
    func nightly() async throws(Failure) -> Ending {
        if let stopped = try await finishStranded() { return stopped }
        while true {
            let worker = Worker.ofThisProcess()
            let ledger = Ledger(database: database, worker: worker)
            let run = try await Self.failing { () throws(PostgresError) in try await ledger.openNightly(options) }
            try check(run)
            var isStale = !run.isNew && run.age >= Self.oneNight
            if isStale {
                // A long night that is still worked on is joined.
                isStale = try await Self.failing { () throws(PostgresError) in
                    try await !ledger.hasOtherWorkers(runID: run.runID)
                }
            }
            let ending = try await carryOut(run, ledger, isStale: isStale)
            if !isStale || ending.stop != nil { return ending }
            logger.notice("an earlier run was brought to its end", metadata: ["run": "\(run.runID)"])
        }
    }

    /// Runs for the accounts named.
    func oneOff() async throws(Failure) -> Ending {
        if let stopped = try await finishStranded() { return stopped }
        let ledger = Ledger(database: database, worker: Worker.ofThisProcess())
        let unknown = try await Self.failing { () throws(PostgresError) in
            try await ledger.unknown(among: settings.accounts)
        }
        guard unknown.isEmpty else {
            let names = unknown.map(\.rawValue).joined(separator: ", ")
            throw Failure(.badInput, "--account: not in mono.accounts: \(names); nothing was done; check the IDs")
        }
        let run = try await Self.failing { () throws(PostgresError) in
            try await ledger.openOneOff(settings.accounts, options)
        }
        let held = try await Self.failing { () throws(PostgresError) in
            try await ledger.heldElsewhere(settings.accounts, than: run.runID)
        }
        var ending = try await carryOut(run, ledger, isStale: false)
        let lane = LedgerLane(ledger, runID: nil, logger: logger)
        for one in held where ending.stop == nil {
            ending.elsewhere.append(try await outcome(of: one.account, in: one.runID, lane))
        }
        return ending
    }

    /// Brings one-off runs to their end whose process died: they would keep their accounts from every other run.
    ///
    /// Returns an ending only if the process has to stop.
    private func finishStranded() async throws(Failure) -> Ending? {
        let finder = Ledger(database: database, worker: Worker.ofThisProcess())
        let stranded = try await Self.failing { () throws(PostgresError) in try await finder.strandedOneOffs() }
        for run in stranded where run.options.baseURL == options.baseURL {
            let ledger = Ledger(database: database, worker: Worker.ofThisProcess())
            let ending = try await carryOut(run, ledger, isStale: true)
            if ending.stop != nil { return ending }
        }
        return nil
    }

    /// Waits for a case that another run holds: two open cases of one account would be two syncs.
    private func outcome(
        of account: AccountID, in runID: Int64, _ lane: LedgerLane
    ) async throws(Failure) -> CaseRecord {
        // A worker may be about to take its lock anew, or to close the run.
        var looksLeft = Self.looksWithoutWorker
        while true {
            let (isWorkedOn, record) = try await lane.perform { (ledger, _) throws(PostgresError) in
                (try await ledger.hasOtherWorkers(runID: runID), try await ledger.record(of: account, in: runID))
            }
            guard let record else { throw Failure(.internalError, "the case of \(account) in run \(runID) is gone") }
            if record.outcome != nil { return record }
            looksLeft = isWorkedOn ? Self.looksWithoutWorker : looksLeft - 1
            guard looksLeft > 0 else {
                throw Failure(
                    .unsettled,
                    "\(account) is in run \(runID), which no process works on: mono-reconcile run takes that run up")
            }
            guard (try? await Task.sleep(for: .milliseconds(300))) != nil, signals.signal == nil else {
                throw Failure(code: 128 + Int(signals.signal ?? 15), "interrupted while run \(runID) held \(account)")
            }
        }
    }

    /// So many looks in a row, 300 ms apart, must find nobody at work on a run before nobody is.
    private static let looksWithoutWorker = 20

    static func failing<Value>(
        _ operation: () async throws(PostgresError) -> Value
    ) async throws(Failure) -> Value {
        do throws(PostgresError) {
            return try await operation()
        } catch {
            throw Failure(error)
        }
    }

    /// A joiner goes by the run's options; another API or address cannot be joined.
    private func check(_ run: OpenRun) throws(Failure) {
        guard !run.isNew else { return }
        guard run.options.rules.api == options.rules.api, run.options.baseURL == options.baseURL else {
            throw Failure(
                .configuration,
                "run \(run.runID) is open with --api \(run.options.rules.api.rawValue) at \(run.options.baseURL); "
                    + "use the same, or wait until it is closed")
        }
        if run.options != options, !settings.quiet {
            Terminal.complain("run \(run.runID) is open: this process goes on with that run's options")
        }
    }

    private func carryOut(_ run: OpenRun, _ ledger: Ledger, isStale: Bool) async throws(Failure) -> Ending {
        var logger = logger
        logger[metadataKey: "run"] = "\(run.runID)"
        let lane = LedgerLane(ledger, runID: run.runID, logger: logger)
        let clock = DatabaseClock(base: run.startedAt.advanced(by: run.age))
        try await lane.perform { (ledger, _) throws(PostgresError) in
            try await ledger.forgetStop(of: run)
            try await clock.adjust(by: ledger)
        }
        if isStale {
            try await lane.perform { (ledger, _) throws(PostgresError) in
                try await ledger.deferRest(of: run, why: "the night was over before its turn", onlyUntriggered: true)
            }
        }
        let progress = ProgressDisplay.start(settings.progressStyle, ledger, run)
        defer { progress?.end() }
        let shift = try await work(on: run, lane, clock, logger, progress)
        return try await finish(run, lane, shift)
    }

    private func work(
        on run: OpenRun, _ lane: LedgerLane, _ clock: DatabaseClock, _ logger: Logger,
        _ progress: ProgressDisplay?
    ) async throws(Failure) -> Shift.Ending {
        let client = MonoClient(
            baseURL: baseURL, key: key, api: run.options.rules.api, concurrency: settings.concurrency,
            triggerTimeout: run.options.rules.window, version: MonoReconcile.version)
        let shift = Shift(
            run: run, settings: settings, client: client, lane: lane, clock: clock, logger: logger,
            progress: progress)
        let ledger = lane.ledger
        signals.onStop { signal in
            Task {
                // Without an answer others may go on; once the shift is over it is asked again.
                let hasOthers = (try? await ledger.hasOtherWorkers(runID: run.runID)) ?? true
                let reason = StopReason.interrupted(signal: signal)
                if hasOthers { shift.handBack(reason) } else { shift.stop(reason) }
            }
        }
        let heartbeat = Task { await Self.beat(lane, clock, shift, run: run) }
        let lookout = Task { await Self.watch(ledger, shift, runID: run.runID) }
        let ears = Task { await Self.listen(configuration, shift, logger) }
        let result: Result<Shift.Ending, Failure>
        do throws(Failure) {
            result = .success(try await shift.work())
        } catch {
            result = .failure(error)
        }
        for helper in [heartbeat, lookout, ears] { helper.cancel() }
        // A renewed lease after the leave would keep the others waiting for it.
        await heartbeat.value
        await lookout.value
        await client.shutdown()
        return try result.get()
    }

    /// Renews the lease and the clock's offset; a failure is the loop's to notice, which asks the same database.
    private static func beat(_ lane: LedgerLane, _ clock: DatabaseClock, _ shift: Shift, run: OpenRun) async {
        while (try? await Task.sleep(for: Worker.lease / 3)) != nil {
            let calls = await shift.callsMade
            _ = try? await lane.perform { (ledger, _) throws(PostgresError) in
                try await ledger.enlist(runID: run.runID)
                // Looks alone write nothing: a crash shall not take their number with it.
                try await ledger.tally(calls, unspent: 0, of: run)
                try await clock.adjust(by: ledger, samples: 2)
            }
        }
    }

    /// Passes on what other workers found out: within a second it holds for all.
    private static func watch(_ ledger: Ledger, _ shift: Shift, runID: Int64) async {
        var heldUntil: Timestamp?
        while (try? await Task.sleep(for: watchPause)) != nil {
            // Without an answer there is nothing new; the loop asks the same database and notices.
            guard let signs = try? await ledger.signs(of: runID) else { continue }
            // Whoever used the connection first after a loss made a new one, without the lock.
            if !signs.isEnlisted { _ = try? await ledger.enlist(runID: runID) }
            if let reason = signs.stop { shift.stop(reason) }
            if let until = signs.heldUntil, heldUntil.map({ until > $0 }) ?? true {
                heldUntil = until
                shift.held(until: until)
            }
        }
    }

    private static let watchPause = Duration.milliseconds(500)

    /// Hears of every change of an account; after a lost connection any may have changed.
    private static func listen(_ configuration: PostgresConfiguration, _ shift: Shift, _ logger: Logger) async {
        repeat {
            do throws(PostgresError) {
                let listener = try await Listener.open(configuration, channels: ["mono_account"])
                shift.changed(nil)
                for await notification in listener.notifications {
                    if let id = AccountID(notification.payload) { shift.changed([id]) }
                }
                await listener.close()
            } catch {
                logger.debug("not listening", metadata: ["error": "\(error)"])
            }
        } while (try? await Task.sleep(for: .milliseconds(500))) != nil
    }

    /// Waits for the run's close, closing it if nobody else does, and reports it.
    private func finish(_ run: OpenRun, _ lane: LedgerLane, _ shift: Shift.Ending) async throws(Failure) -> Ending {
        let ledger = lane.ledger
        try await lane.perform { (ledger, _) throws(PostgresError) in try await ledger.leave() }
        // From here on it holds nothing: a lost connection needs no new lock.
        let quiet = LedgerLane(ledger, runID: nil, logger: logger)
        if shift.handedBack {
            let goesOn = try await quiet.perform { (ledger, _) throws(PostgresError) in
                try await ledger.hasOtherWorkers(runID: run.runID)
            }
            if goesOn { return try await leftEarly(run, quiet, shift.stop) }
        }
        guard try await close(run, quiet, shift.stop) else { return try await leftEarly(run, quiet, signals.reason) }
        return try await report(run, quiet, shift.stop)
    }

    /// What a stopped worker can say of a run that others go on with.
    private func leftEarly(
        _ run: OpenRun, _ lane: LedgerLane, _ stop: StopReason?
    ) async throws(Failure) -> Ending {
        var record = try await record(of: run, lane)
        record.exitCode = stop?.exitCode ?? 0
        return Ending(record: record, stop: stop, isLeftToOthers: true)
    }

    private func record(of run: OpenRun, _ lane: LedgerLane) async throws(Failure) -> RunRecord {
        let record = try await lane.perform { (ledger, _) throws(PostgresError) in
            try await ledger.record(of: run.runID)
        }
        guard let record else { throw Failure(.internalError, "run \(run.runID) is gone from the database") }
        return record
    }

    /// All workers wait for the close: each of them closes the run when it finds it done.
    ///
    /// False when a signal ended the wait and others are still at work.
    private func close(_ run: OpenRun, _ lane: LedgerLane, _ stop: StopReason?) async throws(Failure) -> Bool {
        var interruption: Int?
        if case .interrupted? = stop { interruption = stop?.exitCode }
        while true {
            let isClosed = try await lane.perform { [interruption] (ledger, _) throws(PostgresError) in
                // What nobody alive holds would keep the run open for ever.
                if let stop {
                    try await ledger.deferRest(of: run, why: stop.detail, onlyAsLast: interruption != nil)
                }
                return try await ledger.close(run, interruption: interruption) != nil
            }
            if isClosed { return true }
            guard (try? await Task.sleep(for: Self.closePause)) != nil, signals.signal == nil else { return false }
        }
    }

    /// Between two looks whether the run is closed.
    private static let closePause = Duration.milliseconds(200)

    private func report(
        _ run: OpenRun, _ lane: LedgerLane, _ stop: StopReason?
    ) async throws(Failure) -> Ending {
        let record = try await record(of: run, lane)
        let json = String(decoding: SummaryJSON.bytes(of: record), as: UTF8.self)
        let told = try await lane.perform { (ledger, _) throws(PostgresError) in
            try await ledger.keepSummary(json, of: run.runID)
            return try await ledger.signs(of: run.runID).stop
        }
        var ending = Ending(record: record, stop: stop ?? told)
        guard settings.writesReport else { return ending }
        do throws(ReportError) {
            ending.reportFolder = try ReportFiles.write(
                record, to: settings.reportDirectory, profile: settings.csvProfile)
        } catch {
            ending.reportError = error
        }
        return ending
    }
}
