import DequeModule
import Reconciliation

/// What no world may show, whatever happens in it.
package enum Law: String, CaseIterable, Sendable {
    case secondTrigger = "second trigger inside Mono's limit"
    case noIntent = "trigger without a committed intent"
    case openCases = "more than one open case of an account"
    case nightlies = "more than one open nightly run"
    case fence = "a case changed by a worker that does not hold it"
    case robbed = "a case taken from a worker that was well"
    case stranded = "a dead worker's case was not taken up in time"
    case settledTwice = "a case settled twice"
    case closedOpen = "a run closed with open cases"
    case leftOpen = "a case without outcome after the last run"
    case evidence = "an outcome without its evidence"
    case overwritten = "an event's effect overwritten"
    case order = "a duplicate or stale event applied"
    case deaf = "a call although an event had settled the account"
    case rate = "more calls in a second than the rate allows"
    case hold = "a call in spite of Retry-After"
    case stop = "a call although the run was stopped"
    case budget = "more calls than the budget"
    case counts = "calls counted wrongly"
    case progress = "what the trigger answered was not made durable"
    case handBack = "a stopping worker deferred what others could do"
    case endless = "a process or run that does not end"
}

/// One law broken.
package struct Violation: Sendable, CustomStringConvertible {
    package var law: Law
    package var account: String?
    package var text: String
    /// Virtual seconds since the world began.
    package var seconds: Double

    package var description: String {
        let whose = account.map { "\($0): " } ?? ""
        return "\(law.rawValue): \(whose)\(text) (at \(seconds) s)"
    }
}

/// Watches a world and knows the truth.
final class Judge {
    /// A committed intent, as the judge saw it.
    struct Intent {
        var worker: Int
        var run: Int
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
        var run: Int
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
    var health: [Int: Health] = [:]
    var serverTroubles: [(from: Timestamp, to: Timestamp)] = []
    var runStarts: [Timestamp] = []
    var stoppedAt: [Int: Timestamp] = [:]
    var leftInRun: [Int: Int] = [:]
    var recentCalls = Deque<Timestamp>()
    var holds: [Hold] = []
    var settledCases = 0
    var outcomes: [Outcome: Int] = [:]
    var calls = 0
    var triggers = 0

    var now: Timestamp { clock.now }
    /// How long news may take: a trip or two, beside what the rules allow.
    var slack: Micros { 6 * options.tripLimit }

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
        spokenAt = Array(repeating: [:], count: options.accounts)
        forgottenJobs = Array(repeating: [], count: options.accounts)
    }

    func broke(_ law: Law, _ account: Int?, _ text: String) {
        guard violations.count < 20 else { return }
        let seconds = Double(now.from(VirtualClock.beginning)) / 1_000_000
        violations.append(
            Violation(law: law, account: account.map { "a\(10_000 + $0)" }, text: text, seconds: seconds))
    }

    // MARK: Well-being

    func started(_ worker: Int, run: Int) { health[worker] = Health(startedAt: now, run: run) }

    func trouble(_ worker: Int, until: Timestamp) {
        guard worker >= 0 else { return }
        health[worker]?.troubles.append((now, until))
    }

    func gone(_ worker: Int) { health[worker]?.isGone = true }

    /// Whether nothing disturbed a worker or the server between two times, nor shortly before.
    func isQuiet(_ worker: Int, from: Timestamp, to: Timestamp) -> Bool {
        guard let one = health[worker], one.startedAt <= from else { return false }
        let isUndisturbed: ((from: Timestamp, to: Timestamp)) -> Bool = { trouble in
            trouble.to < from || trouble.from > to
        }
        return one.troubles.allSatisfy(isUndisturbed) && serverTroubles.allSatisfy(isUndisturbed)
    }

    /// Whether a worker took part for so long and nothing ever struck it.
    func isUnhurt(_ worker: Int, for time: Micros) -> Bool {
        guard let one = health[worker], one.troubles.isEmpty else { return false }
        return isQuiet(worker, from: max(one.startedAt, now.after(-time)), to: now) && now.from(one.startedAt) >= time
    }

    // MARK: Runs and cases

    func opened(_ run: Int, _ kind: RunKind, isAnotherOpen: Bool) {
        runStarts.append(now)
        if isAnotherOpen { broke(.nightlies, nil, "run \(run) opened beside another") }
    }

    func stopped(_ run: Int) { stoppedAt[run] = now }

    /// A case changes hands.
    func took(_ account: Int, from owner: Int, by worker: Int, _ how: String) {
        guard let one = health[owner], !one.isGone else { return }
        if isQuiet(owner, from: now.after(-2 * aSecond), to: now) {
            broke(.robbed, account, "\(how) by w\(worker) from w\(owner)")
        }
    }

    /// A claimed case that has an intent without an answer: its last worker must have had no time to write one.
    func claimed(_ one: Server.CaseRow, by worker: Int) {
        defer { ownedSince[one.account] = now }
        guard let owner = one.worker, one.intendedAt != nil, one.answer == nil,
            let answered = health[owner]?.answered[one.account], let intended = one.intendedAt, answered > intended
        else { return }
        let due = answered.after(aSecond + slack)
        let wasOwned = ownedSince[one.account].map { $0 < answered } ?? false
        if due < now, wasOwned, isQuiet(owner, from: answered.after(-aSecond), to: due) {
            broke(.progress, one.account, "w\(owner) had an answer and wrote none")
        }
    }

    func closed(_ run: Int, _ row: Server.Run, workers: [Server.WorkerRow]) {
        for one in row.cases where one.outcome == nil {
            broke(.closedOpen, one.account, "run \(run)")
        }
        for worker in workers.indices where workers[worker].run == run {
            guard let one = health[worker], one.isOrderly else { continue }
            if one.tallied != one.launched {
                broke(.counts, nil, "w\(worker) made \(one.launched) calls and counted \(one.tallied)")
            }
        }
    }

    func tallied(_ count: Int, _ worker: Int) {
        health[worker]?.tallied = count
        if let one = health[worker], count > one.launched {
            broke(.counts, nil, "w\(worker) counted \(count) calls of \(one.launched)")
        }
    }

    // MARK: Intents

    func intended(_ account: Int, _ before: AccountState, _ worker: Int, run: Int) {
        intents[account] = Intent(
            worker: worker, run: run, at: now, wasFlagged: before.flaggedSince != nil,
            owedSince: before.flaggedSince ?? before.awaitingSince ?? now, knownJob: before.lastSyncJobID)
    }

    /// A worker is told that its intent is committed.
    func told(_ account: Int, intentOf worker: Int) {
        guard let maker = intents[account]?.worker, maker != worker else { return }
        broke(.noIntent, account, "w\(worker) takes the intent of w\(maker) for its own")
    }

    func withdrew(_ account: Int) { intents[account] = nil }

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
