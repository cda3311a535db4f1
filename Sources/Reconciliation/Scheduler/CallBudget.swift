/// What the run's `--max-calls` still allows this scheduler.
///
/// Calls are paid for together with their slots. Without `--max-calls` nothing is counted, and every call is allowed.
struct CallBudget: Equatable, Sendable {
    private struct Balance: Equatable, Sendable {
        /// Calls paid for and not made.
        var unspent = 0
        /// What the run's budget holds beyond them, as far as known.
        var left: Int
    }

    /// Calls that reading one sync's result takes.
    private let callsASync: Int
    private var balance: Balance?

    /// - Parameters:
    ///   - left: What the run's `--max-calls` still holds; nil without it.
    ///   - callsASync: Calls that reading one sync's result takes.
    init(left: Int?, callsASync: Int) {
        self.callsASync = callsASync
        balance = left.map { Balance(left: $0) }
    }

    /// Calls that may still be made; nil without a budget.
    var callsLeft: Int? { balance.map { $0.unspent + $0.left } }

    /// Calls paid for and not made.
    var unspent: Int { balance?.unspent ?? 0 }

    /// Whether the next call is paid for.
    var paysForCall: Bool { balance.map { $0.unspent > 0 } ?? true }

    /// Whether any call may still be made.
    var hasCallsLeft: Bool { callsLeft.map { $0 > 0 } ?? true }

    /// Calls to pay for, so that each of so many slots can carry one.
    func toPay(forSlots slots: Int) -> Int { balance.map { max(0, slots - $0.unspent) } ?? 0 }

    /// A reservation paid for calls; `left` is what the run's budget holds after it.
    mutating func paid(_ calls: Int, left: Int?) {
        balance?.unspent += calls
        if let left { balance?.left = left }
    }

    /// A call left.
    mutating func spend() { balance?.unspent -= 1 }

    // MARK: Scarcity

    /// Calls kept back: without them the result of a sync under way could not be read, or a trigger not be sent.
    private func kept(for load: SyncLoad) -> Int { load.syncing * callsASync + load.armed }

    /// Whether the syncs under way need all that is left.
    func isScarce(under load: SyncLoad) -> Bool { callsLeft.map { $0 <= kept(for: load) } ?? false }

    /// How many syncs may be begun, so that their results and those of the syncs under way can be paid for.
    func syncsToBegin(under load: SyncLoad) -> Int? {
        callsLeft.map { ($0 - kept(for: load)) / (1 + callsASync) }
    }

    /// Whom the budget can do nothing for any more.
    enum Shortage: Equatable, Sendable {
        case none
        /// No sync can be begun any more; what is left may still pay for inspections.
        case ofSyncs
        /// No call can be made any more.
        case ofCalls
    }

    /// Whom the budget can do nothing for while so many cases have a sync under way.
    func shortage(whileSyncing syncing: Int) -> Shortage {
        guard let callsLeft else { return .none }
        if callsLeft == 0 { return .ofCalls }
        return callsLeft < 1 + callsASync && syncing == 0 ? .ofSyncs : .none
    }
}

/// The syncs that the budget has to see through.
struct SyncLoad: Equatable, Sendable {
    /// Cases with a sync whose fate is open, armed ones included.
    var syncing: Int
    /// Intents that were committed and whose trigger has not left, as far as they are still queued.
    var armed: Int
}
