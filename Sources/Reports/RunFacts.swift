import Reconciliation

/// What the sentences about one case need of its run, computed once for all of its cases.
struct RunFacts {
    /// The place by whose clock people read.
    let zone: TimeZoneRules
    /// Nil if only the case is known.
    let kind: RunKind?
    let startedAt: Timestamp?
    let end: Timestamp?
    private let banks: [[UInt8]: BankFacts]
    /// By the bank's name.
    private let lastDelivery: [String: Timestamp]

    /// Days after which an account that never had its turn is an engineer's matter.
    static let mostDaysWithoutTurn = 3
    /// Nights after which an account that is still being fetched is one.
    static let mostNightsInProgress = 2

    init(_ run: RunRecord) {
        zone = run.zone
        kind = run.kind
        startedAt = run.startedAt
        end = run.finishedAt
        banks = BankFacts.all(of: run)
        lastDelivery = run.closing?.lastDelivery ?? [:]
    }

    /// For a case whose run is not at hand: of its bank it is known at most when it last handed out anything.
    init(zone: TimeZoneRules, end: Timestamp?, lastDelivery: [String: Timestamp] = [:]) {
        self.zone = zone
        self.end = end
        kind = nil
        startedAt = nil
        banks = [:]
        self.lastDelivery = lastDelivery
    }

    /// What the run proves of a case's bank; nil if the bank is not known, or nothing of it was tried.
    func bank(of record: CaseRecord) -> BankFacts? {
        record.bank.flatMap { banks[Array($0.utf8)] }
    }

    /// Who must act next; nobody while the case is open.
    func owner(of record: CaseRecord) -> Owner {
        record.knownOutcome.map { outcome in
            Owner(of: outcome, nightsInARow: record.nightsInARow, bankAnsweredOthers: isRefusedAlone(record))
        } ?? .nobody
    }

    /// Whether a bank that answered for others, tonight or since this account first stood so, gave nothing for it.
    func isRefusedAlone(_ record: CaseRecord) -> Bool {
        guard record.knownOutcome == .bankUnavailable, bank(of: record)?.downSince == nil else { return false }
        return answeredOthersTonight(record) || answeredOthersSince(record)
    }

    /// Whether the bank answered for others in the run that tried this account.
    func answeredOthersTonight(_ record: CaseRecord) -> Bool {
        record.isTried && record.outcome == .bankUnavailable && (bank(of: record)?.delivered ?? 0) > 0
    }

    private func answeredOthersSince(_ record: CaseRecord) -> Bool {
        guard let since = record.standing?.since else { return false }
        if !record.isTried, (bank(of: record)?.delivered ?? 0) > 0 { return true }
        return record.bank.flatMap { lastDelivery[$0] }.map { $0 > since } ?? false
    }

    /// Whether an account that waits for nobody has waited for so long that an engineer should know.
    ///
    /// What a stopped run left is told once for the whole run, not for each account.
    func isOverdue(_ record: CaseRecord) -> Bool {
        switch record.knownOutcome {
        case .stillProcessing: return record.nightsInARow > Self.mostNightsInProgress
        case .deferred:
            guard let startedAt, let days = record.stuckDays(atStart: startedAt) else { return false }
            let stops: [Cause?] = [.keyRefused, .monoUnavailable, .tryLater, .interrupted]
            return days >= Self.mostDaysWithoutTurn && !stops.contains(record.cause)
        case .alreadyAvailable, .recovered, .partial, .reauthorisationRequired, .bankUnavailable, .providerFailed,
            .incompleteStatement, .accountNotFound, .errored, nil:
            return false
        }
    }
}
