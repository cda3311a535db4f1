import Reconciliation

/// What one worker has begun, as the judge saw it.
struct WorkerStarts {
    var begun: Set<Int> = []
    /// The first syncs of each bank.
    var scouts: [String: [Int]] = [:]
    /// Accounts whose syncs the worker wrote to have failed.
    var failed: Set<Int> = []
    /// Banks of which it wrote a result.
    var results: Set<String> = []
}

/// In which order cases begin.
extension Judge {
    /// What a worker wrote of a sync.
    func noteResult(
        of bank: String, _ account: Int, _ outcome: Outcome, showsBank: Bool, by worker: Int, in run: Int64
    ) {
        guard outcome.restsOnEvidence else { return }
        // Whether its trigger was taken may have been open when the worker came to the outcome.
        if !outcome.isFailureOfBank { results[run, default: []].insert(bank) }
        guard showsBank else { return }
        if outcome.isFailureOfBank {
            starts[worker, default: WorkerStarts()].failed.insert(account)
        } else {
            starts[worker, default: WorkerStarts()].results.insert(bank)
        }
    }

    /// A worker begins a case, by an inspection or by an intent; what is to be looked at once more later.
    ///
    /// `cases` are those that it has after the decision.
    func begins(_ id: AccountID, by process: WorkerProcess, beside cases: [AccountID: Case], asIntent: Bool)
        -> Suspicion?
    {
        let (account, worker, run) = (id.index, process.worker, process.run)
        guard let bank = options.bank(of: account),
            starts[worker, default: WorkerStarts()].begun.insert(account).inserted
        else { return nil }
        if let left = banks[bank]?.unbegun[worker], left > 0 {
            banks[bank]?.unbegun[worker] = left - 1
            return nil
        }
        if let suspicion = suspicion(account, of: bank, by: worker, in: run) { return suspicion }
        guard (banks[bank]?.toldFailures.count ?? 0) < JudgedBank.failures else { return nil }
        let scouts = scouts(of: bank, worker, cases)
        guard scouts.count >= JudgedBank.scouts else {
            starts[worker]?.scouts[bank] = scouts + [account]
            return nil
        }
        // Where events land between a trigger's launch and its answer, what its worker takes for a result is not seen here.
        guard options.maxCalls == nil, options.temptation == 0, !mayHaveResult(bank, in: run, cases) else { return nil }
        if let first = firstWaiting(besides: bank, asIntents: asIntent, at: process, cases) {
            broke(.unproven, account, "of \(bank) by w\(worker), while \(first) waits")
        }
        return nil
    }

    /// Of the cases that might begin in the same way, the first one whose bank has a result for certain.
    private func firstWaiting(
        besides bank: String, asIntents: Bool, at process: WorkerProcess, _ cases: [AccountID: Case]
    ) -> AccountID? {
        let others = starts[process.worker]?.results.filter { $0 != bank && !mayBeDown($0, cases) } ?? []
        let waiting = cases.values.filter { one in
            guard let other = options.bank(of: one.accountID.index), others.contains(other),
                !process.intending.contains(one.accountID)
            else { return false }
            switch one.want {
            case .call(_, let time): return !asIntents && one.isBeforeTrigger && time <= process.believed
            case .intent(let time): return asIntents && time <= process.believed
            case .trigger, .withdrawal, .event, .answer, .settlement: return false
            }
        }
        return waiting.map(\.accountID).min()
    }

    /// The scouts that keep their places: those under way, and those that failed.
    private func scouts(of bank: String, _ worker: Int, _ cases: [AccountID: Case]) -> [Int] {
        (starts[worker]?.scouts[bank] ?? []).filter { account in
            guard let one = cases[options.accountIDs[account]] else {
                return starts[worker]?.failed.contains(account) ?? false
            }
            guard case .settlement(let settlement) = one.want else { return true }
            return settlement.outcome.isFailureOfBank
        }
    }

    /// Whether anybody may know of a result of the bank.
    private func mayHaveResult(_ bank: String, in run: Int64, _ cases: [AccountID: Case]) -> Bool {
        if results[run]?.contains(bank) ?? false { return true }
        // An end that was seen elsewhere counts, whatever it was.
        let isTold = (looks.told[run] ?? [:]).values.contains { told in
            told.contains { $0.key.institution == bank && $0.value.cells.keys.contains { $0.to != nil } }
        }
        if isTold { return true }
        guard let start = runStarts[run], let mono else { return true }
        let hasConcluded = cases.values.contains { one in
            guard options.bank(of: one.accountID.index) == bank, case .settlement(let settlement) = one.want else {
                return false
            }
            return settlement.outcome.restsOnEvidence && !settlement.outcome.isFailureOfBank
        }
        return hasConcluded
            || options.accountIDs.contains { id in
                guard options.bank(of: id.index) == bank, let taken = takenAt[id.index], taken >= start else {
                    return false
                }
                let truth = mono.accounts[id.index]
                return [Word.success, .available, .partial, .incomplete, .reauthorise, .unknownAccount]
                    .contains { truth.said($0, since: start) }
            }
    }

    private func mayBeDown(_ bank: String, _ cases: [AccountID: Case]) -> Bool {
        if (banks[bank]?.toldFailures.count ?? 0) >= JudgedBank.failures { return true }
        return cases.values.contains { one in
            guard options.bank(of: one.accountID.index) == bank, case .settlement(let settlement) = one.want else {
                return false
            }
            return settlement.outcome.isFailureOfBank
        }
    }
}
