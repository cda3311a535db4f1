import DequeModule
import Reconciliation

/// Watches a world and knows the truth.
final class Judge {
    /// A committed intent, as the judge saw it.
    struct Intent {
        var worker: Int
        var run: Int64
        var at: Timestamp
        var isUsed = false
        /// Flagged at that moment.
        var wasFlagged: Bool
        /// Since when the account was owed something.
        var owedSince: Timestamp
        /// The job that the trigger's answer named to its worker.
        var namedJob: String?
        /// The job that our rows knew before.
        var knownJob: String?
    }

    /// What is known of a worker's well-being.
    struct Health {
        var isGone = false
        var startedAt: Timestamp
        /// When something struck it, and until when that may show.
        var troubles: [(from: Timestamp, to: Timestamp)] = []
        /// Calls that it launched.
        var launched = 0
        /// What it counted last.
        var tallied = 0
        /// It ended as it should and counted its calls.
        var isOrderly = false
        let run: Int64
        /// When triggers' answers reached its scheduler.
        var answered: [Int: Timestamp] = [:]
    }

    /// Mono's `Retry-After`, as a worker heard it.
    struct Hold {
        var heardAt: Timestamp
        var until: Timestamp
        var worker: Int
    }

    let clock: VirtualClock
    let options: WorldOptions
    weak var mono: Mono?
    private(set) var violations: [Violation] = []
    var intents: [Intent?]
    /// When Mono may last have taken a trigger of ours.
    var takenAt: [Timestamp?]
    var pendingTrigger: [Timestamp?]
    var wokenAt: [Timestamp?]
    var goodWithoutJobAt: [Timestamp?]
    /// When the customer last logged in or linked it.
    var reauthorisedAt: [Timestamp?]
    /// Jobs that our row knew before another took their place.
    var forgottenJobs: [[String]]
    /// When its case came into its worker's hands.
    var ownedSince: [Timestamp?]
    var applied: [Int: Timestamp] = [:]
    /// Mono's time of the newest event that came, and of the newest that spoke of each fact.
    var newestEvent: [Timestamp?]
    var spokenAt: [[Fact: Timestamp]]
    /// What was found out of each account and could not be written.
    var kept: [Int: KeptResult] = [:]
    /// What was found out of each account.
    var known: [Known]
    /// The runs in which an account has an open case.
    var openCases: [Set<Int64>]
    var health: [Int: Health] = [:]
    /// Whether the server's clock was ever moved: then the times in its rows are not Mono's.
    private(set) var hasMovedClock = false
    var serverTroubles: [(from: Timestamp, to: Timestamp)] = []
    /// Those of them in which leases may run out.
    var longOutages: [(from: Timestamp, to: Timestamp)] = []
    var runStarts: [Int64: Timestamp] = [:]
    var openNightlies: Set<Int64> = []
    /// Nights that were opened to try everybody.
    var forcedRuns: Set<Int64> = []
    var stoppedAt: [Int64: Timestamp] = [:]
    var leftInRun: [Int64: Int] = [:]
    var lastCallAt = VirtualClock.beginning
    var recentCalls = Deque<Timestamp>()
    var holds: [Hold] = []
    /// What is believed of the banks, and of what was learned of them.
    var banks: [String: JudgedBank] = [:]
    var looks = LookBooks()
    /// What each worker began.
    var starts: [Int: WorkerStarts] = [:]
    /// Banks of which a sync's result was written, by run.
    var results: [Int64: Set<String>] = [:]
    var settledCases = 0
    var outcomes: [Outcome: Int] = [:]
    var calls = 0
    var triggers = 0

    var now: Timestamp { clock.now }
    /// How long news may take: a trip or two, beside what the rules allow.
    var slack: Micros { 6 * options.roundTripLimit }

    init(_ options: WorldOptions, clock: VirtualClock) {
        self.options = options
        self.clock = clock
        intents = Array(repeating: nil, count: options.accounts)
        takenAt = Array(repeating: nil, count: options.accounts)
        pendingTrigger = takenAt
        wokenAt = takenAt
        goodWithoutJobAt = takenAt
        ownedSince = takenAt
        reauthorisedAt = takenAt
        newestEvent = takenAt
        known = Array(repeating: Known(), count: options.accounts)
        openCases = Array(repeating: [], count: options.accounts)
        spokenAt = Array(repeating: [:], count: options.accounts)
        forgottenJobs = Array(repeating: [], count: options.accounts)
    }

    func broke(_ invariant: Invariant, _ account: Int?, _ text: String) {
        guard violations.count < 20 else { return }
        let seconds = Double(now.from(VirtualClock.beginning)) / 1_000_000
        violations.append(
            Violation(invariant: invariant, account: account.map { "a\(10_000 + $0)" }, text: text, seconds: seconds))
    }

    /// An account's row was deleted, or inserted again: what was known of it is forgotten.
    func forgot(_ account: Int) {
        wokenAt[account] = nil
        spokenAt[account] = [:]
        newestEvent[account] = nil
        known[account].mayBeOver = true
        known[account].mayBeDue = true
    }

    // MARK: Well-being

    func trouble(_ worker: Int, until: Timestamp) {
        guard worker >= 0 else { return }
        health[worker]?.troubles.append((now, until))
    }

    /// Somebody moves the server's clock: until that is noticed, what goes by time may be late or early.
    func clockMoves() {
        hasMovedClock = true
        serverTroubles.append((now.after(-aSecond), now.after(10 * aSecond)))
        longOutages.append((now.after(-aSecond), now.after(10 * aSecond)))
    }

    func gone(_ worker: Int) { health[worker]?.isGone = true }

    /// Whether nothing disturbed a worker or the server between two times, nor shortly before.
    func isQuiet(_ worker: Int, from: Timestamp, to: Timestamp) -> Bool {
        isUntroubled(worker, from: from, to: to)
            && serverTroubles.allSatisfy { $0.to < from || $0.from > to }
    }

    /// Whether nothing disturbed the worker itself: a server that restarts is no reason to take its cases.
    func isUntroubled(_ worker: Int, from: Timestamp, to: Timestamp) -> Bool {
        guard let one = health[worker], one.startedAt <= from else { return false }
        return one.troubles.allSatisfy { $0.to < from || $0.from > to } && !longOutages.contains { $0.to >= from }
    }

    /// Whether a worker took part for so long and nothing ever struck it.
    func isUnhurt(_ worker: Int, for time: Micros) -> Bool {
        guard let one = health[worker], one.troubles.isEmpty else { return false }
        return isQuiet(worker, from: max(one.startedAt, now.after(-time)), to: now) && now.from(one.startedAt) >= time
    }

    // MARK: Triggers

    /// A trigger reaches Mono.
    func arrived(_ account: Int, at time: Timestamp) {
        // Clocks may be wrong by this much at either end.
        let limit = options.rules.syncLimit.micros - 3 * options.clockError - aMillisecond
        if let last = takenAt[account], time.from(last) < limit {
            broke(.secondTrigger, account, "\(time.from(last) / aMillisecond) ms after the one before")
        }
    }

    /// Mono's answer to a trigger: only a refusal is certain to have done nothing.
    func answeredTrigger(_ account: Int, _ result: CallResult, at time: Timestamp) {
        if case .trigger(.refused(let refusal)) = result, refusal != .notFound { return }
        takenAt[account] = time
    }
}
