/// What the banks' syncs have shown of their laws, and when to look by them.
struct LookBook: Sendable {
    /// Where events told the end of so large a share of the syncs, a success is followed by a wait for the event.
    private static let tellingShare = 0.5
    /// The calls that waking a customer by an OTP is worth.
    private static let callsAnOTP = 3.0
    /// The details are looked at instead of the job unless they cost more than so many looks at the job.
    private static let jobsADetails = 4.0

    /// What is known of one bank.
    private struct View: Sendable {
        var patient = LookAdvice()
        var impatient = LookAdvice()
        /// Syncs that the plans rest on, and those that ended here since.
        var cases = 0.0
        var inspections = InspectionTally()
        /// The chance of finding the data that is worth an inspection.
        var threshold = 0.0
    }

    private let run: OpenRun
    private var memory: LookMemory
    /// What this worker's cases have shown.
    private var tallies: [LookKey: LookTally] = [:]
    /// What looks have shown of the syncs that were still at work here when plans were last made.
    private var unfinished: [LookKey: LookTally] = [:]
    /// What follows from that for each bank; worked out once between two heartbeats.
    private var views: [String: View] = [:]
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
        views = [:]
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
        if sample.cell != nil { views[sample.bank]?.cases += 1 }
    }

    /// Banks that another worker, tonight, has seen an end of.
    var banksWithResult: [String] {
        memory.tonight.filter { $0.value.cells.keys.contains { $0.to != nil } }.map(\.key.institution)
    }

    private func key(_ kind: LookKind, _ bank: String) -> LookKey {
        LookKey(api: rules.api, kind: kind, institution: bank)
    }

    /// The facts of one kind of look: of the nights before, and of tonight.
    private func facts(_ kind: LookKind, _ bank: String) -> (history: LookTally, tonight: LookTally) {
        let key = key(kind, bank)
        let tonight = [memory.tonight, tallies, unfinished].compactMap { $0[key] }.reduce(LookTally(), +)
        return (memory.history[key] ?? LookTally(), tonight)
    }

    // MARK: Advice

    /// How a case of the bank looks at its sync.
    mutating func advice(for account: AccountID, of bank: String, isScout: Bool) -> LookAdvice {
        let view = view(of: bank)
        let isSurveyed =
            view.cases < LookSurvey.firstCases || LookSurvey.isSurveyed(account: account, run: run.runID)
        return isScout || isSurveyed ? view.impatient : view.patient
    }

    /// Whether a sync is asked for at once where an inspection would come first: the chance that the data is there is
    /// too small for its price.
    mutating func skipsInspection(_ claim: Claim) -> Bool {
        guard claim.reason != .requested, rules.patience != nil else { return false }
        // An inspection that stopped paying would never be found to pay again.
        if LookSurvey.isSurveyed(account: claim.accountID, run: run.runID) { return false }
        return !inspectionPays(at: claim.institution ?? "", isFirstNight: !claim.wasTried)
    }

    /// Whether an inspection is made before a sync at the bank, as a rule.
    mutating func inspectionPays(at bank: String, isFirstNight: Bool) -> Bool {
        guard rules.patience != nil else { return true }
        let view = view(of: bank)
        return InspectionRule.pays(view.inspections, isFirstNight: isFirstNight, threshold: view.threshold)
    }

    /// How the bank's cases look at their syncs, and how those of the survey do.
    mutating func plans(at bank: String) -> (patient: LookAdvice, impatient: LookAdvice) {
        let view = view(of: bank)
        return (view.patient, view.impatient)
    }

    private mutating func view(of bank: String) -> View {
        if let known = views[bank] { return known }
        let view = makeView(of: bank)
        views[bank] = view
        return view
    }

    private func makeView(of bank: String) -> View {
        var view = View()
        view.patient.prefersDetails = price.job * Self.jobsADetails > price.details
        view.impatient = view.patient
        guard let patience = rules.patience else { return view }
        let (details, job) = (facts(.details, bank), facts(.job, bank))
        let all = [details.history, details.tonight, job.history, job.tonight].reduce(LookTally(), +)
        view.cases = all.cases
        view.inspections = all.inspections
        let expectsEvent = all.told > 0 && all.told >= Self.tellingShare * (all.told + all.untold)
        (view.patient.expectsEvent, view.impatient.expectsEvent) = (expectsEvent, expectsEvent)
        // Events come or do not, whatever is looked at.
        let detailsLaw = LookLaw.learned(
            history: details.history.told(with: job.history), tonight: details.tonight.told(with: job.tonight))
        let jobLaw =
            rules.api == .dataSync
            ? detailsLaw
            : LookLaw.learned(
                history: job.history.told(with: details.history), tonight: job.tonight.told(with: details.tonight))
        let window = rules.window
        let plans = (
            job: LookPlan(jobLaw, window: window, patience: patience),
            details: LookPlan(detailsLaw, window: window, patience: patience)
        )
        (view.patient.plan, view.patient.detailsPlan) = plans
        view.impatient.plan = LookSurvey.plan(jobLaw, window: window, patience: patience)
        view.impatient.detailsPlan = LookSurvey.plan(detailsLaw, window: window, patience: patience)
        let detailsLooks = plans.details.expectedLooks
        // Where jobs were hardly looked at, they are taken to need as many looks.
        let isJobKnown = job.history.cases + job.tonight.cases >= LookSurvey.firstCases
        view.threshold = threshold(
            jobLooks: isJobKnown ? plans.job.expectedLooks : detailsLooks, detailsLooks: detailsLooks,
            view.patient.prefersDetails)
        return view
    }

    /// The chance of finding the data from which on an inspection pays.
    ///
    /// It costs a call, saves the sync where the data is there, and makes looks at the details possible where it is not.
    private func threshold(jobLooks: Double, detailsLooks: Double, _ prefersDetails: Bool) -> Double {
        let atDetails = detailsLooks * price.details
        let atJob = rules.api == .realtime ? jobLooks * price.job + price.details : atDetails
        let waking = price.trigger + Self.callsAnOTP * price.details
        let after = waking + (prefersDetails ? min(atJob, atDetails) : atJob)
        return 1 - (waking + atJob - price.details) / after
    }

    /// What calls cost; all the same where nobody said, or all are free.
    private var price: (details: Double, trigger: Double, job: Double) {
        let prices = run.options.prices
        let all = [CallKind.details, .trigger, .job].map { Double(prices?[$0].hundredths ?? 1) }
        return all.allSatisfy { $0 == 0 } ? (1, 1, 1) : (all[0], all[1], all[2])
    }
}

extension LookTally {
    /// The same with what another kind of look has shown of the bank's events.
    fileprivate func told(with other: Self) -> Self {
        var sum = self
        sum.told += other.told
        sum.untold += other.untold
        return sum
    }

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
