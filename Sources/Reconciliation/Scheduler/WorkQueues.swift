import DequeModule
import HeapModule

/// What each case waits for: a time, a call slot, an intent, or a budget.
///
/// A case is in one place at a time. When it is filed anew it gets a new generation number, and what stood in a queue
/// for the old number is skipped later instead of being searched for.
struct WorkQueues: Sendable {
    struct Ticket: Equatable, Sendable {
        var account: AccountID
        var generation: Int
    }

    private struct Timer: Comparable, Sendable {
        var at: Timestamp
        var ticket: Ticket

        static func < (left: Self, right: Self) -> Bool {
            (left.at, left.ticket.account, left.ticket.generation)
                < (right.at, right.ticket.account, right.ticket.generation)
        }
    }

    private struct Armed: Equatable, Sendable {
        var ticket: Ticket
        var committedAt: Timestamp
    }

    private var generations: [AccountID: Int] = [:]
    /// The highest generation number given.
    ///
    /// A generation number is never reused, so a ticket of a case that left cannot wake the case that came after it.
    private var lastGeneration = 0
    private var timers = Heap<Timer>()
    /// Looks that wait for a slot.
    private var looks = Deque<Ticket>()
    /// Looks at scouts and probes that wait for a slot.
    private var firstLooks = Deque<Ticket>()
    /// Inspections that wait for a slot.
    private var inspections = BankQueues()
    /// Cases that wait for an intent.
    private var triggers = BankQueues()
    /// Cases whose intent was committed and whose trigger waits for a slot, in the order of the commits.
    private var armed = Deque<Armed>()
    /// Inspections and links that wait until no sync under way needs the budget.
    private var parked: Set<AccountID> = []

    // MARK: Filing

    /// What a case waits for.
    enum Place: Equatable, Sendable {
        /// A time.
        case timer(Timestamp)
        /// A slot, for a look at a sync, or another read that concludes a case.
        case looks
        /// A slot, for a look at a scout or a probe: the bank's other starts wait for what it shows.
        case firstLooks
        /// A slot, for a read before the trigger.
        case inspections(BankQueues.Lane)
        /// An intent.
        case triggers(BankQueues.Lane)
        /// A slot, for the trigger whose intent was committed then.
        case armed(committedAt: Timestamp)
        /// That the budget is no longer scarce.
        case parked
        /// An answer: nothing that could be queued.
        case nowhere
    }

    /// Files a case anew; where it waited before, it no longer does.
    ///
    /// A parked case stays among the parked ones until they are all filed again.
    mutating func file(_ account: AccountID, _ place: Place) {
        lastGeneration += 1
        generations[account] = lastGeneration
        let ticket = Ticket(account: account, generation: lastGeneration)
        switch place {
        case .timer(let at): timers.insert(Timer(at: at, ticket: ticket))
        case .looks: looks.append(ticket)
        case .firstLooks: firstLooks.append(ticket)
        case .inspections(let lane): inspections.append(ticket, to: lane)
        case .triggers(let lane): triggers.append(ticket, to: lane)
        case .armed(let committedAt): armed.append(Armed(ticket: ticket, committedAt: committedAt))
        case .parked: parked.insert(account)
        case .nowhere: break
        }
    }

    /// Parks a case that has just been taken from a queue.
    mutating func park(_ account: AccountID) { parked.insert(account) }

    /// The account's case left the scheduler.
    mutating func forget(_ account: AccountID) {
        generations[account] = nil
        parked.remove(account)
    }

    private func isCurrent(_ ticket: Ticket) -> Bool { generations[ticket.account] == ticket.generation }

    // MARK: Looking

    /// Looks that wait for a slot.
    var lookCount: Int { looks.count + firstLooks.count }
    /// Looks at scouts and probes that wait for a slot.
    var firstLookCount: Int { firstLooks.count }
    /// Committed intents.
    var armedCount: Int { armed.count }
    /// The time of the next timer, stale ones included.
    var nextTimer: Timestamp? { timers.min?.at }
    /// When the oldest intent is too old for its trigger to leave.
    var nextExpiry: Timestamp? { armed.first?.committedAt.advanced(by: WorkerLimits.intentLife) }
    /// The banks whose starts wait.
    var waitingBanks: Set<String> { inspections.banks.union(triggers.banks) }

    /// Starts that may begin now: inspections and intents of lanes that are not paused.
    func starts(_ rank: (BankQueues.Lane) -> BankBook.Rank) -> (
        inspections: Int, triggers: Int, unproven: Int, paused: Int
    ) {
        let (first, second) = (inspections.counts(rank), triggers.counts(rank))
        return (first.free, second.free, first.unproven + second.unproven, first.paused + second.paused)
    }

    /// The accounts whose starts wait in a bank's lane, in the order of their arrival.
    func waiting(ofBank bank: String) -> [AccountID] {
        (inspections.tickets(of: .bank(bank)) + triggers.tickets(of: .bank(bank))).filter(isCurrent).map(\.account)
    }

    // MARK: Taking

    /// Takes the case whose timer is the first one due.
    mutating func popTimer(dueAt now: Timestamp) -> AccountID? {
        while let timer = timers.min, timer.at <= now {
            timers.removeMin()
            if isCurrent(timer.ticket) { return timer.ticket.account }
        }
        return nil
    }

    /// Takes the case whose intent is the oldest, if its trigger may no longer leave.
    mutating func popExpired(at now: Timestamp) -> AccountID? {
        while let first = armed.first {
            if isCurrent(first.ticket), now.since(first.committedAt) < WorkerLimits.intentLife { return nil }
            armed.removeFirst()
            if isCurrent(first.ticket) { return first.ticket.account }
        }
        return nil
    }

    /// Takes the look or the trigger that the next slot is for, or the inspection.
    ///
    /// A trigger whose intent grows old goes before all, then looks at scouts and probes; the others go after triggers and
    /// inspections where starts go first, and before them where not.
    mutating func popCall(
        startsGoFirst: Bool, at now: Timestamp, _ rank: (BankQueues.Lane) -> BankBook.Rank
    ) -> (account: AccountID, isInspection: Bool)? {
        dropStale()
        if let first = armed.first, now.since(first.committedAt) >= WorkerLimits.intentHurry {
            armed.removeFirst()
            return (first.ticket.account, false)
        }
        if let look = firstLooks.popFirst() { return (look.account, false) }
        if startsGoFirst || looks.isEmpty, let first = armed.popFirst() { return (first.ticket.account, false) }
        if !startsGoFirst, let look = looks.popFirst() { return (look.account, false) }
        if let inspection = inspections.popFirst(rank) { return (inspection.account, true) }
        return looks.popFirst().map { ($0.account, false) }
    }

    /// Takes the next case that waits for an intent.
    mutating func popTrigger(_ rank: (BankQueues.Lane) -> BankBook.Rank) -> AccountID? {
        let generations = generations
        triggers.dropStale { generations[$0.account] == $0.generation }
        return triggers.popFirst(rank)?.account
    }

    /// Takes all parked cases, in the order of their accounts.
    mutating func popParked() -> [AccountID] {
        defer { parked = [] }
        return parked.sorted()
    }

    /// Whether any case is parked.
    var hasParked: Bool { !parked.isEmpty }

    /// Drops the stale tickets at the front of each queue.
    mutating func dropStale() {
        while let first = armed.first, !isCurrent(first.ticket) { armed.removeFirst() }
        while let first = looks.first, !isCurrent(first) { looks.removeFirst() }
        while let first = firstLooks.first, !isCurrent(first) { firstLooks.removeFirst() }
        let generations = generations
        inspections.dropStale { generations[$0.account] == $0.generation }
        triggers.dropStale { generations[$0.account] == $0.generation }
    }
}
