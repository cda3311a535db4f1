import Reconciliation

/// What a run proves of one bank: for how many accounts it answered, and since when it is down.
struct BankFacts: Equatable {
    /// Fewer failures may be those of single accounts.
    static let fewestFailures = 3

    /// Accounts that the bank gave something for in this run.
    private(set) var delivered = 0
    /// The first failure after its last success in any run, if this run proves that it is down.
    private(set) var downSince: Timestamp?
    /// Nights for which it has been down, the first one and this run's included; 0 if it is not down.
    private(set) var nightsDown = 0

    private var tried = 0
    private var failures = 0
    private var firstFailure: Timestamp?
    private var lastDelivery: Timestamp?

    /// The banks with a name, by its UTF-8 bytes.
    ///
    /// A bank is down if at least ``fewestFailures`` of its accounts in a row failed, none was given anything from the
    /// first failure on, and the failures are at least half of its accounts that were tried. A case that only repeats an
    /// earlier night counts nowhere, and no bank is down while ``SyncErrors`` tell of another cause.
    static func all(of run: RunRecord) -> [[UInt8]: Self] {
        var banks: [[UInt8]: Self] = [:]
        for record in run.cases where record.isTried {
            guard let bank = record.bank else { continue }
            banks[Array(bank.utf8), default: Self()].count(record)
        }
        guard SyncErrors(run) == nil else { return banks }
        let suspects = banks.filter { $0.value.mayBeDown }
        guard !suspects.isEmpty else { return banks }
        for (name, places) in placesInOrder(of: suspects, in: run) where longestRow(places, in: run) >= fewestFailures {
            let told = run.closing.map { $0.failingSince[String(decoding: name, as: UTF8.self)] }
            // A bank that is not in the close's list was given something since by another run.
            guard let since = told ?? banks[name]?.firstFailure else { continue }
            banks[name]?.downSince = since
            banks[name]?.nightsDown = run.zone.nights(from: since, to: run.startedAt)
        }
        return banks
    }

    private mutating func count(_ record: CaseRecord) {
        tried += 1
        guard let settledAt = record.settledAt else { return }
        if record.failedAtBank {
            failures += 1
            firstFailure = min(firstFailure ?? settledAt, settledAt)
        } else if record.wasDelivered {
            delivered += 1
            lastDelivery = max(lastDelivery ?? settledAt, settledAt)
        }
    }

    private var mayBeDown: Bool {
        guard failures >= Self.fewestFailures, failures * 2 >= tried, let firstFailure else { return false }
        return lastDelivery.map { $0 < firstFailure } ?? true
    }

    /// Where the tried cases of some banks stand in the run, in the order in which they were settled.
    private static func placesInOrder(of banks: [[UInt8]: Self], in run: RunRecord) -> [[UInt8]: [Int]] {
        var places: [[UInt8]: [Int]] = [:]
        for place in run.cases.indices where run.cases[place].isTried && run.cases[place].settledAt != nil {
            guard let bank = run.cases[place].bank else { continue }
            let name = Array(bank.utf8)
            if banks[name] != nil { places[name, default: []].append(place) }
        }
        return places.mapValues { places in
            places.sorted { first, second in
                let (left, right) = (run.cases[first], run.cases[second])
                if let earlier = left.settledAt, let later = right.settledAt, earlier != later {
                    return earlier < later
                }
                return left.accountID.precedesByBytes(right.accountID)
            }
        }
    }

    private static func longestRow(_ places: [Int], in run: RunRecord) -> Int {
        var (row, longest) = (0, 0)
        for place in places {
            row = run.cases[place].failedAtBank ? row + 1 : 0
            longest = max(longest, row)
        }
        return longest
    }
}

extension CaseRecord {
    /// Whether a sync of ours was asked for in this run, rather than an earlier result repeated.
    private var wasSynced: Bool { isTried && apiCalls > 0 && syncIntendedAt != nil }

    fileprivate var failedAtBank: Bool {
        wasSynced && (outcome == .bankUnavailable || outcome == .providerFailed)
    }

    /// Whether the bank gave us something for this account.
    fileprivate var wasDelivered: Bool {
        guard wasSynced, let outcome, cause?.showsBank ?? true else { return false }
        switch outcome {
        case .recovered, .partial, .incompleteStatement, .alreadyAvailable: return true
        case .reauthorisationRequired, .bankUnavailable, .providerFailed, .stillProcessing, .accountNotFound,
            .deferred, .errored:
            return false
        }
    }
}
