import Reconciliation

/// The door of a world's store: the judge sees every request that passes, and a planted bug may tamper with it.
final class ObservedStore {
    let store: MemoryStore
    private let judge: Judge
    private let trace: Trace
    private let bug: BuggyStore?
    /// Accounts that changed and that nobody was told of yet.
    private var changed: [AccountID] = []

    init(_ store: MemoryStore, bug: PlantedBug?, judge: Judge, trace: Trace) {
        self.store = store
        self.judge = judge
        self.trace = trace
        self.bug = bug.map { BuggyStore($0, store) }
    }

    /// Performs a request of a worker.
    func perform(
        _ request: StoreRequest, isRepeat: Bool, _ connection: MemoryConnection
    ) throws(MemoryStore.ConnectionLost) -> StoreAnswer {
        try observe(request, connection) { () throws(MemoryStore.ConnectionLost) in
            if let bug { return try bug.perform(request, isRepeat: isRepeat, connection) }
            return try connection.perform(request, isRepeat: isRepeat)
        }
    }

    /// Performs what the bug has answered and kept back.
    func performDelayed(_ connection: MemoryConnection) throws(MemoryStore.ConnectionLost) {
        for request in bug?.takeDelayed() ?? [] {
            _ = try observe(request, connection) { () throws(MemoryStore.ConnectionLost) in
                try connection.perform(request, isRepeat: false)
            }
        }
    }

    private func observe(
        _ request: StoreRequest, _ connection: MemoryConnection,
        _ body: () throws(MemoryStore.ConnectionLost) -> StoreAnswer
    ) throws(MemoryStore.ConnectionLost) -> StoreAnswer {
        var answer: StoreAnswer?
        defer {
            let exchange = StoreExchange(
                request: request, answer: answer, worker: connection.worker, changes: store.takeChanges())
            note(exchange)
            judge.saw(exchange, store)
            collect(exchange.changes)
        }
        let given = try body()
        answer = given
        return given
    }

    /// Records a webhook.
    func record(_ webhook: Webhook) {
        let effect = bug?.record(webhook) ?? store.record(webhook)
        let changes = store.takeChanges()
        guard effect != .duplicate else { return }
        let after = store.accounts[webhook.account]?.state ?? AccountState()
        judge.recorded(
            webhook, isStale: effect == .stale, before: changes.before(webhook.account)?.state ?? AccountState(),
            after: after)
        trace.note("store", "\(webhook.account) event \(webhook.word)\(effect == .stale ? " (stale)" : "")")
        collect(changes)
    }

    /// The accounts that changed since the last call: what `mono_account` notifies of.
    func takeNotifications() -> [AccountID] {
        defer { changed.removeAll(keepingCapacity: true) }
        return changed
    }

    private func collect(_ changes: StoreChanges) {
        changed += changes.told
        for (account, before) in changes.accounts where store.accounts[account] != before { changed.append(account) }
    }

    /// One line for each case that the request changed.
    private func note(_ exchange: StoreExchange) {
        guard trace.sink != nil else { return }
        let worker = exchange.worker
        for (run, before) in exchange.changes.runs where before == nil {
            trace.note("store", "run \(run) opened by w\(worker) with \(store.openPlaces(in: run).count) cases")
        }
        for (place, before) in exchange.changes.cases {
            let after = store[place]
            guard let before, before != after else { continue }
            var words: [String] = []
            if before.worker != after.worker { words.append("\(before.holder) → \(after.holder)") }
            if before.intendedAt != after.intendedAt {
                words.append(after.intendedAt == nil ? "intent taken back" : "intent")
            }
            if before.answer != after.answer { words.append(after.answer?.rawValue ?? "no answer") }
            if before.outcome != after.outcome {
                words.append("settled \(after.outcome?.rawValue ?? "no more"): \(after.detail ?? "")")
            }
            trace.note("store", "\(after.accountID) by w\(worker): \(words.joined(separator: ", "))")
        }
    }
}

extension MemoryStore.CaseRow {
    /// For the trace.
    fileprivate var holder: String { worker.map { "w\($0)" } ?? "nobody" }
}
