package import Reconciliation

/// The rows that one request changed, as they were before it; nil: they were not there.
package struct StoreChanges {
    package private(set) var accounts: [(id: AccountID, before: MemoryStore.AccountRow?)] = []
    package private(set) var cases: [(place: MemoryStore.CasePlace, before: MemoryStore.CaseRow?)] = []
    package private(set) var runs: [(id: Int64, before: MemoryStore.RunRow?)] = []
    package private(set) var workers: [(id: Int, before: MemoryStore.WorkerRow?)] = []
    /// Accounts that were told of although no column changed.
    package internal(set) var told: [AccountID] = []
    private var knownAccounts: Set<AccountID> = []
    private var knownCases: Set<MemoryStore.CasePlace> = []

    mutating func note(_ id: AccountID, _ before: MemoryStore.AccountRow?) {
        if knownAccounts.insert(id).inserted { accounts.append((id, before)) }
    }

    mutating func note(_ place: MemoryStore.CasePlace, _ before: MemoryStore.CaseRow?) {
        if knownCases.insert(place).inserted { cases.append((place, before)) }
    }

    mutating func note(_ id: Int64, _ before: MemoryStore.RunRow?) {
        if !runs.contains(where: { $0.id == id }) { runs.append((id, before)) }
    }

    mutating func note(worker id: Int, _ before: MemoryStore.WorkerRow?) {
        if !workers.contains(where: { $0.id == id }) { workers.append((id, before)) }
    }

    /// Whether nothing was touched.
    package var isEmpty: Bool { accounts.isEmpty && cases.isEmpty && runs.isEmpty && workers.isEmpty }

    /// An account's row as it was before the request, if that changed it.
    func before(_ id: AccountID) -> MemoryStore.AccountRow? { accounts.first { $0.id == id }?.before }
}
