import Reconciliation

extension MemoryStore {
    /// Notes a worker's totals, and tells what is known of the banks.
    func learn(_ tallies: [LookKey: LookTally], of run: OpenRun, _ worker: Int) -> LookMemory {
        var memory = LookMemory(troubles: troubles(of: run.runID))
        guard run.options.rules.patience != nil else { return memory }
        let told = tallies.filter { !$0.value.isEmpty }
        if !told.isEmpty, let row = runs[run.runID], row.finishedAt == nil {
            looks[run.runID, default: [:]][worker] = told
        }
        let api = run.options.rules.api
        if run.isNew, run.kind == .nightly, tallies.isEmpty, !laws.keys.contains(where: { $0.api == api }) {
            laws.merge(pastLooks(api)) { first, _ in first }
        }
        memory.history = laws.filter { $0.key.api == api }.mapValues(\.tally)
        memory.tonight = lookTotals(of: run.runID, besides: worker)
        return memory
    }

    private func lookTotals(of run: Int64, besides worker: Int? = nil) -> [LookKey: LookTally] {
        (looks[run] ?? [:]).filter { $0.key != worker }.sorted { $0.key < $1.key }
            .reduce(into: [:]) { sum, told in sum.merge(told.value, uniquingKeysWith: +) }
    }

    /// What the steps of closed runs' cases tell.
    private func pastLooks(_ api: APIGeneration) -> [LookKey: LookHistory] {
        var past = PastLooks(api: api)
        var left = PastLooks.mostCases
        let since = now.advanced(by: .zero - PastLooks.age)
        for (run, row) in runs.sorted(by: { $0.key > $1.key }) {
            guard row.options.rules.api == api, row.finishedAt.map({ $0 > since }) ?? false else { continue }
            for one in (cases[run]?.rows ?? []).sorted(by: { $0.accountID > $1.accountID }) {
                guard left > 0 else { return past.histories }
                guard one.apiCalls > 0 else { continue }
                left -= 1
                let isFirst = !cases.contains { earlier, _ in
                    guard earlier < run, let place = place(of: one.accountID, in: earlier) else { return false }
                    return self[place].apiCalls > 0
                }
                past.add(
                    one.steps, bank: one.institution, run: run, row.kind, isRequested: one.reason == .requested,
                    isFirstNight: isFirst)
            }
        }
        return past.histories
    }

    // MARK: Banks in trouble

    /// Banks whose last accounts have failed, with what the run has tried of them.
    func troubles(of run: Int64) -> [BankTrouble] {
        banks.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }.compactMap { bank, row in
            guard row.failures >= BankTrouble.notable, let since = row.failingSince, let last = row.lastFailureAt
            else { return nil }
            let isOurs = row.probeRun == run
            return BankTrouble(
                bank: bank, failures: row.failures, failingSince: since, lastFailureAt: last,
                lastDeliveryAt: row.lastDeliveryAt, probes: isOurs ? row.probes : 0,
                probedAt: isOurs ? row.probedAt : nil)
        }
    }

    /// Whether the worker may try one account of a paused bank, of which so many tries of the run are known.
    func mayProbe(_ bank: String, after probes: Int, of run: OpenRun) -> Bool {
        guard let row = banks[bank], row.failures >= BankTrouble.notable,
            (row.probeRun == run.runID ? row.probes : 0) == probes
        else { return false }
        banks[bank]?.probeRun = run.runID
        banks[bank]?.probes = probes + 1
        banks[bank]?.probedAt = now
        return true
    }

    // MARK: The close

    /// Folds what the run's workers have seen into what is kept of the banks.
    func foldLooks(of run: OpenRun) {
        let tonight = lookTotals(of: run.runID)
        guard !tonight.isEmpty else { return }
        let closing = ClosingLooks(of: run, tonight: tonight, before: laws)
        laws.merge(closing.histories) { _, new in new }
        change(run.runID) { row in
            row.callsSaved = closing.callsSaved
            row.laws = closing.laws
        }
    }
}
