/// Settling cases, and what a worker does beside them.
extension RunLifecycle {
    /// What the lifecycle itself asked of the store while it works; the scheduler's requests are its own.
    struct BesideRequests: Sendable {
        /// The steps of taking a run over, each answered before the next.
        enum Step: Sendable {
            case forgetting, measuring, deferring, learning
        }

        var step = Step.forgetting
        /// Requests without an answer, the pulse's left out.
        var open = 0
        /// Whether the others know why this worker stops.
        var hasToldStop = false
    }

    /// A difference from the store's clock beyond this is measured at once.
    private static let clockDoubt = Duration.seconds(2)

    mutating func beginWork(knowing memory: LookMemory, at now: Timestamp) {
        guard let part else { return }
        move(to: .working)
        scheduler = CaseScheduler(run: part.run, limits: limits, memory: memory, seed: dice.next(), at: now)
        pulse = WorkerPulse(pauses, at: now)
        emit(.beginWork(part.run))
        if signal != nil { askWhoGoesOn() }
    }

    /// What is due while the worker works.
    mutating func work(at now: Timestamp) {
        guard let part, phase == .working || phase == .finishing else { return }
        tellStop(of: part.run)
        if phase == .working { schedule(part.run, at: now) }
        if phase == .finishing, beside.open == 0, pulse?.isAtRest ?? true { leave(part.run) }
    }

    private mutating func schedule(_ run: OpenRun, at now: Timestamp) {
        var next: Timestamp?
        for action in scheduler?.actions(at: now) ?? [] {
            switch action {
            case .ask(let request): ask(request, .enlisted(run: run.runID))
            case .call(let call): emit(.call(call))
            case .cancelCalls: emit(.cancelCalls)
            case .wake(let at): next = at
            case .finished:
                move(to: .finishing)
                return emit(.endWork)
            }
        }
        beat(run, at: now)
        let due = [next, pulse?.nextDue].compactMap { $0 }.min()
        if let due { emit(.wake(at: due)) }
    }

    /// Renews the lease and looks at the others' signs, when either is due.
    private mutating func beat(_ run: OpenRun, at now: Timestamp) {
        let persistence = Persistence.enlisted(run: run.runID)
        if pulse?.beats(parts: 4, at: now) == true {
            ask(.enlist(run: run.runID), persistence)
            // Looks at jobs write nothing of themselves: a crash shall not take their number with it.
            ask(.tally(scheduler?.calls ?? CallCounts(), unspent: 0, of: run), persistence)
            ask(.learn(scheduler?.tallies ?? [:], of: run), persistence)
            emit(.measureClock(samples: 2, persistence))
        }
        if pulse?.looks(at: now) == true {
            ask(.readSigns(run: run.runID, telling: scheduler?.evidence ?? AnswerEvidence()), persistence)
        }
    }

    /// What one worker learned of the key or of Mono holds for all.
    private mutating func tellStop(of run: OpenRun) {
        guard !beside.hasToldStop, let reason = scheduler?.stop else { return }
        beside.hasToldStop = true
        // What concerns this process alone is not told.
        if scheduler?.isHandingBack == true { return }
        if case .interrupted = reason { return }
        beside.open += 1
        ask(.stop(run, reason), .enlisted(run: run.runID))
    }

    /// Told to end: whether others go on decides what becomes of the open cases.
    mutating func askWhoGoesOn() {
        guard let part else { return }
        beside.open += 1
        ask(.findOthers(run: part.run.runID), .enlisted(run: part.run.runID))
    }

    /// Takes the answer to the scheduler's request, or to one beside it.
    mutating func worked(_ request: StoreRequest, _ answer: StoreAnswer, at now: Timestamp) {
        switch (request, answer) {
        case (.enlist, _), (.tally, _): beatAnswered(at: now)
        case (.learn, .learned(let memory)):
            scheduler?.remember(memory, at: now)
            beatAnswered(at: now)
        case (.readSigns, .signs(let signs)): heard(signs, at: now)
        case (.stop, _): beside.open -= 1
        case (.findOthers, .others(let areThere)):
            beside.open -= 1
            // Once no case is left there is nothing to hand back.
            guard phase == .working else { return }
            let reason = StopReason.interrupted(signal: signal ?? 15)
            if areThere { scheduler?.handBack(reason, at: now) } else { scheduler?.stop(reason, at: now) }
        case (.reserve, .granted(let grant)):
            if let distance = grant.pulledBack { emit(.note(.slotsPulledBack(distance))) }
            scheduler?.take(answer, at: now)
        default: scheduler?.take(answer, at: now)
        }
    }

    mutating func beatAnswered(at now: Timestamp) { pulse?.beatAnswered(at: now) }

    /// The database's clock was moved: whatever this process waits for is as far away as before.
    mutating func clockMoved(by jump: Duration, at now: Timestamp) {
        pulse = pulse.map { $0.begunAnew(at: now) }
        pausedUntil = pausedUntil?.advanced(by: jump)
        scheduler?.clockMoved(by: jump, at: now)
        tellJump(jump)
    }

    private mutating func tellJump(_ jump: Duration) {
        let isTold = toldJump.map { max($0 - jump, jump - $0) < .seconds(2) } ?? false
        guard !isTold else { return }
        toldJump = jump
        emit(.note(.clockMoved(jump)))
    }

    private mutating func heard(_ signs: RunSigns, at now: Timestamp) {
        pulse?.lookAnswered(at: now)
        // Whoever used the connection first after a loss made a new one, without the lock.
        if !signs.isEnlisted { pulse?.hasten(at: now) }
        scheduler?.heard(signs.others, at: now)
        scheduler?.heard(signs.troubles, at: now)
        if let jump = signs.jump { tellJump(jump) }
        let difference = signs.clock?.since(now) ?? .zero
        if max(difference, .zero - difference) > Self.clockDoubt {
            // The clock was moved, or this process slept: what the store says of times is heard once that is measured.
            pulse?.hasten(at: now)
        } else if let until = signs.heldUntil {
            scheduler?.held(until: until, at: now)
        }
        guard let reason = signs.stop, phase == .working, scheduler?.stop == nil else { return }
        beside.hasToldStop = true
        scheduler?.stop(reason, at: now)
    }
}
