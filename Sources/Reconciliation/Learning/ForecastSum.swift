/// The sums from which a night is foretold.
struct ForecastSum {
    /// Of syncs that are looked at by the details, so many end without data: then the job is asked as well.
    private static let troubledShare = 0.1
    /// Nights differ by so much from what any sum foretells.
    private static let spread = 0.05
    /// Places in the order of starts at which the wait for the first look is worked out.
    private static let places = 16

    /// Syncs of one bank with one kind of look.
    private struct Syncs {
        var count = 0.0
        /// Of those at the job, how many have a look at the data after it.
        var followedByData = 0.0
        var law: LookLaw
        var plans: (patient: LookPlan?, impatient: LookPlan?)
        /// How many cases the law rests on.
        var cases: Double
        /// The looks of those that start at each place.
        var chains: [LookChain] = []
    }

    private let options: RunOptions
    private let memory: LookMemory
    private let rate: Double
    private var book: LookBook
    private var byKey: [LookKey: Syncs] = [:]
    private var syncCount = 0.0
    /// Expected calls of each kind.
    private var kinds: [CallKind: Double] = [:]
    private var byBank: [String: Double] = [:]
    private var starts = 0.0
    /// Of what differs from bank to bank.
    private var separate = 0.0
    /// What is only assumed, of all banks alike: as a deviation.
    private var assumed = 0.0
    private(set) var leastCalls = 0.0

    init(_ options: RunOptions, _ memory: LookMemory, rate: Double) {
        self.options = options
        self.memory = memory
        self.rate = rate
        let run = OpenRun(
            runID: 0, kind: .nightly, startedAt: Timestamp(microseconds: 0), options: options, age: .zero, isNew: true)
        book = LookBook(run: run, memory: memory)
    }

    private var rules: Rules { options.rules }
    /// The variance of all calls together: chance, what is not known of the banks, and what no sum foretells.
    var variance: Double { separate + assumed * assumed + calls * calls * (Self.spread * Self.spread) }
    /// All expected calls.
    var calls: Double { CallKind.allCases.reduce(0) { $0 + kinds[$1, default: 0] } }

    /// The expected calls, each kind multiplied, and rounded so that their total is rounded once.
    func counts(_ factor: Double) -> CallCounts {
        var counts = CallCounts()
        var sum = 0.0
        for kind in CallKind.allCases {
            sum += kinds[kind, default: 0] * factor
            counts[kind] = Int(sum.rounded()) - counts.total
        }
        return counts
    }

    private mutating func add(_ kind: CallKind, _ calls: Double, of bank: String) {
        kinds[kind, default: 0] += calls
        byBank[bank, default: 0] += calls
    }

    // MARK: Starts

    /// Adds the first calls of so many accounts.
    mutating func add(_ group: NightForecast.Group, _ all: Double) {
        // A bank that was down when it was last tried may be so still, and then only a few accounts are tried.
        let isDown = memory.troubles.contains { $0.bank == group.bank }
        let count = isDown ? all / 2 : all
        if !isDown { leastCalls += count }
        if group.isFlagged, rules.asksForLinks { add(.reauth, count, of: group.bank) }
        switch group.start {
        case .look: add(.details, count, of: group.bank)
        case .result: follow(group, count, afterInspection: false)
        case .inspection where book.inspectionPays(at: group.bank, isFirstNight: group.isFirstNight):
            inspect(group, count)
        case .inspection, .sync: sync(group, count, afterInspection: false)
        }
    }

    private mutating func inspect(_ group: NightForecast.Group, _ count: Double) {
        add(.details, count, of: group.bank)
        starts += count
        let known = [LookKind.details, .job].map { tally($0, group.bank).inspections }.reduce(InspectionTally(), +)
        let hits = InspectionRule.chance(known, isFirstNight: group.isFirstNight)
        // A sync with its looks takes about two calls.
        let seen = known.count(isFirstNight: group.isFirstNight)
        separate += hits * (1 - hits) * (count + count * count / (seen + 3)) * 4
        assumed += (hits * (1 - hits) / 3).squareRoot() * count * 2 * 3 / (seen + 3)
        sync(group, count * (1 - hits), afterInspection: true)
    }

    private mutating func sync(_ group: NightForecast.Group, _ count: Double, afterInspection: Bool) {
        add(.trigger, count, of: group.bank)
        starts += count
        follow(group, count, afterInspection: afterInspection)
    }

    // MARK: Looks

    private func tally(_ kind: LookKind, _ bank: String) -> LookTally {
        memory.history[LookKey(api: rules.api, kind: kind, institution: bank)] ?? LookTally()
    }

    private mutating func follow(_ group: NightForecast.Group, _ count: Double, afterInspection: Bool) {
        let atDetails =
            rules.api == .dataSync || (afterInspection && book.plans(at: group.bank).patient.prefersDetails)
        let key = LookKey(api: rules.api, kind: atDetails ? .details : .job, institution: group.bank)
        var syncs = byKey[key] ?? firstSyncs(key)
        syncs.count += count
        syncCount += count
        if !atDetails {
            // Who had data before has none to be looked at, unless the sync fails without a reason.
            let share = group.hadData ? (group.isFlagged ? 0 : Self.troubledShare) : group.isFlagged ? 0.5 : 1
            syncs.followedByData += count * share
        }
        byKey[key] = syncs
    }

    private mutating func firstSyncs(_ key: LookKey) -> Syncs {
        let (patient, impatient) = book.plans(at: key.institution)
        let (own, other) = (
            tally(key.kind, key.institution), tally(key.kind == .job ? .details : .job, key.institution)
        )
        // Where few such looks were made, the other kind's law is taken.
        var known = own.cases >= min(LookSurvey.firstCases, other.cases) ? own : other
        (known.told, known.untold) = (own.told + other.told, own.untold + other.untold)
        return Syncs(
            law: LookLaw.learned(history: known, tonight: LookTally()),
            plans: key.kind == .details
                ? (patient.detailsPlan, impatient.detailsPlan) : (patient.plan, impatient.plan),
            cases: own.cases + other.cases)
    }

    /// Adds the looks, once all starts are known: these go first, and make late looks of early ones.
    mutating func addLooks() {
        let startsTake = starts / rate
        for (key, one) in byKey.sorted(by: { $0.key < $1.key }) {
            var (patient, impatient) = (0.0, 0.0)
            var chains: [LookChain] = []
            for place in 0..<Self.places {
                let share = (Double(place) + 0.5) / Double(Self.places)
                let wait = min(.seconds(startsTake * (1 - share) + syncCount / rate * share), rules.window)
                let chain = LookChain(one.plans.patient, or: rules.schedule, window: rules.window, wait: wait)
                chains.append(chain)
                patient += chain.expected(one.law) / Double(Self.places)
                let survey = LookChain(one.plans.impatient, or: rules.schedule, window: rules.window, wait: wait)
                impatient += survey.expected(one.law) / Double(Self.places)
            }
            byKey[key]?.chains = chains
            let first = max(Double(BankBook.scoutCount), LookSurvey.firstCases - one.cases)
            let surveyed = min(1, first / max(one.count, 1) + 1 / 64)
            addLooks(of: one, key, each: patient * (1 - surveyed) + impatient * surveyed)
        }
        for trouble in memory.troubles {
            let calls = byBank[trouble.bank, default: 0]
            separate += calls * calls
        }
    }

    private mutating func addLooks(of one: Syncs, _ key: LookKey, each looks: Double) {
        let late = 1 - one.law.chance(by: rules.window)
        // An event tells of the data as well, and of what went wrong.
        let troubled = Self.troubledShare * (1 - one.law.toldChance)
        switch key.kind {
        case .details:
            add(.details, one.count * looks, of: key.institution)
            if rules.api == .realtime {
                add(.job, one.count * min(1, late + troubled), of: key.institution)
                add(.details, one.count * troubled / 2, of: key.institution)
            }
        case .job:
            add(.job, one.count * looks, of: key.institution)
            add(.details, one.followedByData * (1 - one.law.toldChance) * (1 - late), of: key.institution)
        }
        // Chance, and what is not known of the bank, which may be wrong for all of its accounts alike.
        separate += one.count * max(0.25, looks - 1)
        separate += one.count * one.count * (looks * looks / 4 / (one.cases + 2))
        assumed += one.count * looks / (one.cases + 2)
    }

    // MARK: Time

    /// By how many seconds the results of all syncs but so many are expected.
    func end(leaving unknown: Double) -> Double {
        let startsTake = starts / rate
        let all = byKey.sorted { $0.key < $1.key }.map(\.value)
        var (early, late) = (0.0, startsTake + rules.window.inSeconds)
        for _ in 0..<20 {
            let middle = (early + late) / 2
            let open = all.reduce(0) { sum, one in
                let shares = one.chains.enumerated().reduce(0) { open, chain in
                    let begun = startsTake * (Double(chain.offset) + 0.5) / Double(Self.places)
                    return open + 1 - (middle < begun ? 0 : chain.element.known(by: middle - begun, one.law))
                }
                return sum + one.count * shares / Double(Self.places)
            }
            if open > unknown { early = middle } else { late = middle }
        }
        return all.isEmpty ? startsTake : max(late, startsTake)
    }
}

extension InspectionTally {
    /// How many inspections are known of such nights.
    fileprivate func count(isFirstNight: Bool) -> Double {
        isFirstNight ? firstHits + firstMisses : laterHits + laterMisses
    }
}
