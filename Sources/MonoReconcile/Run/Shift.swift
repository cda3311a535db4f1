import Ledger
import Logging
import MonoAPI
import Postgres
import Reconciliation

/// One worker's part in one run: the loop that executes what the ``CaseScheduler`` decides and feeds back what came of it.
///
/// It decides nothing. Each effect runs in a task of its own and ends as an ``Input``; the inputs are taken one by one.
actor Shift {
    enum Input: Sendable {
        case claimed([Claim], more: Bool)
        case granted(SlotGrant)
        case intended([AccountID: CommittedIntent], refused: [AccountID: News])
        case answered(AccountID, CallResult, number: Int)
        case wrote(WriteResult)
        case changed([AccountID]?)
        case heard([AccountID: News])
        case stop(StopReason)
        case handBack(StopReason)
        case held(until: Timestamp)
        case failed(Failure)
        case wake
    }

    private let run: OpenRun
    private let settings: RunSettings
    private let client: MonoClient
    private let lane: LedgerLane
    private let clock: DatabaseClock
    private let logger: Logger
    private let progress: ProgressDisplay?
    private var scheduler: CaseScheduler

    private let inputs: AsyncStream<Input>
    private let continuation: AsyncStream<Input>.Continuation
    private var calls: [Int: Task<Void, Never>] = [:]
    private var callsStarted = 0
    private var hasToldStop = false
    /// What is told to the other workers; the loop does not wait for it.
    private var messages: [Task<Void, Never>] = []
    private var alarm: (at: Timestamp, task: Task<Void, Never>)?

    init(
        run: OpenRun, settings: RunSettings, client: MonoClient, lane: LedgerLane, clock: DatabaseClock,
        logger: Logger, progress: ProgressDisplay?
    ) {
        self.run = run
        self.settings = settings
        self.client = client
        self.lane = lane
        self.clock = clock
        self.logger = logger
        self.progress = progress
        scheduler = CaseScheduler(
            rules: run.options.rules,
            limits: WorkerLimits(rate: settings.rate, concurrency: settings.concurrency),
            budget: run.budgetLeft, seed: UInt64.random(in: .min ... .max))
        (inputs, continuation) = AsyncStream.makeStream(of: Input.self)
    }

    /// Ends the shift early: what is open is deferred.
    nonisolated func stop(_ reason: StopReason) { continuation.yield(.stop(reason)) }

    /// Ends the shift early: what is open is left to the run's other workers.
    nonisolated func handBack(_ reason: StopReason) { continuation.yield(.handBack(reason)) }

    /// The calls of this worker so far.
    var callsMade: CallCounts { scheduler.calls }

    /// Another worker heard `Retry-After`.
    nonisolated func held(until: Timestamp) { continuation.yield(.held(until: until)) }

    /// These accounts changed in our own database; nil: any may have.
    nonisolated func changed(_ accounts: [AccountID]?) { continuation.yield(.changed(accounts)) }

    /// How a shift ended.
    struct Ending: Sendable {
        /// Why it ended early, if it did.
        var stop: StopReason?
        /// Whether open cases were left to other workers.
        var handedBack = false
    }

    /// Works until nothing is left.
    func work() async throws(Failure) -> Ending {
        continuation.yield(.wake)
        var failure: Failure?
        loop: for await input in inputs {
            if case .failed(let why) = input {
                failure = why
                break
            }
            take(input)
            tellStop()
            for action in scheduler.actions(at: clock.now) {
                if action == .finished { break loop }
                perform(action)
            }
            progress?.show(scheduler)
        }
        alarm?.task.cancel()
        for call in calls.values { call.cancel() }
        if let failure { throw failure }
        for message in messages { await message.value }
        let scheduler = scheduler
        let run = run
        // A repeat gives nothing back: better a call lost from the budget than one spent twice.
        try await lane.perform { (ledger, isRepeat) throws(PostgresError) in
            try await ledger.tally(scheduler.calls, unspent: isRepeat ? 0 : scheduler.unspentBudget, of: run)
        }
        return Ending(stop: scheduler.stop, handedBack: scheduler.isHandingBack)
    }

    /// What one worker learned of the key or the API holds for all.
    private func tellStop() {
        guard !hasToldStop, let reason = scheduler.stop else { return }
        hasToldStop = true
        if case .interrupted = reason { return }
        let run = run
        tell { (ledger) throws(PostgresError) in try await ledger.stop(run, reason) }
    }

    /// Tells the run's other workers something, beside the loop.
    private func tell(_ message: @escaping @Sendable (Ledger) async throws(PostgresError) -> Void) {
        let task = inLane { (ledger, _) throws(PostgresError) in
            try await message(ledger)
            return nil
        }
        messages.append(task)
    }

    private func take(_ input: Input) {
        let now = clock.now
        switch input {
        case .claimed(let claims, let more): scheduler.claimed(claims, more: more, at: now)
        case .granted(let grant): scheduler.granted(grant, at: now)
        case .intended(let committed, let refused): scheduler.intended(committed, refused: refused, at: now)
        case .answered(let id, let result, let number):
            calls[number] = nil
            scheduler.answered(id, result, number: number, at: now)
        case .wrote(let result): scheduler.wrote(result, at: now)
        case .changed(let accounts): scheduler.changed(accounts)
        case .heard(let news): scheduler.heard(news, at: now)
        case .stop(let reason): scheduler.stop(reason, at: now)
        case .handBack(let reason): scheduler.handBack(reason, at: now)
        case .held(let until): scheduler.held(until: until, at: now)
        case .wake: alarm = nil
        case .failed: break
        }
    }

    // MARK: Effects

    private func perform(_ action: CaseScheduler.Action) {
        logger.trace("action", metadata: ["action": "\(action)"])
        switch action {
        case .claim(let count): claim(count)
        case .reserve(let slots, let budget, let lead): reserve(slots: slots, budget: budget, lead: lead)
        case .intend(let ids): intend(ids.compactMap { scheduler.cases[$0] })
        case .call(let id, let call): send(call, for: id)
        case .write(let entries): write(entries)
        case .read(let ids): read(ids)
        case .hold(let until):
            tell { (ledger) throws(PostgresError) in try await ledger.hold(until: until) }
        case .cancelCalls: for call in calls.values { call.cancel() }
        case .wake(let at): wake(at: at)
        case .finished: break
        }
    }

    /// Runs an operation of the ledger beside the loop; its result, if any, is an input.
    @discardableResult
    private func inLane(
        _ operation: @escaping @Sendable (Ledger, _ isRepeat: Bool) async throws(PostgresError) -> Input?
    ) -> Task<Void, Never> {
        let lane = lane
        let continuation = continuation
        return Task {
            do throws(Failure) {
                if let input = try await lane.perform(operation) { continuation.yield(input) }
            } catch {
                continuation.yield(.failed(error))
            }
        }
    }

    private func claim(_ count: Int) {
        let run = run
        inLane { (ledger, isRepeat) throws(PostgresError) in
            // As it is now: what was lost since the first try is to be claimed again.
            let holding = isRepeat ? await self.casesAtHand : nil
            let (claims, more) = try await ledger.claim(of: run, limit: count, holding: holding)
            return .claimed(claims, more: more)
        }
    }

    private var casesAtHand: [AccountID] { Array(scheduler.cases.keys) }

    private func reserve(slots: Int, budget: Int, lead: Duration) {
        let run = run
        let rate = settings.rate
        inLane { (ledger, _) throws(PostgresError) in
            let maxCalls = run.options.maxCalls
            return .granted(
                try await ledger.reserve(
                    slots: slots, budget: budget, lead: lead, rate: rate, runID: run.runID, maxCalls: maxCalls))
        }
    }

    private func intend(_ cases: [Case]) {
        let run = run
        inLane { (ledger, _) throws(PostgresError) in
            let (committed, refused) = try await ledger.intend(cases, of: run)
            return .intended(committed, refused: refused)
        }
    }

    private func write(_ entries: [CaseScheduler.Entry]) {
        let run = run
        let calls = scheduler.calls
        var cases: [AccountID: Case] = [:]
        for entry in entries { cases[entry.accountID] = scheduler.cases[entry.accountID] }
        inLane { [cases] (ledger, _) throws(PostgresError) in
            .wrote(try await ledger.write(entries, cases: cases, calls: calls, of: run))
        }
    }

    private func read(_ ids: [AccountID]) {
        let since = run.startedAt
        inLane { (ledger, _) throws(PostgresError) in .heard(try await ledger.news(of: ids, since: since)) }
    }

    private func send(_ call: Call, for id: AccountID) {
        let number = callsStarted
        callsStarted += 1
        let client = client
        let clock = clock
        let continuation = continuation
        let intendedAt = scheduler.cases[id]?.intendedAt
        calls[number] = Task {
            let result: CallResult =
                switch call {
                // A process that was suspended here must not send what is no longer meant.
                case .trigger where intendedAt.map({ clock.now.since($0) >= WorkerLimits.intentLife }) ?? true:
                    .trigger(.refused(.noConnection("the process was held up")))
                case .details: .details(await client.details(of: id))
                case .job(let job): .job(await client.job(job, of: id))
                case .trigger: .trigger(await client.trigger(id))
                case .reauthLink: .reauthLink(await client.reauthorisationLink(of: id))
                }
            continuation.yield(.answered(id, result, number: number))
        }
    }

    /// One alarm at a time: a later one than is set is not needed, since every input asks again.
    private func wake(at: Timestamp) {
        if let alarm, alarm.at <= at { return }
        alarm?.task.cancel()
        let delay = max(.zero, at.since(clock.now))
        let continuation = continuation
        let task = Task {
            // Cancelled when an earlier alarm takes its place.
            guard (try? await Task.sleep(for: delay, tolerance: .zero)) != nil else { return }
            continuation.yield(.wake)
        }
        alarm = (at, task)
    }
}
