/// What the banks' syncs have shown of their laws, and when to look by them.
struct LookBook: Sendable {
    /// Where events told the end of so large a share of the syncs, a success is followed by a wait for the event.
    private static let tellingShare = 0.5
    /// The calls that waking a customer by an OTP is worth.
    private static let callsAnOTP = 3.0
    /// The details are looked at instead of the job unless they cost more than so many looks at the job.
    private static let jobsADetails = 4.0

    private let run: OpenRun
    private var memory: LookMemory
    /// What this worker's cases have shown.
    private var tallies: [LookKey: LookTally] = [:]
    /// What looks have shown of the syncs that were still at work here when plans were last made.
    private var unfinished: [LookKey: LookTally] = [:]
    private var advices: [String: (patient: LookAdvice, impatient: LookAdvice)] = [:]
    private var laws: [LookKey: LookLaw] = [:]
    /// Looks and ends of this worker's syncs.
    private var (looks, ends) = (0, 0)

    init(run: OpenRun, memory: LookMemory) {
        self.run = run
        self.memory = memory
    }

    private var rules: Rules { run.options.rules }

    /// Looks to be expected of one sync, the one at the data included; two where nothing is known.
    var looksASync: Double { (Double(looks) + 4) / (Double(ends) + 4) + 1 }

    // MARK: Learning

    /// Takes what the store knows now, and these cases' syncs: without those that are still at work a night's beginning
    /// would show quick syncs only.
    mutating func remember(_ memory: LookMemory, cases: some Sequence<Case>) {
        self.memory = memory
        unfinished = self.unfinished(cases)
        laws = [:]
        advices = [:]
    }

    private func unfinished(_ cases: some Sequence<Case>) -> [LookKey: LookTally] {
        guard rules.patience != nil else { return [:] }
        var tallies: [LookKey: LookTally] = [:]
        for one in cases {
            guard let cell = one.unfinishedCell else { continue }
            tallies[key(one.lookKind, one.bank), default: LookTally()].add(cell)
        }
        return tallies
    }

    /// What this worker has seen of the banks tonight, with what of these cases is still at work.
    func totals(with cases: some Sequence<Case>) -> [LookKey: LookTally] {
        tallies.merging(unfinished(cases), uniquingKeysWith: +)
    }

    /// Adds what one case showed.
    mutating func note(_ sample: LookSample) {
        if sample.plainLooks > 0 {
            looks += sample.looks
            ends += 1
        }
        guard rules.patience != nil else { return }
        tallies[key(sample.kind, sample.bank), default: LookTally()].add(sample)
    }

    /// Banks that another worker, tonight, has seen an end of.
    var banksWithResult: [String] { memory.tonight.filter { $0.value.cases > 0 }.map(\.key.institution) }

    private func key(_ kind: LookKind, _ bank: String) -> LookKey {
        LookKey(api: rules.api, kind: kind, institution: bank)
    }

    private func tonight(_ key: LookKey) -> LookTally {
        (memory.tonight[key] ?? LookTally()) + (tallies[key] ?? LookTally()) + (unfinished[key] ?? LookTally())
    }

    private func history(_ key: LookKey) -> LookTally { memory.history[key] ?? LookTally() }

    // MARK: Advice

    /// How a case of the bank looks at its sync.
    mutating func advice(for account: AccountID, of bank: String, isScout: Bool) -> LookAdvice {
        let advices = advices(of: bank)
        let isSurveyed = isNew(bank) || LookSurvey.isSurveyed(account: account, run: run.runID)
        return isScout || isSurveyed ? advices.impatient : advices.patient
    }

    private func isNew(_ bank: String) -> Bool {
        LookKind.allCases.reduce(0) { $0 + history(key($1, bank)).cases + tonight(key($1, bank)).cases }
            < LookSurvey.firstCases
    }

    private mutating func advices(of bank: String) -> (patient: LookAdvice, impatient: LookAdvice) {
        if let known = advices[bank] { return known }
        var advice = LookAdvice()
        advice.prefersDetails = price.job * Self.jobsADetails > price.details
        guard let patience = rules.patience else { return (advice, advice) }
        var hasty = advice
        let detailsLaw = law(.details, bank)
        let jobLaw = rules.api == .realtime ? law(.job, bank) : detailsLaw
        let ends = LookKind.allCases.map { history(key($0, bank)) + tonight(key($0, bank)) }
        let told = ends.reduce(0) { $0 + $1.told }
        advice.expectsEvent = told > 0 && told >= Self.tellingShare * ends.reduce(told) { $0 + $1.untold }
        hasty.expectsEvent = advice.expectsEvent
        advice.plan = LookPlan(jobLaw, window: rules.window, patience: patience)
        advice.detailsPlan = LookPlan(detailsLaw, window: rules.window, patience: patience)
        hasty.plan = LookSurvey.plan(jobLaw, window: rules.window, patience: patience)
        hasty.detailsPlan = LookSurvey.plan(detailsLaw, window: rules.window, patience: patience)
        advices[bank] = (advice, hasty)
        return (advice, hasty)
    }

    private mutating func law(_ kind: LookKind, _ bank: String) -> LookLaw {
        let key = key(kind, bank)
        if let known = laws[key] { return known }
        let law = LookLaw.learned(history: history(key), tonight: tonight(key))
        laws[key] = law
        return law
    }

    /// Whether a sync is asked for at once where an inspection would come first: the chance that the data is there is
    /// too small for its price.
    mutating func skipsInspection(_ claim: Claim) -> Bool {
        guard claim.reason != .requested, rules.patience != nil else { return false }
        if LookSurvey.isSurveyed(account: claim.accountID, run: run.runID) { return false }
        let bank = claim.institution ?? ""
        let advice = advices(of: bank).patient
        let detailsLooks = advice.detailsPlan?.expectedLooks ?? 1
        let jobLooks = advice.plan?.expectedLooks ?? 1
        let atJob = rules.api == .realtime ? jobLooks * price.job + price.details : detailsLooks * price.details
        // What follows an inspection that does not find the data, and what follows without one.
        let waking = price.trigger + Self.callsAnOTP * price.details
        let after = waking + (advice.prefersDetails ? min(atJob, detailsLooks * price.details) : atJob)
        let without = waking + atJob
        let known = history(key(.details, bank)).inspections + tonight(key(.details, bank)).inspections
        return !InspectionRule.pays(
            known, isFirstNight: !claim.wasTried, threshold: 1 - (without - price.details) / after)
    }

    /// What calls cost; all the same where nobody said, or all are free.
    private var price: (details: Double, trigger: Double, job: Double) {
        let prices = run.options.prices
        let all = [CallKind.details, .trigger, .job].map { Double(prices?[$0].hundredths ?? 1) }
        return all.allSatisfy { $0 == 0 } ? (1, 1, 1) : (all[0], all[1], all[2])
    }
}

extension LookTally {
    /// Adds what one case showed.
    mutating func add(_ sample: LookSample) {
        if let cell = sample.cell { add(cell) }
        switch sample.isTold {
        case true?: told += 1
        case false?: untold += 1
        case nil: break
        }
        if let inspection = sample.inspection {
            inspections.add(isHit: inspection.foundData, isFirstNight: inspection.isFirstNight)
        }
        looks += Double(sample.looks)
        plainLooks += Double(sample.plainLooks)
    }
}
