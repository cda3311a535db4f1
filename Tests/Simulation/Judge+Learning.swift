import Reconciliation

/// What the judge itself believes to be learned of the banks, from what the workers told.
struct LookBooks {
    /// Each worker's newest totals, by run.
    var told: [Int64: [Int: [LookKey: LookTally]]] = [:]
    /// The nights before, folded together.
    var kept: [LookKey: LookHistory] = [:]

    /// A run's sums, without one worker's.
    func sum(of run: Int64, besides worker: Int? = nil) -> [LookKey: LookTally] {
        (told[run] ?? [:]).filter { $0.key != worker }.values
            .reduce(into: [:]) { sum, told in sum.merge(told, uniquingKeysWith: +) }
    }
}

/// What is learned of the banks.
extension Judge {
    /// A worker told its totals, and was told what the others know.
    func sawLooks(
        _ tallies: [LookKey: LookTally], _ memory: LookMemory, of run: OpenRun, by worker: Int, _ store: MemoryStore
    ) {
        guard run.options.rules.patience != nil else { return }
        let told = tallies.filter { !$0.value.isEmpty }
        let isOpen = store.runs[run.runID].map { $0.finishedAt == nil } ?? false
        if !told.isEmpty, isOpen { looks.told[run.runID, default: [:]][worker] = told }
        let api = run.options.rules.api
        // Where nothing was ever learned, a night's first worker learns from past cases' steps.
        if run.isNew, tallies.isEmpty, looks.kept.isEmpty { looks.kept = store.laws }
        let kept = looks.kept.filter { $0.key.api == api }.mapValues(\.tally)
        if memory.history != kept { broke(.learned, nil, "w\(worker) of run \(run.runID) was told other laws") }
        if memory.tonight != looks.sum(of: run.runID, besides: worker) {
            broke(.learned, nil, "w\(worker) of run \(run.runID) was not told what the others saw")
        }
    }

    /// A run is closed: what it saw is folded in once.
    func sawClose(of run: OpenRun, isNow: Bool, _ store: MemoryStore) {
        if isNow {
            for (key, tally) in looks.sum(of: run.runID) {
                looks.kept[key, default: LookHistory()].fold(in: tally, isNight: run.kind == .nightly)
            }
            checkSamples(of: run.runID, store)
        }
        guard store.laws != looks.kept else { return }
        broke(.learned, nil, "\(isNow ? "the close" : "the end") of run \(run.runID) keeps something else")
        looks.kept = store.laws
    }

    /// No more was seen of a bank than Mono was asked.
    private func checkSamples(of run: Int64, _ store: MemoryStore) {
        var seen: [String: LookTally] = [:]
        for told in (store.looks[run] ?? [:]).values {
            for (key, tally) in told {
                seen[key.institution, default: LookTally()] = seen[key.institution, default: LookTally()] + tally
            }
        }
        for (bank, tally) in seen.sorted(by: { $0.key < $1.key }) {
            let calls = banks[bank]?.calls[run] ?? CallCounts()
            let inspections = tally.inspections
            let inspected =
                inspections.firstHits + inspections.firstMisses + inspections.laterHits + inspections.laterMisses
            if tally.cases > Double(calls.trigger) {
                broke(
                    .unseen, nil,
                    "\(tally.cases) syncs of \"\(bank)\" in run \(run), where \(calls.trigger) were asked for")
            }
            if inspected > Double(calls.details) || tally.looks > Double(calls.details + calls.job) {
                broke(.unseen, nil, "\(inspected) inspections and \(tally.looks) looks of \"\(bank)\" in run \(run)")
            }
        }
    }
}
