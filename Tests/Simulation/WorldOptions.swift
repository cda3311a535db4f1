package import Reconciliation

/// What a world is like; drawn from its seed unless said otherwise.
package struct WorldOptions: Sendable {
    package var seed: UInt64
    package var accounts: Int { didSet { accountIDs = Self.accountIDs(accounts) } }
    private(set) var accountIDs: [AccountID]
    package var nights: Int
    package var workers: Int
    package var rules: Rules
    package var limits: WorkerLimits
    package var maxCalls: Int?

    // The database.
    /// From a question to the database to its answer, at most.
    var roundTripLimit: Micros = 4 * aMillisecond
    /// How often the server restarts in a night.
    var restarts = 0.0
    /// How wrong a worker's idea of the database's clock may be.
    var clockError: Micros = 3 * aMillisecond
    /// How often a worker looks at what the others have told.
    var signsPause: Micros = aSecond / 2
    /// How often a worker's listening connection is lost, each second.
    var listenerLosses = 0.0

    /// How many accounts' rows are refused, or locked, for some time of a night.
    var rowFaults = 0.0

    /// How often somebody sets the server's clock in a night, or shortly before it.
    var clockJumps = 0.0

    // Mono.
    /// How long banks take, at least and at most.
    var bank: ClosedRange<Micros> = aSecond...(60 * aSecond)
    /// How often a read, and how often a trigger goes wrong.
    var badReads = 0.0
    var badTriggers = 0.0
    /// How often Mono is down, or refuses the key, for some time of a night.
    var outages = 0.0
    var refusals = 0.0
    /// The fates of webhooks.
    var lost = 0.3
    var doubled = 0.1
    var late: Micros = 20 * aSecond
    var hasIDs = true
    /// How many banks the accounts are spread over; none: the rows name no bank.
    var banks = 0
    /// How often one of them is down for some time of a night.
    var bankOutages = 0.0

    // Workers.
    /// How often a worker is struck at each named point.
    var faults = 0.0
    /// How often a worker that was struck is struck again within the next seconds.
    var bursts = 0.0
    /// How often something happens to an account just when it is least convenient.
    var temptation = 0.0
    /// How often a worker that died has a successor soon.
    var successors = 0.5
    /// From the first worker's start to the last one's.
    var stagger: Micros = 2 * aSecond
    /// From one night to the next.
    var gaps: ClosedRange<Micros> = (10 * aMinute)...(10 * aMinute)
    /// How often a process is started for another address of Mono's.
    var strays = 0.0
    /// How often a night's process is started to try everybody, cool-down or not.
    var forced = 0.0
    /// One-off runs beside a night, on average.
    var oneOffs = 0.0

    // Customers.
    /// How many accounts get stuck before a night.
    var stuck = 0.6
    /// How many accounts Mono no longer knows, beside those that scripts draw.
    var graves = 0.0
    /// How many accounts' rows are deleted and inserted again in a night.
    var reinsertions = 0.0
    /// The most accounts that a night selects at a time.
    var slice = RunOptions.slice
    /// How many accounts do something of their own during a night.
    var restless = 0.15

    /// What each process would open a run with.
    var runOptions: RunOptions { RunOptions(rules: rules, baseURL: Self.baseURL, maxCalls: maxCalls) }
    /// Where most processes' calls go.
    static let baseURL = "https://mono.example"

    private static func accountIDs(_ count: Int) -> [AccountID] {
        (0..<count).compactMap { number in AccountID("a" + String(10_000 + number)) }
    }

    /// A small world, every part of it drawn from the seed.
    package init(seed: UInt64, api: APIGeneration? = nil) {
        self.seed = seed
        var dice = Dice(seed: seed &* 0x9E37_79B9_7F4A_7C15 &+ 0x1234_5678)
        let generation = dice.pick([APIGeneration.realtime, .realtime, .dataSync])
        accounts = dice.int(2...14)
        accountIDs = Self.accountIDs(accounts)
        nights = dice.int(2...3)
        workers = dice.pick([1, 2, 2, 3, 3, 4])
        let window = Duration.microseconds(dice.spread(15 * aSecond, 60 * aSecond))
        rules = Rules(
            api: api ?? generation, window: window, stuckAfter: .seconds(dice.pick([60, 120, 300])),
            syncLimit: .seconds(dice.pick([60, 120, 300])),
            schedule: PollSchedule(
                first: .milliseconds(dice.int(500...3_000)), factor: 1.6, maximum: .seconds(dice.int(5...20))))
        limits = WorkerLimits(rate: dice.pick([2, 5, 10, 20, 50]), concurrency: dice.int(3...40))
        if dice.chance(0.12) { maxCalls = dice.int(3...60) }
        drawDatabase(&dice)
        drawMono(&dice)
        drawPeople(&dice)
        drawClimate(&dice)
        // Of its own dice: the worlds stay what they were.
        var own = Dice(seed: seed &+ 0x51CE)
        slice = own.pick([2, 3, 5, RunOptions.slice, RunOptions.slice])
        rules.patience = own.pick([nil, .seconds(5), .seconds(20), .seconds(60)])
        banks = own.int(0...3)
        bankOutages = own.chance(0.3) ? 0.7 : 0
        if own.chance(0.05) { sorrow(&own) }
        forced = own.chance(0.1) ? 0.5 : 0
        rowFaults = own.chance(0.2) ? 0.4 : 0
    }

    /// A bank that is down, many of its customers, and nothing else to disturb a night.
    private mutating func sorrow(_ dice: inout Dice) {
        accounts = dice.int(30...60)
        workers = dice.int(1...3)
        limits = WorkerLimits(rate: dice.pick([5, 10, 20]), concurrency: 40)
        (banks, bankOutages) = (2, 1)
        (faults, restarts, outages, refusals, clockJumps, graves, strays) = (0, 0, 0, 0, 0, 0, 0)
        (badReads, badTriggers, listenerLosses, reinsertions) = (0, 0, 0, 0)
        maxCalls = nil
        roundTripLimit = 4 * aMillisecond
        stuck = 1
        // In half of them each worker has some of the bank's cases.
        if dice.chance(0.5) { (workers, slice, stagger) = (3, 3, aSecond / 2) }
    }

    /// Whether neither Mono nor the workers nor the database give trouble.
    var isSmooth: Bool {
        [badReads, badTriggers, faults, restarts, outages, refusals, clockJumps].allSatisfy { $0 == 0 }
    }

    /// The name of an account's bank; nil where the rows name none.
    func bank(of account: Int) -> String? { banks == 0 ? nil : "Bank \(account % banks)" }

    /// Half of the worlds have one trait in plenty.
    private mutating func drawClimate(_ dice: inout Dice) {
        switch dice.int(0...9) {
        case 0: crowd(&dice)
        case 1:
            crowd(&dice)
            refusals = 1
        case 2:
            // Much happens while nobody listens.
            listenerLosses = 1
            temptation = 0.8
            bank = (10 * aSecond)...(40 * aSecond)
            stuck = 1
        case 3:
            roundTripLimit = dice.time(200 * aMillisecond...600 * aMillisecond)
            temptation = 0.8
            bank = (10 * aSecond)...(40 * aSecond)
        case 4:
            workers = dice.int(2...4)
            faults = 0.05
            bursts = 0.3
            temptation = 0.4
        case 5:
            // Mostly dead ids, wherever they stand.
            accounts = dice.int(24...60)
            stuck = 1
            graves = dice.pick([0.5, 0.8, 0.95])
            bank = aSecond...(10 * aSecond)
        default: break
        }
    }

    /// Many hands, little to go round, and nothing else to disturb them.
    private mutating func crowd(_ dice: inout Dice) {
        workers = 4
        accounts = dice.int(14...30)
        stuck = 1
        stagger = aSecond / 2
        limits = WorkerLimits(rate: dice.pick([2, 5, 10, 20]), concurrency: 40)
        roundTripLimit = 4 * aMillisecond
        badReads = 0.3
        badTriggers = 0.2
        faults = dice.pick([0, 0, 0.001])
        bank = (5 * aSecond)...(40 * aSecond)
    }

    private mutating func drawDatabase(_ dice: inout Dice) {
        roundTripLimit = dice.spread(2 * aMillisecond, 200 * aMillisecond)
        restarts = dice.chance(0.2) ? 0.6 : 0
        clockError = dice.time(0...4 * aMillisecond)
        listenerLosses = dice.chance(0.3) ? 0.05 : 0
    }

    private mutating func drawMono(_ dice: inout Dice) {
        let fastest = dice.spread(aSecond / 4, 16 * aSecond)
        bank = fastest...(fastest * Micros(dice.int(1...12)))
        badReads = dice.chance(0.5) ? dice.unit() * 0.3 : 0
        badTriggers = dice.chance(0.6) ? dice.unit() * 0.5 : 0
        outages = dice.chance(0.1) ? 0.5 : 0
        refusals = dice.chance(0.12) ? 0.7 : 0
        lost = dice.pick([0, 0.2, 0.5, 0.9])
        doubled = dice.pick([0, 0.3])
        late = dice.spread(50 * aMillisecond, 100 * aSecond)
        hasIDs = dice.chance(0.5)
    }

    private mutating func drawPeople(_ dice: inout Dice) {
        faults = dice.pick([0, 0.005, 0.01, 0.02, 0.05])
        bursts = dice.pick([0, 0, 0.1, 0.25])
        temptation = dice.pick([0, 0.1, 0.4])
        successors = dice.pick([0, 0.5, 0.9])
        stagger = dice.spread(aMillisecond, 20 * aSecond)
        // Straight after Mono's limit, in the same night, past midnight, and a day later.
        let limit = rules.syncLimit.micros
        gaps = dice.pick([
            limit...(limit + 60 * aSecond), (5 * aMinute)...(15 * aMinute), anHour...(2 * anHour),
            (11 * anHour)...(13 * anHour), (24 * anHour)...(24 * anHour),
        ])
        oneOffs = dice.pick([0, 0, 1, 3])
        stuck = dice.pick([0.4, 0.7, 1])
        restless = dice.pick([0, 0.1, 0.3])
        strays = dice.chance(0.1) ? 0.2 : 0
        reinsertions = dice.chance(0.1) ? 0.2 : 0
        clockJumps = dice.chance(0.15) ? 0.8 : 0
    }

    /// A year of nights in one world: `stuck` of all accounts are stuck each night.
    package static func year(
        seed: UInt64, api: APIGeneration? = nil, accounts: Int, nights: Int, workers: Int, stuck: Double
    ) -> Self {
        var options = Self(seed: seed, api: api)
        options.accounts = accounts
        options.nights = nights
        options.workers = workers
        options.rules = Rules(api: options.rules.api)
        options.limits = WorkerLimits(rate: 50, concurrency: 200)
        options.maxCalls = nil
        options.roundTripLimit = 6 * aMillisecond
        options.restarts = 0.02
        options.listenerLosses = 0.0005
        options.bank = aSecond...(200 * aSecond)
        options.badReads = 0.02
        options.badTriggers = 0.02
        options.outages = 0.02
        options.refusals = 0
        options.lost = 0.3
        options.late = 20 * aSecond
        options.faults = 0.0001
        options.bursts = 0.01
        options.temptation = 0.002
        options.successors = 0.5
        options.gaps = (24 * anHour)...(24 * anHour)
        options.oneOffs = 1
        options.stuck = stuck
        options.restless = 0.01
        return options
    }
}

extension AccountID {
    /// The number of a world's account: its id says so.
    var index: Int { rawValue.utf8.dropFirst().reduce(0) { $0 * 10 + Int($1) - 0x30 } - 10_000 }
}
