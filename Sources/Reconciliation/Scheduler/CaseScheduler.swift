/// One worker's scheduler: its cases, its call slots, and what to do next.
///
/// The scheduler takes what happened together with the time, and returns ``Action``s. It has no clock, socket, task or
/// logger, so a simulation drives the very same decisions as a night does. An executor performs the actions and feeds
/// their results back; an action holds every value that it needs.
///
/// Each part of the decision is a small value of its own; the scheduler brings them together. Inputs are in
/// `CaseScheduler+Inputs.swift`, actions in `CaseScheduler+Actions.swift`, and what a changed case waits for in
/// `CaseScheduler+Filing.swift`.
package struct CaseScheduler: Sendable {
    /// What the executor is to do.
    package enum Action: Equatable, Sendable {
        /// Ask the store; its answer goes to ``CaseScheduler/take(_:at:)``.
        case ask(StoreRequest)
        /// Send a call now; its answer goes to ``CaseScheduler/answered(_:_:at:)``.
        case call(MonoCall)
        /// Give up all calls under way; each is answered all the same.
        case cancelCalls
        /// Ask for actions again at this time, or earlier if something happens.
        case wake(at: Timestamp)
        /// Nothing is left to do.
        case finished
    }

    let run: OpenRun
    let limits: WorkerLimits

    var table = CaseTable()
    /// What each case waits for.
    var queues = WorkQueues()
    /// What is to be written of the cases.
    var outbox = Outbox()
    var intents = IntentBatch()
    var news = NewsRequests()
    var claims = Claims()
    /// Whose starts go first, and which banks are paused.
    var banks: BankBook
    /// What looks have shown, and when to look.
    var looks: LookBook

    var budget: CallBudget
    var slots: CallSlots
    var callsUnderWay = CallsUnderWay()
    var hold = CallHold()

    var health = MonoHealth()
    var inquiry = WitnessInquiry()
    /// Looks that the run's other workers expect.
    var looksDueElsewhere = 0
    var earlyEnd = EarlyEnd()
    /// Places repeated reads at random, so that they do not come in a crowd.
    var dice: SplitMix64

    /// A scheduler without cases.
    ///
    /// - Parameters:
    ///   - run: The run whose cases it works on: the rules and the budget are the run's.
    ///   - limits: What this process holds itself to.
    ///   - memory: What the store knows of the banks.
    ///   - seed: The same seed and the same inputs give the same actions.
    ///   - now: The time.
    package init(
        run: OpenRun, limits: WorkerLimits, memory: LookMemory = LookMemory(), seed: UInt64,
        at now: Timestamp = Timestamp(microseconds: 0)
    ) {
        self.run = run
        self.limits = limits
        budget = CallBudget(left: run.budgetLeft, callsASync: limits.callsASync(run.options.rules.api))
        slots = CallSlots(limits: limits)
        banks = BankBook(run: run)
        looks = LookBook(run: run, memory: memory)
        dice = SplitMix64(seed: seed)
        remember(memory, at: now)
    }

    /// The cases at the scheduler; a settled case leaves once its settlement is written.
    package var cases: [AccountID: Case] {
        Dictionary(uniqueKeysWithValues: table.cases.map { ($0.accountID, $0) })
    }
    /// Calls that left.
    package var calls: CallCounts { callsUnderWay.counts }
    /// Cases settled and written by this worker, by outcome.
    package var settled: [Outcome: Int] { table.settled }
    /// Why the work ends early; nil while it goes on.
    package var stop: StopReason? { earlyEnd.reason }
    /// Whether open cases are left to the run's other workers.
    package var isHandingBack: Bool { earlyEnd.isHandingBack }
    /// What this worker tells the run's others of Mono's answers.
    package var evidence: AnswerEvidence {
        var evidence = health.evidence
        evidence.looksDue = looksDue
        return evidence
    }
    /// What this worker's looks and inspections have shown of the banks tonight.
    package var tallies: [LookKey: LookTally] { looks.totals(with: table.cases) }
    /// Whether nothing but a witness is asked until it is clear what the key sees.
    package var waitsForWitness: Bool { health.isSuspect }
    /// The end of the hold that `Retry-After` asked for; it may have passed.
    package var heldUntil: Timestamp? { hold.until }
    /// Calls of the budget that were paid for and not made, to be given back at the end.
    package var unspentBudget: Int { budget.unspent }

    var rules: Rules { run.options.rules }
    /// Looks still expected of the syncs under way here.
    private var looksDue: Int { Int(Double(table.syncing) * looks.looksASync) }
    /// Whether starts go before due looks: the looks still expected fit into one window, and a late look sees more.
    var startsGoFirst: Bool { .seconds(Double(looksDue + looksDueElsewhere) / limits.rate) < rules.window }
    /// The syncs that the budget has to see through.
    var load: SyncLoad { SyncLoad(syncing: table.syncing, armed: queues.armedCount) }
    /// Whether the syncs under way need all that is left of the budget.
    var isScarce: Bool { budget.isScarce(under: load) }
}
