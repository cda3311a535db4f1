/// What tonight's syncs have shown of each bank: whose starts go first, and who is paused.
///
/// The first syncs of a bank are its scouts: they go before other starts, and until one of them has a result the bank's
/// other starts wait behind those of banks that have one. A bank whose accounts keep failing is paused: what is left of
/// it waits behind single probes, which one worker of the run makes at a time.
struct BankBook: Sendable {
    /// Syncs of each bank that go first.
    static let scoutCount = 3
    /// Failures in a row that pause a bank which has delivered tonight: some of its customers fail for their own reasons.
    static let failuresAfterDelivery = 6
    /// A probe takes a trigger, two looks and a look at the data: so many of them stay within a dozen calls.
    static let probeLimit = 3
    /// A sync that hangs is looked at this often and no more.
    static let looksAProbe = 2

    /// In which order starts go.
    enum Rank: Int, Comparable, Sendable {
        /// Scouts and probes.
        case first
        /// The bank has a result.
        case open
        /// The bank's scouts are under way.
        case unproven
        /// The bank is paused: not at all.
        case paused

        static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
    }

    private struct Bank: Sendable {
        var scouts: Set<AccountID> = []
        /// Scouts that failed: each keeps its place, or another one would be sent after it into the same trouble.
        var failedScouts = 0
        var hasResult = false
        /// Accounts that failed in a row here, and when the last of them did.
        var failures = 0
        var failedAt: Timestamp?
        var deliveredAt: Timestamp?
        var trouble: BankTrouble?
        /// Since when it is known here to be paused.
        var pausedAt: Timestamp?
        var probe = Probe.none
        var probes = 0
        var probedAt: Timestamp?

        /// It delivered here, or the store, which named it before, no longer does: it delivered to some worker.
        mutating func delivered(at now: Timestamp) {
            (failures, deliveredAt, pausedAt, hasResult) = (0, now, nil, true)
        }
    }

    /// This worker's part in probing a bank.
    private enum Probe: Equatable, Sendable {
        case none
        /// The store is asked whether another worker probes.
        case asked
        /// The next start is the probe.
        case granted
        case underWay(AccountID)
    }

    private let runStartedAt: Timestamp
    private let window: Duration
    private var banks: [String: Bank] = [:]

    init(run: OpenRun) {
        runStartedAt = run.startedAt
        window = run.options.rules.window
    }

    // MARK: Order

    /// Where the bank's next start stands.
    func rank(of name: String, at now: Timestamp) -> Rank {
        guard let bank = banks[name] else { return .first }
        if isPaused(bank, name, at: now) { return bank.probe == .granted ? .first : .paused }
        if bank.hasResult { return .open }
        return bank.scouts.count + bank.failedScouts < Self.scoutCount ? .first : .unproven
    }

    /// Whether the account is one of those that go first.
    func goesFirst(_ account: AccountID, of name: String) -> Bool {
        guard let bank = banks[name] else { return false }
        return bank.scouts.contains(account) || bank.probe == .underWay(account)
    }

    /// A start of the bank begins; says whether it goes before others from now on.
    @discardableResult
    mutating func begins(_ account: AccountID, of name: String, at now: Timestamp) -> Bool {
        guard rank(of: name, at: now) == .first else { return goesFirst(account, of: name) }
        if banks[name]?.probe == .granted {
            banks[name]?.probe = .underWay(account)
        } else {
            banks[name, default: Bank()].scouts.insert(account)
        }
        return true
    }

    /// Whether the account is its bank's probe.
    func isProbe(_ account: AccountID, of name: String) -> Bool { banks[name]?.probe == .underWay(account) }

    // MARK: Results

    /// The account's case came to its outcome.
    mutating func concluded(
        _ account: AccountID, of name: String, _ outcome: Outcome, showsBank: Bool, at now: Timestamp
    ) {
        guard showsBank, outcome.restsOnEvidence else { return left(account, of: name) }
        guard outcome.isFailureOfBank else {
            left(account, of: name)
            banks[name, default: Bank()].hasResult = true
            if outcome.isDeliveryOfBank { banks[name]?.delivered(at: now) }
            return
        }
        if banks[name]?.scouts.contains(account) ?? false { banks[name]?.failedScouts += 1 }
        left(account, of: name)
        banks[name, default: Bank()].failures += 1
        banks[name]?.failedAt = now
        if let bank = banks[name], isPaused(bank, name, at: now), bank.pausedAt == nil { banks[name]?.pausedAt = now }
    }

    /// The account's case is no longer among those that go first.
    mutating func left(_ account: AccountID, of name: String) {
        guard banks[name] != nil else { return }
        banks[name]?.scouts.remove(account)
        if isProbe(account, of: name) { banks[name]?.probe = .none }
    }

    /// Other workers, or earlier nights, have a result of the bank.
    mutating func hasResult(_ name: String) { banks[name, default: Bank()].hasResult = true }

    // MARK: Pauses

    /// The store names all banks in trouble.
    mutating func heard(_ troubles: [BankTrouble], at now: Timestamp) {
        let named = Dictionary(troubles.map { ($0.bank, $0) }, uniquingKeysWith: { _, last in last })
        for name in Set(banks.keys).union(named.keys) {
            guard banks[name]?.trouble != named[name] else { continue }
            var bank = banks[name, default: Bank()]
            if bank.trouble != nil, named[name] == nil { bank.delivered(at: now) }
            bank.trouble = named[name]
            if let trouble = named[name], trouble.probes >= bank.probes {
                (bank.probes, bank.probedAt) = (trouble.probes, trouble.probedAt)
            }
            if isPaused(bank, name, at: now), bank.pausedAt == nil { bank.pausedAt = now }
            banks[name] = bank
        }
    }

    /// Whether no bank has failed or is in trouble.
    var isCalm: Bool { banks.values.allSatisfy { $0.failures == 0 && $0.trouble == nil } }

    /// Whether the bank is paused.
    func isPaused(_ name: String, at now: Timestamp) -> Bool {
        banks[name].map { isPaused($0, name, at: now) } ?? false
    }

    private func isPaused(_ bank: Bank, _ name: String, at now: Timestamp) -> Bool {
        guard !name.isEmpty else { return false }
        var failures = bank.failures
        var deliveredAt = bank.deliveredAt
        if let trouble = bank.trouble {
            // What the store said may be older than what was seen here since.
            let isOutdated = bank.deliveredAt.map { $0 >= trouble.lastFailureAt } ?? false
            let isOld = now.since(trouble.lastFailureAt) > BankTrouble.memory
            if !isOutdated, !isOld { failures = max(failures, trouble.failures) }
            deliveredAt = [deliveredAt, trouble.lastDeliveryAt].compactMap { $0 }.max()
        }
        let hasDelivered = deliveredAt.map { $0 >= runStartedAt } ?? false
        return failures >= (hasDelivered ? Self.failuresAfterDelivery : BankTrouble.notable)
    }

    // MARK: Probes

    /// When a paused bank may be probed next; nil: it is not paused, is being probed, or was probed often enough.
    func nextProbe(of name: String, at now: Timestamp) -> Timestamp? {
        guard let bank = banks[name], isPaused(bank, name, at: now), bank.probe == .none,
            bank.probes < Self.probeLimit
        else { return nil }
        let gap = window / 5 * (1 << bank.probes)
        guard let probedAt = bank.probedAt, bank.probes > 0 else {
            // What was down before the night may be up by now.
            let wasDownBefore = bank.failures == 0 && (bank.trouble.map { $0.lastFailureAt < runStartedAt } ?? false)
            return wasDownBefore ? now : (bank.pausedAt ?? now).advanced(by: gap)
        }
        // A probe, another worker's too, has ended once a later failure is known, or its window is over.
        let failedAt = [bank.failedAt, bank.trouble?.lastFailureAt].compactMap { $0 }.max()
        let hasEnded = failedAt.map { $0 >= probedAt } ?? false
        return probedAt.advanced(by: hasEnded ? gap : max(gap, window + WorkerLimits.mayLeaveWithin))
    }

    /// Asks whether this worker may probe the bank; returns how many probes are known of.
    mutating func asksToProbe(_ name: String) -> Int {
        banks[name]?.probe = .asked
        return banks[name]?.probes ?? 0
    }

    /// The store said whether this worker probes the bank.
    mutating func mayProbe(_ name: String, _ isGranted: Bool, at now: Timestamp) {
        guard banks[name]?.probe == .asked else { return }
        banks[name]?.probe = isGranted ? .granted : .none
        banks[name]?.probes += 1
        banks[name]?.probedAt = now
    }

    /// Whether the store is being asked for a probe.
    var isAsking: Bool { banks.values.contains { $0.probe == .asked } }

    /// Whether a probe is asked for, granted or under way.
    func isProbing(_ name: String) -> Bool { banks[name].map { $0.probe != .none } ?? false }

    /// The clock was moved: what is waited for is as far away as before.
    mutating func clockMoved(by jump: Duration) {
        banks = banks.mapValues { bank in
            var moved = bank
            moved.failedAt = bank.failedAt?.advanced(by: jump)
            moved.deliveredAt = bank.deliveredAt?.advanced(by: jump)
            moved.pausedAt = bank.pausedAt?.advanced(by: jump)
            moved.probedAt = bank.probedAt?.advanced(by: jump)
            return moved
        }
    }
}
