/// The life of a run as one process lives it: opening, joining, taking up, working, leaving, closing, reporting.
///
/// A value without clock, socket or task: inputs go in with the time, actions come out, and the executor feeds back
/// what came of them. The program's executor and the simulation's execute the very same decisions.
package struct RunLifecycle: Sendable {
    /// What the process was started for.
    package enum Purpose: Equatable, Sendable {
        /// All stuck and flagged accounts.
        case nightly
        /// The accounts named.
        case oneOff([AccountID])
    }

    /// What happened.
    package enum Input: Sendable {
        /// The process begins.
        case started
        /// The store answered a request.
        case answered(StoreRequest, StoreAnswer)
        /// The database's clock was measured, and had been moved by this much since it was measured last.
        case clockMeasured(jump: Duration)
        /// A call to Mono ended.
        case called(number: Int, CallResult)
        /// These accounts changed in the store; nil: any may have.
        case changed([AccountID]?)
        /// SIGTERM or SIGINT.
        case interrupted(signal: Int32)
        /// The report was written or not, or the summary read.
        case reported(isWritten: Bool)
        /// The time that was asked for has come.
        case woken
    }

    /// What the executor is to do.
    package enum Action: Equatable, Sendable {
        /// Be a new worker, under a name that nobody had before.
        case beginWorker
        /// Set the clock to what the run's opening told.
        case setClock(Timestamp)
        /// Measure the database's clock by so many questions; answered by ``Input/clockMeasured``.
        case measureClock(samples: Int, Persistence)
        /// Ask the store; answered by ``Input/answered(_:_:)``.
        case ask(StoreRequest, Persistence)
        /// Make ready for calls, listen for changed accounts, show progress.
        case beginWork(OpenRun)
        /// Undo that; calls under way are given up.
        case endWork
        /// Send a call to Mono; answered by ``Input/called(number:_:)``.
        case call(MonoCall)
        /// Give up all calls under way; each is answered all the same.
        case cancelCalls
        /// Write the run's report; answered by ``Input/reported(isWritten:)``.
        case report(OpenRun)
        /// Read what is known of a run that others go on with; answered by ``Input/reported(isWritten:)``.
        case summarise(OpenRun)
        /// Tell people.
        case note(RunNote)
        /// Come back at a time, or earlier if something happens.
        case wake(at: Timestamp)
        /// Nothing is left to do.
        case end(RunEnd)
        /// Nothing can be done.
        case refuse(RunRefusal)
    }

    /// What the executor does about a store that is away.
    package enum Persistence: Equatable, Sendable {
        /// A failure ends the process, unless it may pass by itself.
        case once
        /// Tries again for a minute.
        case patient
        /// The same; after a lost connection the worker's lock is taken anew first.
        case enlisted(run: Int64)
    }

    /// A run in hand, and how this process stands to it.
    struct Part: Sendable {
        var run: OpenRun
        /// Nobody was at work on it: it is brought to its end, and something else follows.
        var isLeftover = false
        /// It speaks another API, or to another address, than this process: it is ended without a call.
        var isForeign = false
        /// Why this worker's part ended early.
        var stop: StopReason?
        /// Open cases were left to other workers.
        var isHandedBack = false
        /// The run's exit code, once it is closed.
        var exitCode: Int?
    }

    /// A run older than this is not tonight's.
    package static let oneNight = Duration.seconds(12 * 3_600)

    package let purpose: Purpose
    let options: RunOptions
    let limits: WorkerLimits
    let pauses: RunPauses
    package internal(set) var phase = RunPhase.findingStranded
    /// The run in hand; nil before one is opened.
    var part: Part?
    /// The worker's cases, while it works.
    package internal(set) var scheduler: CaseScheduler?
    var pulse: WorkerPulse?
    /// One-off runs that are still to be brought to their end.
    var stranded: [OpenRun] = []
    /// Accounts whose cases another run holds, and what became of those that are settled.
    var waiting = WaitingElsewhere()
    /// Requests that the lifecycle itself made beside the scheduler's, while it works.
    var beside = BesideRequests()
    var signal: Int32?
    /// The last move of the database's clock that was told to people.
    var toldJump: Duration?
    /// Until then nothing is to be asked.
    var pausedUntil: Timestamp?
    var dice: SplitMix64
    private var pending: [Action] = []

    /// A process at its beginning.
    ///
    /// - Parameters:
    ///   - purpose: What it was started for.
    ///   - options: What a run goes by that this process opens.
    ///   - limits: What this process holds itself to.
    ///   - seed: Replays the process's chances.
    ///   - pauses: How long it waits between two looks.
    package init(
        _ purpose: Purpose, options: RunOptions, limits: WorkerLimits, seed: UInt64, pauses: RunPauses = RunPauses()
    ) {
        self.purpose = purpose
        self.options = options
        self.limits = limits
        self.pauses = pauses
        dice = SplitMix64(seed: seed)
    }

    /// Takes what happened.
    package mutating func take(_ input: Input, at now: Timestamp) {
        switch input {
        case .started:
            emit(.beginWorker)
            ask(.findStranded, .once)
        case .answered(let request, let answer): answered(request, answer, at: now)
        case .clockMeasured(let jump): clockMeasured(jump: jump, at: now)
        case .called(let number, let result): scheduler?.answered(number, result, at: now)
        case .changed(let accounts): scheduler?.changed(accounts)
        case .interrupted(let number):
            guard signal == nil else { return }
            signal = number
            if phase == .working { askWhoGoesOn() }
        case .reported(let isWritten): reported(isWritten: isWritten, at: now)
        case .woken: break
        }
    }

    /// What to do now; call it after every input.
    package mutating func actions(at now: Timestamp) -> [Action] {
        resume(at: now)
        work(at: now)
        defer { pending = [] }
        return pending
    }

    private mutating func answered(_ request: StoreRequest, _ answer: StoreAnswer, at now: Timestamp) {
        switch phase {
        case .findingStranded, .findingUnknown, .opening, .findingElsewhere, .findingWorkers, .takingOver:
            opened(answer, at: now)
        case .working, .finishing: worked(request, answer, at: now)
        case .leaving, .findingSuccessors, .closing, .reporting, .summarising, .waitingElsewhere:
            closed(request, answer, at: now)
        case .ended: break
        }
    }

    /// Goes on after a pause.
    private mutating func resume(at now: Timestamp) {
        guard let until = pausedUntil else { return }
        guard until <= now else { return emit(.wake(at: until)) }
        pausedUntil = nil
        resumed()
    }

    // MARK: For all phases

    mutating func emit(_ action: Action) { pending.append(action) }

    mutating func ask(_ request: StoreRequest, _ persistence: Persistence) { emit(.ask(request, persistence)) }

    mutating func move(to next: RunPhase) {
        precondition(phase.successors.contains(next), "\(phase) is not followed by \(next)")
        phase = next
    }

    mutating func end(_ end: RunEnd) {
        move(to: .ended)
        emit(.end(end))
    }

    mutating func refuse(_ refusal: RunRefusal) {
        move(to: .ended)
        emit(.refuse(refusal))
    }
}
