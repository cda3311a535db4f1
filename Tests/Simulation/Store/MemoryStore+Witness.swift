import Reconciliation

extension MemoryStore {
    /// The most accounts that are drawn where no account had data.
    private static let drawn = 20

    /// Accounts that should be known to Mono if anything is; nil: another living worker asks them.
    func findWitness(besides doubtful: [AccountID], of run: Int64, _ worker: Int) -> [AccountID]? {
        if let asker = runs[run]?.witnessWorker, asker != worker, isLive(asker) { return nil }
        change(run) { $0.witnessWorker = worker }
        return witnesses(besides: doubtful, of: run)
    }

    /// The same, whoever asks.
    func witnesses(besides doubtful: [AccountID], of run: Int64) -> [AccountID] {
        let newest = accounts.filter { account, row in
            row.state.dataAvailable && row.state.unlinkedAt == nil && !doubtful.contains(account)
                && openCases[account] != run
        }.sorted {
            ($1.value.lastUpdatedAt?.microseconds ?? .min, $0.key) < (
                $0.value.lastUpdatedAt?.microseconds ?? .min, $1.key
            )
        }
        if let first = newest.first { return [first.key] }
        let open = openPlaces(in: run).map { self[$0].accountID }.filter { !doubtful.contains($0) }
        return Array(open.sorted { Self.draw($0) < Self.draw($1) }.prefix(Self.drawn))
    }

    /// Where an account comes in a draw.
    private static func draw(_ account: AccountID) -> UInt64 {
        var source = SplitMix64(seed: account.rawValue.utf8.reduce(7) { $0 &* 31 &+ UInt64($1) })
        return source.next()
    }
}
