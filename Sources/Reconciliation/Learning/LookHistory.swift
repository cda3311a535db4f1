/// What is kept of one key's facts over the nights.
package struct LookHistory: Equatable, Sendable {
    /// The facts, faded as they age.
    package var tally: LookTally
    /// Nightly runs that showed anything of it.
    package var nights: Int

    package init(tally: LookTally = LookTally(), nights: Int = 0) {
        self.tally = tally
        self.nights = nights
    }

    /// Takes a finished run's facts in.
    package mutating func fold(in tonight: LookTally, isNight: Bool) {
        tally.fold(in: tonight)
        if isNight, tonight.cases > 0 { nights += 1 }
    }
}

/// What the close of a run makes of its workers' looks.
package struct ClosingLooks: Equatable, Sendable {
    /// The keys of which the run has seen anything, as they are kept from now on.
    package private(set) var histories: [LookKey: LookHistory] = [:]
    /// Looks that the plain schedule would have made beyond those that were made; nil where none was needed.
    package let callsSaved: Int?
    /// The banks that were looked at, by name.
    package private(set) var laws: [BankLaw] = []

    /// Folds what a run has seen into what was known before.
    package init(of run: OpenRun, tonight: [LookKey: LookTally], before: [LookKey: LookHistory]) {
        let seen = tonight.filter { !$0.value.isEmpty }
        let (looks, plainLooks) = seen.values.reduce((0, 0)) { ($0.0 + $1.looks, $0.1 + $1.plainLooks) }
        callsSaved = looks + plainLooks > 0 ? Int((plainLooks - looks).rounded()) : nil
        for (key, tally) in seen {
            var history = before[key] ?? LookHistory()
            history.fold(in: tally, isNight: run.kind == .nightly)
            histories[key] = history
        }
        let lookedAt = seen.filter { $0.value.cases > 0 }.keys
        guard let patience = run.options.rules.patience else { return }
        laws = BankLaw.keys(ofBanksIn: lookedAt, histories).map { key in
            BankLaw(
                of: key,
                LookLaw.learned(history: before[key]?.tally ?? LookTally(), tonight: seen[key] ?? LookTally()),
                known: histories[key] ?? LookHistory(), window: run.options.rules.window, patience: patience)
        }
    }
}

/// What past cases' steps tell of the banks, for a store that has learned nothing yet.
package struct PastLooks {
    /// The most cases that are read, the newest ones.
    package static let mostCases = 20_000
    /// Runs that ended earlier are not read.
    package static let age = Duration.seconds(30 * 86_400)

    private struct Run {
        var isNight: Bool
        var tallies: [LookKey: LookTally] = [:]
    }

    private let api: APIGeneration
    private var runs: [Int64: Run] = [:]

    /// Facts of one API generation.
    package init(api: APIGeneration) { self.api = api }

    /// Takes one case of a closed run.
    ///
    /// `isFirstNight`: no earlier case of the account made a call.
    package mutating func add(
        _ steps: [Step], bank: String?, run: Int64, _ kind: RunKind, isRequested: Bool, isFirstNight: Bool
    ) {
        var seen = runs[run] ?? Run(isNight: kind == .nightly)
        if let (kind, cell) = LookSurvey.cell(fromPastSteps: steps) {
            seen.tallies[key(kind, bank), default: LookTally()].add(cell)
        }
        if !isRequested, let isHit = LookSurvey.inspection(fromPastSteps: steps) {
            seen.tallies[key(.details, bank), default: LookTally()]
                .inspections.add(isHit: isHit, isFirstNight: isFirstNight)
        }
        runs[run] = seen
    }

    /// The runs folded together, the oldest first.
    package var histories: [LookKey: LookHistory] {
        var histories: [LookKey: LookHistory] = [:]
        for (_, run) in runs.sorted(by: { $0.key < $1.key }) {
            for (key, tally) in run.tallies {
                histories[key, default: LookHistory()].fold(in: tally, isNight: run.isNight)
            }
        }
        return histories
    }

    private func key(_ kind: LookKind, _ bank: String?) -> LookKey {
        LookKey(api: api, kind: kind, institution: bank ?? "")
    }
}

extension LookSurvey {
    /// Whether a past case's inspection before its trigger found the data there; nil if none was made.
    static func inspection(fromPastSteps steps: [Step]) -> Bool? {
        for step in steps {
            switch step.name {
            case .intent, .trigger, .resume: return nil
            case .details:
                switch DataStatus(step.said.words) {
                case .available: return true
                case .partial, .unavailable, .failed, .processing: return false
                case .unknown: continue
                }
            case .job, .event, .link, .settle, .other: continue
            }
        }
        return nil
    }
}
