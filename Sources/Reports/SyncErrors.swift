import Reconciliation

/// The sign that Data Sync is not activated at Mono: every sync that was answered was answered with `SYNC_ERROR`.
///
/// The same answer comes for a bank that is down. So while this holds, no bank is proved to be down.
struct SyncErrors: Equatable {
    /// Answers of that kind.
    let count: Int
    /// The banks, as far as they are known, whose accounts they were for.
    let banks: Int

    /// Fewer answers may be those of single accounts.
    static let fewest = 5
    /// One bank alone may be down.
    static let fewestBanks = 2

    /// Nil if the run proves no such thing.
    init?(_ run: RunRecord) {
        guard run.api == .dataSync else { return nil }
        var count = 0
        var banks: Set<[UInt8]> = []
        for record in run.cases {
            // A sync that worked, also where no step tells so.
            let progress = record.syncAnswer.flatMap { SyncProgress(rawValue: $0) }
            if progress == .started || progress == .succeeded { return nil }
            for step in record.steps where step.name == .trigger {
                switch step.said {
                case .code(.syncError):
                    count += 1
                    if let bank = record.bank { banks.insert(Array(bank.utf8)) }
                case .code(.started), .code(.succeeded), .code(.failed), .code(.reauthorise),
                    .code(.incompleteStatement):
                    return nil
                case .code(.committed), .text: break
                }
            }
        }
        guard count >= Self.fewest, banks.count >= Self.fewestBanks else { return nil }
        self.count = count
        self.banks = banks.count
    }
}
