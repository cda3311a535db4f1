import Reconciliation

/// Since when a bank has been down, told only from what its own cases prove.
enum BankOutage {
    /// Fewer failures may be those of single accounts.
    static let fewestFailures = 3

    /// The times of the first failure, by the UTF-8 bytes of the bank's name.
    ///
    /// A bank is down if at least ``fewestFailures`` of its accounts were tried in this run and failed on its side, and
    /// the bank gave no account of ours anything from the first failure on. A case that only repeats an earlier night
    /// counts nowhere, and no bank is down while ``SyncErrors`` tell of another cause.
    static func starts(in run: RunRecord) -> [[UInt8]: Timestamp] {
        guard SyncErrors(run) == nil else { return [:] }
        var failures: [[UInt8]: [Timestamp]] = [:]
        var lastAnswers: [[UInt8]: Timestamp] = [:]
        for record in run.cases {
            guard let bank = record.bank, record.apiCalls > 0, record.syncIntendedAt != nil,
                let settledAt = record.settledAt
            else { continue }
            let name = Array(bank.utf8)
            switch record.outcome {
            case .bankUnavailable: failures[name, default: []].append(settledAt)
            case .recovered, .partial, .incompleteStatement:
                lastAnswers[name] = max(lastAnswers[name] ?? settledAt, settledAt)
            default: break
            }
        }
        var starts: [[UInt8]: Timestamp] = [:]
        for (name, times) in failures where times.count >= fewestFailures {
            guard let first = times.min(), lastAnswers[name].map({ $0 < first }) ?? true else { continue }
            starts[name] = first
        }
        return starts
    }
}
