/// Leaving, closing, reporting, and waiting for what another run holds.
extension RunLifecycle {
    /// The exit code of a run whose report could not be written; the run's own is kept in its row.
    private static let reportNotWritten = 73

    /// Accounts named whose cases another run holds.
    struct WaitingElsewhere: Sendable {
        /// Those that are not settled there yet; the first one is asked about.
        var accounts: [AccountElsewhere] = []
        var settled: [CaseRecord] = []
        /// Looks in a row that found nobody at work on the first one's run.
        var looksWithoutWorker = 0
    }

    /// Adds the calls and gives the lock up.
    mutating func leave(_ run: OpenRun) {
        move(to: .leaving)
        part?.stop = scheduler?.stop
        part?.isHandedBack = scheduler?.isHandingBack ?? false
        ask(
            .tally(scheduler?.calls ?? CallCounts(), unspent: scheduler?.unspentBudget ?? 0, of: run),
            .enlisted(run: run.runID))
    }

    /// Takes an answer that came after the work.
    mutating func closed(_ request: StoreRequest, _ answer: StoreAnswer, at now: Timestamp) {
        guard let part else { return }
        switch (phase, request, answer) {
        case (.leaving, .tally, _):
            ask(.learn(scheduler?.tallies ?? [:], of: part.run), .enlisted(run: part.run.runID))
        case (.leaving, .learn, _): ask(.leave, .enlisted(run: part.run.runID))
        case (.leaving, _, _): left(part)
        case (.findingSuccessors, _, .others(let goOn)):
            if goOn { return summarise(part.run, because: part.stop) }
            move(to: .closing)
            close()
        case (.closing, .deferRest, _): ask(.close(part.run, interruption: part.interruption), .patient)
        case (.closing, _, .closed(let code?)):
            self.part?.exitCode = code
            move(to: .reporting)
            ask(.readSigns(run: part.run.runID, telling: AnswerEvidence()), .patient)
        case (.closing, _, .closed(nil)): pausedUntil = now.advanced(by: pauses.close)
        case (.reporting, _, .signs(let signs)):
            self.part?.stop = part.stop ?? signs.stop
            emit(.report(part.run))
        case (.waitingElsewhere, _, .caseElsewhere(let record, let isWorkedOn)):
            looked(record, isWorkedOn: isWorkedOn, at: now)
        default: preconditionFailure("\(answer) while \(phase)")
        }
    }

    private mutating func left(_ part: Part) {
        scheduler = nil
        pulse = nil
        beside = BesideRequests()
        guard part.isHandedBack else {
            move(to: .closing)
            return close()
        }
        move(to: .findingSuccessors)
        ask(.findOthers(run: part.run.runID), .patient)
    }

    /// Every worker tries to close the run when it finds it done; a stopped one first defers what nobody alive holds,
    /// which would keep the run open for ever.
    private mutating func close() {
        guard let part else { return }
        guard let stop = part.stop else { return ask(.close(part.run, interruption: nil), .patient) }
        let deferral = Deferral(
            cause: stop.deferredCause, detail: stop.detail, scope: part.interruption == nil ? .all : .asLastWorker)
        ask(.deferRest(deferral, of: part.run), .patient)
    }

    /// A pause is over.
    mutating func resumed() {
        if phase == .waitingElsewhere { return lookElsewhere() }
        guard let signal, let run = part?.run else { return close() }
        summarise(run, because: .interrupted(signal: signal))
    }

    /// What a stopped worker can say of a run that others go on with.
    private mutating func summarise(_ run: OpenRun, because stop: StopReason?) {
        part?.stop = stop
        move(to: .summarising)
        emit(.summarise(run))
    }

    /// The report is written or not; what was left behind is followed by what the process was started for.
    mutating func reported(isWritten: Bool, at now: Timestamp) {
        guard let part else { return }
        var ending = RunEnd(run: part.run, exitCode: part.stop?.exitCode ?? part.exitCode ?? 0, stop: part.stop)
        if phase == .summarising {
            ending.isLeftToOthers = true
            return end(ending)
        }
        if part.isLeftover, part.stop == nil {
            if part.isForeign {
                emit(.note(.endedForeignRun(part.run)))
            } else if part.run.kind == .nightly {
                emit(.note(.endedEarlierRun(part.run)))
            }
            emit(.beginWorker)
            return begin()
        }
        if !isWritten, part.stop == nil { ending.exitCode = Self.reportNotWritten }
        guard part.stop == nil, !waiting.accounts.isEmpty else { return end(ending) }
        self.part?.exitCode = ending.exitCode
        move(to: .waitingElsewhere)
        lookElsewhere()
    }

    // MARK: Elsewhere

    private mutating func lookElsewhere() {
        guard let first = waiting.accounts.first else { return endAfterWaiting() }
        ask(.readElsewhere(first), .patient)
    }

    /// Two open cases of one account would be two syncs, so the process waits for the other run's.
    private mutating func looked(_ record: CaseRecord?, isWorkedOn: Bool, at now: Timestamp) {
        guard let first = waiting.accounts.first else { return }
        guard let record else { return refuse(.caseIsGone(first)) }
        if record.outcome != nil {
            waiting.settled.append(record)
            waiting.accounts.removeFirst()
            waiting.looksWithoutWorker = 0
            return lookElsewhere()
        }
        waiting.looksWithoutWorker = isWorkedOn ? 0 : waiting.looksWithoutWorker + 1
        guard waiting.looksWithoutWorker < pauses.looksWithoutWorker else { return refuse(.heldByAbandonedRun(first)) }
        if let signal { return refuse(.interrupted(first, signal: signal)) }
        pausedUntil = now.advanced(by: pauses.elsewhere)
    }

    private mutating func endAfterWaiting() {
        guard let part else { return }
        var ending = RunEnd(run: part.run, exitCode: part.exitCode ?? 0, elsewhere: waiting.settled)
        let isUnfinished = waiting.settled.contains { $0.outcome == .errored || $0.outcome == .deferred }
        if ending.exitCode == 0, isUnfinished { ending.exitCode = 1 }
        end(ending)
    }
}

extension RunLifecycle.Part {
    /// The exit code of an interruption of this worker's part.
    var interruption: Int? {
        if case .interrupted? = stop { stop?.exitCode } else { nil }
    }
}
