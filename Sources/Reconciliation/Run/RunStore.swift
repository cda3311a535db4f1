/// What a run needs of its store: requests as values, and their answers.
///
/// A store speaks for one worker, whose name stands in every write that it makes (the fence). `Ledger` conforms on
/// PostgreSQL, the simulation's store in memory; one suite of tests, `RunStoreConformance`, holds both to the same
/// answers.
package protocol RunStore {
    associatedtype Failure: Error

    /// Performs a request in one transaction.
    ///
    /// - Parameters:
    ///   - request: What is asked for.
    ///   - isRepeat: Whether an earlier try of this very request may have been committed. Every request may be repeated.
    /// - Returns: The case of ``StoreAnswer`` that the request names.
    /// - Throws: Why the store did not answer; the request may have been committed all the same.
    func perform(_ request: StoreRequest, isRepeat: Bool) async throws(Failure) -> StoreAnswer
}

/// One request of a run to its store.
package enum StoreRequest: Equatable, Sendable {
    // MARK: Opening a run

    /// The one-off runs that processes left open that are gone. ``StoreAnswer/stranded(_:)``
    case findStranded
    /// Opens the nightly run with its cases, or finds the open one. ``StoreAnswer/opened(_:)``
    case openNightly(RunOptions)
    /// Those of the accounts that the store does not know. ``StoreAnswer/unknown(_:)``
    case findUnknown([AccountID])
    /// Opens a one-off run; accounts that another run holds open have no case in it. ``StoreAnswer/opened(_:)``
    case openOneOff([AccountID], RunOptions)
    /// Of these accounts, those without a case in the run because another run held them. ``StoreAnswer/elsewhere(_:)``
    case findElsewhere([AccountID], than: Int64)

    // MARK: Belonging to it

    /// Takes the worker's lock, unless it has it, and renews its lease. ``StoreAnswer/done``
    case enlist(run: Int64)
    /// Whether another worker of the run lives. ``StoreAnswer/others(_:)``
    case findOthers(run: Int64)
    /// Frees what the worker still holds; it counts as gone from now on. ``StoreAnswer/done``
    case leave

    // MARK: What the workers tell each other

    /// Tells the others what Mono's answers say, and looks at what they have told. ``StoreAnswer/signs(_:)``
    case readSigns(run: Int64, telling: AnswerEvidence)
    /// The run ends here for all its workers; the first reason stays. ``StoreAnswer/done``
    case stop(OpenRun, StopReason)
    /// Forgets why a run was stopped that nobody else works on any more. ``StoreAnswer/done``
    case forgetStop(OpenRun)
    /// Holds all calls of all workers until a time. ``StoreAnswer/done``
    case hold(until: Timestamp)

    // MARK: Calls

    /// Reserves call slots. ``StoreAnswer/granted(_:)``
    case reserve(SlotRequest, of: OpenRun)
    /// Notes the worker's calls so far, and gives back calls of the budget that it will not make; a repeat gives
    /// nothing back. ``StoreAnswer/done``
    case tally(CallCounts, unspent: Int, of: OpenRun)

    // MARK: Cases

    /// Claims up to `limit` open cases that no living worker holds, and first of all the syncs of dead workers.
    ///
    /// `number` counts the worker's claims from 1: a repeat of one first frees what the lost answer had claimed.
    /// ``StoreAnswer/claimed(_:more:)``
    case claim(limit: Int, number: Int, of: OpenRun)
    /// The accounts as they are now, with their events since the run's start. ``StoreAnswer/news(_:)``
    case readNews([AccountID], of: OpenRun)
    /// Commits intents for these cases. ``StoreAnswer/intended(_:)``
    case intend([CaseSnapshot], of: OpenRun)
    /// Writes progress, withdrawals and settlements, and the worker's calls so far. ``StoreAnswer/wrote(_:)``
    case write([CaseWrite], calls: CallCounts, of: OpenRun)
    /// Settles as `deferred` what no living worker holds. ``StoreAnswer/done``
    case deferRest(Deferral, of: OpenRun)

    /// Accounts that should be known to Mono if anything is, to be asked for the key's sake: the linked one that had data
    /// most recently and has no open case in the run, else up to twenty drawn from the run's open cases; none of those
    /// given. One worker of the run asks at a time. ``StoreAnswer/witnesses(_:)``
    case findWitness(besides: [AccountID], of: OpenRun)

    // MARK: What is learned of the banks

    /// Notes what this worker's looks have shown tonight, as totals, and reads what is known of the banks.
    /// ``StoreAnswer/learned(_:)``
    case learn([LookKey: LookTally], of: OpenRun)
    /// Asks whether this worker may try one account of a bank that is paused, where so many probes are known of; one
    /// worker of the run may. ``StoreAnswer/probing(_:_:)``
    case probe(String, after: Int, of: OpenRun)

    // MARK: The end

    /// Closes the run once no case is open and every other worker has left or died; `interruption` is the exit code of
    /// a run whose last worker was interrupted. ``StoreAnswer/closed(_:)``
    case close(OpenRun, interruption: Int?)
    /// How an account's case in another run stands. ``StoreAnswer/caseElsewhere(_:isWorkedOn:)``
    case readElsewhere(AccountElsewhere)
}

/// What a store answers.
package enum StoreAnswer: Equatable, Sendable {
    case done
    case stranded([OpenRun])
    case opened(OpenRun)
    case unknown([AccountID])
    case elsewhere([AccountElsewhere])
    case others(Bool)
    case signs(RunSigns)
    case granted(SlotGrant)
    /// `more`: open cases are left that this worker does not hold.
    case claimed([Claim], more: Bool)
    case news([AccountID: News])
    case intended(IntentResult)
    case wrote(WriteResult)
    case learned(LookMemory)
    /// Whether this worker may probe the bank.
    case probing(String, Bool)
    /// nil: another living worker asks.
    case witnesses([AccountID]?)
    /// The run's exit code when it is closed, by whomever; else nil.
    case closed(Int?)
    /// The case's row, nil when it is gone; and whether a worker of its run lives.
    case caseElsewhere(CaseRecord?, isWorkedOn: Bool)
}

/// Call slots wanted.
package struct SlotRequest: Equatable, Sendable {
    /// The most slots.
    package var slots: Int
    /// Calls to take from the run's `--max-calls`.
    package var budget: Int
    /// The time that the answer needs: the first slot is at least so far away.
    package var lead: Duration
    /// API calls a second, all workers together.
    package var rate: Double

    package init(slots: Int, budget: Int, lead: Duration, rate: Double) {
        self.slots = slots
        self.budget = budget
        self.lead = lead
        self.rate = rate
    }
}

/// What the run's workers have told each other.
package struct RunSigns: Equatable, Sendable {
    /// Why the run ends; nil while it goes on.
    package var stop: StopReason?
    /// `Retry-After` holds all workers until then.
    package var heldUntil: Timestamp?
    /// Whether the others count this worker as living: its lock goes with a lost connection.
    package var isEnlisted: Bool
    /// The store's clock as it was looked at; nil where there is no such run.
    package var clock: Timestamp?
    /// How far the store's clock was moved within the last minute.
    package var jump: Duration?
    /// What Mono's answers to the run's other workers say, those included that are gone.
    package var others: AnswerEvidence
    /// Banks whose last accounts have failed.
    package var troubles: [BankTrouble]

    package init(
        stop: StopReason? = nil, heldUntil: Timestamp? = nil, isEnlisted: Bool = false, clock: Timestamp? = nil,
        jump: Duration? = nil, others: AnswerEvidence = AnswerEvidence(), troubles: [BankTrouble] = []
    ) {
        self.stop = stop
        self.heldUntil = heldUntil
        self.isEnlisted = isEnlisted
        self.clock = clock
        self.jump = jump
        self.others = others
        self.troubles = troubles
    }
}

/// An account whose case another run holds.
package struct AccountElsewhere: Equatable, Sendable {
    package var account: AccountID
    package var runID: Int64

    package init(account: AccountID, runID: Int64) {
        self.account = account
        self.runID = runID
    }
}

/// How the rest of a run is put off.
package struct Deferral: Equatable, Sendable {
    package enum Scope: Equatable, Sendable {
        /// Whatever no living worker holds.
        case all
        /// The same, while no other worker of the run lives.
        case asLastWorker
        /// The same, but cases with an intent stay open.
        case untriggered
    }

    package var cause: Cause
    /// A short explanation, for engineers: never empty.
    package var detail: String
    package var scope: Scope

    package init(cause: Cause, detail: String, scope: Scope) {
        self.cause = cause
        self.detail = detail
        self.scope = scope
    }
}
