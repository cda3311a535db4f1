import DequeModule
import HeapModule

/// One worker's scheduler: its cases, its call slots, and what to do next.
///
/// It takes what happened with the time and returns ``Action``s; it has no clock, socket, task or logger, so that a
/// simulation drives the very same decisions as the night does. The shell executes the actions and feeds the
/// results back.
package struct CaseScheduler: Sendable {
    package let rules: Rules
    package let limits: WorkerLimits

    /// What the shell is to do.
    package enum Action: Equatable, Sendable {
        /// Claim up to so many open cases, and whatever syncs dead workers have left.
        case claim(Int)
        /// Reserve call slots, and take so many of them from the budget.
        case reserve(slots: Int, budget: Int, lead: Duration)
        /// Commit intents for these accounts, each in the state given.
        case intend([AccountID])
        /// Send a call now.
        case call(AccountID, Call)
        /// Write progress, withdrawals and settlements in one transaction.
        case write([Entry])
        /// Read the news of these accounts from our own database.
        case read([AccountID])
        /// Hold all calls of all workers until a time.
        case hold(until: Timestamp)
        /// Give up all calls under way.
        case cancelCalls
        /// Come back at a time, or earlier if something happens.
        case wake(at: Timestamp)
        /// Nothing is left to do.
        case finished
    }

    /// One case's part of a write.
    package struct Entry: Equatable, Sendable {
        package var accountID: AccountID
        package var kind: Kind

        package init(accountID: AccountID, kind: Kind) {
            self.accountID = accountID
            self.kind = kind
        }

        package enum Kind: Equatable, Sendable {
            /// What the trigger answered.
            case progress
            case withdrawal
            case settlement(Settlement)
        }
    }

    /// The cases at the scheduler; settled ones leave it once they are written.
    package internal(set) var cases: [AccountID: Case] = [:]
    /// Why the run ends early, if it does.
    package internal(set) var stop: StopReason?
    /// Whether open cases are left to the run's other workers.
    package internal(set) var isHandingBack = false
    /// Cases settled and written by this worker, by outcome.
    package internal(set) var settled: [Outcome: Int] = [:]
    /// Calls that left.
    package internal(set) var calls = CallCounts()

    // What waits, each in the order of its time. A stale entry is skipped: its generation is not the case's.
    var generations: [AccountID: Int] = [:]
    /// None is given twice: what waits for a case that left must not wait for its successor.
    var lastGeneration = 0
    var timers = Heap<Timer>()
    var reads = Deque<Ticket>()
    var triggers = Deque<Ticket>()
    var armed = Deque<ArmedTicket>()
    /// Inspections and links that wait until the budget is not needed for syncs under way.
    var parked: Set<AccountID> = []
    /// When the last calls left, at most a second's worth.
    var recentCalls = Deque<Timestamp>()
    var outbox: [AccountID: Entry] = [:]
    var outboxSince: Timestamp?
    var newsWanted: Set<AccountID> = []
    /// Settled on an answer that may say more of the key than of the account.
    var withheld: Set<AccountID> = []

    /// Cases that may still have to be triggered.
    var beforeTrigger = 0
    /// Cases with a sync whose fate is open.
    var syncing = 0

    // What is under way with the shell.
    var isClaiming = false
    var isReserving = false
    var isIntending = false
    var isWriting = false
    /// Accounts whose cases are being written, as long as they are the same cases.
    var writing: Set<AccountID> = []
    /// Accounts whose intents are being committed.
    var intending: Set<AccountID> = []
    var lastClaim: Timestamp?
    /// What changed while a claim is under way, whose cases may have been read before that; nil: any account.
    var changedMeanwhile: Set<AccountID>? = []
    /// Whether a case was lost while a claim is under way.
    var lostMeanwhile = false
    /// Whether the claim under way asked for new cases.
    var claimedFresh = false
    var claimedNothing = false
    var isReading = false
    var callsInFlight = 0
    /// The number of each case's call under way, counted from 0: an answer to an earlier holder of the same account
    /// is none of the case's.
    var callNumbers: [AccountID: Int] = [:]

    var mayClaimMore = true
    var slots = Deque<Timestamp>()
    var lastReserve: Timestamp?
    /// How long the last reservation took: its first slot must not have passed when the answer is here.
    var reserveTrip = Duration.zero
    var heldUntil: Timestamp?
    var pendingHold: Timestamp?
    var cancelsCalls = false
    /// Calls paid for and not made; nil without a budget.
    var unspent: Int?
    /// What the run's budget still holds beyond ``unspent``.
    var budgetLeft: Int?
    var keyHealth = KeyHealth()
    var reachability = Reachability()
    var dice: SplitMix64

    struct Timer: Comparable, Sendable {
        var at: Timestamp
        var accountID: AccountID
        var generation: Int

        static func < (left: Self, right: Self) -> Bool {
            (left.at, left.accountID, left.generation) < (right.at, right.accountID, right.generation)
        }
    }

    struct Ticket: Equatable, Sendable {
        var accountID: AccountID
        var generation: Int
    }

    struct ArmedTicket: Equatable, Sendable {
        var ticket: Ticket
        var committedAt: Timestamp
    }

    /// A scheduler without cases.
    ///
    /// `budget` is what the run's `--max-calls` still holds, nil without one.
    package init(rules: Rules, limits: WorkerLimits, budget: Int?, seed: UInt64) {
        self.rules = rules
        self.limits = limits
        unspent = budget.map { _ in 0 }
        budgetLeft = budget
        dice = SplitMix64(seed: seed)
    }

    /// Calls that may still be made; nil without a budget.
    package var callsLeft: Int? {
        guard let unspent, let budgetLeft else { return nil }
        return unspent + budgetLeft
    }

    /// Calls kept back for each sync under way: without them its result could not be read.
    var callsKept: Int { syncing * limits.callsASync(rules.api) + armed.count }

    /// Whether the budget is needed for the syncs under way.
    var isScarce: Bool { callsLeft.map { $0 <= callsKept } ?? false }

    /// Calls paid for and not made, to be given back at the end.
    package var unspentBudget: Int { unspent ?? 0 }

    /// Files a case by what it wants now.
    mutating func file(_ id: AccountID, at now: Timestamp) {
        guard let one = cases[id] else { return }
        lastGeneration += 1
        let generation = lastGeneration
        generations[id] = generation
        // What it wanted written before is out of date; its progress, which a settlement includes, is not.
        switch outbox[id]?.kind {
        case .withdrawal?: outbox[id] = nil
        case .settlement?: outbox[id] = one.progress.map { _ in Entry(accountID: id, kind: .progress) }
        case .progress?, nil: break
        }
        switch one.want {
        case .call(_, let wanted):
            if isScarce, one.isBeforeTrigger || one.isAskingForLink {
                parked.insert(id)
                return
            }
            // With few calls left, the look at the window's end is the one that counts.
            let notBefore = isScarce && one.isSyncing ? max(wanted, one.windowEnd ?? wanted) : wanted
            if notBefore > now {
                timers.insert(Timer(at: notBefore, accountID: id, generation: generation))
            } else {
                reads.append(Ticket(accountID: id, generation: generation))
            }
        case .intent(let notBefore):
            if notBefore > now {
                timers.insert(Timer(at: notBefore, accountID: id, generation: generation))
            } else {
                triggers.append(Ticket(accountID: id, generation: generation))
            }
        case .trigger:
            let ticket = Ticket(accountID: id, generation: generation)
            armed.append(ArmedTicket(ticket: ticket, committedAt: one.intendedAt ?? now))
        case .withdrawal: post(Entry(accountID: id, kind: .withdrawal), at: now)
        case .event(let until): timers.insert(Timer(at: until, accountID: id, generation: generation))
        case .answer: break
        case .settlement(let settlement):
            // Whether the intent under way committed decides whether it is withdrawn with this.
            guard !intending.contains(id) else { return }
            guard !keyHealth.withholds(id) else {
                withheld.insert(id)
                return
            }
            post(Entry(accountID: id, kind: .settlement(settlement)), at: now)
        }
    }

    mutating func post(_ entry: Entry, at now: Timestamp) {
        outbox[entry.accountID] = entry
        if outboxSince == nil { outboxSince = now }
    }

    func isCurrent(_ ticket: Ticket) -> Bool { generations[ticket.accountID] == ticket.generation }

    mutating func change(_ id: AccountID, at now: Timestamp, _ body: (inout Case) -> Void) {
        // Taken out while it changes, so that its story is not copied.
        guard var one = cases.removeValue(forKey: id) else { return }
        count(one, by: -1)
        let before = one.progress
        body(&one)
        // What the trigger answered is made durable soon, so that a successor knows it.
        if one.progress != before, one.progress != nil {
            post(Entry(accountID: id, kind: .progress), at: now)
        }
        count(one, by: 1)
        cases[id] = one
        file(id, at: now)
    }

    mutating func add(_ one: Case, at now: Timestamp) {
        count(one, by: 1)
        cases[one.accountID] = one
        if one.progress != nil { post(Entry(accountID: one.accountID, kind: .progress), at: now) }
        file(one.accountID, at: now)
    }

    @discardableResult
    mutating func remove(_ id: AccountID) -> Case? {
        generations[id] = nil
        outbox[id] = nil
        withheld.remove(id)
        parked.remove(id)
        writing.remove(id)
        intending.remove(id)
        callNumbers[id] = nil
        guard let one = cases.removeValue(forKey: id) else { return nil }
        count(one, by: -1)
        return one
    }

    private mutating func count(_ one: Case, by step: Int) {
        if one.isBeforeTrigger { beforeTrigger += step }
        if one.isSyncing { syncing += step }
    }
}
