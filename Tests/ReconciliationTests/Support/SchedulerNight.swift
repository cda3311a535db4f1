import Reconciliation

/// What Mono, the store and the other workers do around one scheduler: the script that a ``SchedulerDriver`` plays.
struct SchedulerNight {
    /// One call as Mono sees it.
    struct Asked {
        var account: AccountID
        var call: Call
        /// How often the account was asked the same kind of thing before.
        var times: Int
        /// Whether a trigger of the account was taken.
        var isTriggered: Bool
        var at: Duration
    }

    /// Something that comes from outside.
    enum Happening {
        /// A webhook, recorded in our own database.
        case event(AccountID, EventNote.Kind)
        /// Another worker takes the case over, as after a lease that ran out.
        case takeover(AccountID)
        case stop(StopReason)
        /// A stop while other workers go on with the run.
        case handBack(StopReason)
        /// The run's other workers told of Mono's answers.
        case evidence(AnswerEvidence)
    }

    var claims: [Claim]
    var rules = Rules(api: .realtime)
    var limits = WorkerLimits(rate: 10, concurrency: 40)
    /// `--max-calls`.
    var budget: Int?
    var seed: UInt64 = 1
    /// From a request to the store to its answer: a fixed part and a random one.
    var storeLatency = Duration.milliseconds(8)
    var storeSpread = Duration.zero
    /// From a call to its answer: a fixed part and a random one.
    var callLatency = Duration.milliseconds(200)
    var callSpread = Duration.zero
    var happenings: [(at: Duration, what: Happening)] = []
    /// Open cases of the run that another living worker holds, and when it is done with them.
    var othersHoldUntil: Duration?
    /// Other workers hold all calls until then, and the store says so with every reservation.
    var othersHold: Duration?
    /// Whom the store names when the key is suspect; nil: another worker asks.
    var witnesses: [AccountID]? = []
    /// Why the store does not write an account's row at a time.
    var rowFault: (AccountID, Duration) -> RowFault? = { _, _ in nil }
    /// Mono.
    var answer: (Asked) -> CallResult = SchedulerNight.goodMono

    init(_ claims: [Claim]) { self.claims = claims }

    /// The run whose cases the scheduler works on.
    var run: OpenRun { Self.run(rules, budget: budget) }

    /// Plays it to its end.
    func play() -> SchedulerEnding {
        var driver = SchedulerDriver(self)
        return driver.run()
    }
}

extension SchedulerNight {
    /// Has no data until a sync, whose job is finished at the first look.
    static func goodMono(_ asked: Asked) -> CallResult {
        switch asked.call {
        case .details: .details(.success(Details(status: asked.isTriggered ? .available : .unavailable)))
        case .job: .job(.success(.finished))
        case .trigger: .trigger(.started(job: "job-\(asked.account)"))
        case .reauthLink: .reauthLink(.success(.test))
        }
    }

    /// Mono with the data of every account there before anybody asks.
    static func readyMono(_ asked: Asked) -> CallResult {
        asked.call == .details ? .details(.success(Details(status: .available))) : goodMono(asked)
    }

    /// An answer without HTTP.
    static func silentMono(_ asked: Asked) -> CallResult {
        switch asked.call {
        case .details: .details(.failure(.transport("timed out")))
        case .job: .job(.failure(.transport("timed out")))
        case .trigger: .trigger(.refused(.noConnection("refused")))
        case .reauthLink: .reauthLink(.failure(.failed(.transport("timed out"))))
        }
    }

    /// A nightly run.
    static func run(_ rules: Rules = Rules(api: .realtime), budget: Int? = nil) -> OpenRun {
        OpenRun(
            runID: 1, kind: .nightly, startedAt: storyStart,
            options: RunOptions(rules: rules, baseURL: "https://api.test", maxCalls: budget), age: .zero, isNew: true,
            budgetLeft: budget)
    }

    /// The ids of the accounts in every night.
    static func accounts(_ count: Int) -> [AccountID] {
        (0..<count).compactMap { number in
            let digits = String(number)
            return AccountID("a-" + String(repeating: "0", count: max(0, 5 - digits.count)) + digits)
        }
    }

    /// As many cases of one kind.
    static func claims(_ count: Int, _ situation: Situation = .waiting) -> [Claim] {
        accounts(count).map { claim($0, situation) }
    }

    static func claim(_ account: AccountID, _ situation: Situation) -> Claim {
        let row = situation.row
        return Claim(
            accountID: account, reason: situation.reason, stuckSince: row.flaggedSince ?? row.awaitingSince,
            news: News(account: row))
    }
}

/// What came of a night.
struct SchedulerEnding {
    struct MadeCall: Equatable {
        var account: AccountID
        var call: Call
        var at: Duration
    }

    /// Every settlement that the store took, by account: exactly one each.
    var settlements: [AccountID: [Settlement]] = [:]
    var calls: [MadeCall] = []
    /// Commits of intents that stand or stood.
    var intents: [MadeCall] = []
    /// Accounts whose intent stands at the end.
    var standing: Set<AccountID> = []
    var rows: [AccountID: AccountState] = [:]
    var holds: [Duration] = []
    var cancellations = 0
    var claimTrips = 0
    var writeTrips = 0
    /// Settlements that met a changed row.
    var refusals = 0
    var finishes = 0
    /// Open cases were left to other workers.
    var isHandedBack = false
    var finishedAt: Duration?
    /// The most times that the scheduler was asked at one instant without anything having happened.
    var idleTurns = 0
    /// What no night may do.
    var violations: [String] = []
    /// The scheduler as the end left it.
    var stop: StopReason?
    var counted = CallCounts()
    var settled: [Outcome: Int] = [:]
    var unspent = 0
    var reserved = 0

    /// How many accounts had each outcome.
    var outcomes: [Outcome: Int] {
        settlements.values.reduce(into: [:]) { counts, endings in
            for ending in endings { counts[ending.outcome, default: 0] += 1 }
        }
    }

    func outcome(_ account: AccountID) -> Outcome? { settlements[account]?.first?.outcome }

    func times(of call: Call) -> [Duration] { calls.filter { $0.call == call }.map(\.at) }

    /// The most calls in any sliding second.
    var mostInASecond: Int {
        var most = 0
        var first = 0
        for (index, call) in calls.enumerated() {
            while call.at - calls[first].at >= .seconds(1) { first += 1 }
            most = max(most, index - first + 1)
        }
        return most
    }
}
