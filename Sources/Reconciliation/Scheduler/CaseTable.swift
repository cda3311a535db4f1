/// The cases at a scheduler, with the numbers of those that its decisions count.
struct CaseTable: Sendable {
    /// The cases by account, each on its own: a table of whole cases keeps room for twice as many when it grows.
    private var boxes: [AccountID: Box] = [:]
    /// Cases that may still have to be triggered.
    private(set) var beforeTrigger = 0
    /// Cases with a sync whose fate is open.
    private(set) var syncing = 0
    /// Cases that were settled and written, by outcome; they are no longer here.
    private(set) var settled: [Outcome: Int] = [:]

    /// All cases, in no order.
    var cases: some Sequence<Case> { boxes.values.lazy.map(\.one) }
    /// How many cases there are.
    var count: Int { boxes.count }
    /// Whether there is no case.
    var isEmpty: Bool { boxes.isEmpty }
    /// The accounts of all cases, in their order.
    var accounts: [AccountID] { boxes.keys.sorted() }

    /// An account's case.
    subscript(account: AccountID) -> Case? { boxes[account]?.one }

    /// Whether an account has a case here.
    func contains(_ account: AccountID) -> Bool { boxes[account] != nil }

    /// Adds a case, whose account must have none here.
    mutating func insert(_ one: Case) {
        count(one, by: 1)
        let former = boxes.updateValue(.one(one), forKey: one.accountID)
        precondition(former == nil, "a second case of one account")
    }

    /// Removes an account's case, if it has one here.
    @discardableResult
    mutating func remove(_ account: AccountID) -> Case? {
        guard let one = boxes.removeValue(forKey: account)?.one else { return nil }
        count(one, by: -1)
        return one
    }

    /// Changes an account's case.
    ///
    /// - Returns: What is new; nil if the account has no case here.
    mutating func change(_ account: AccountID, _ body: (inout Case) -> Void) -> Change? {
        // The case is taken out while it changes, so that its steps are not copied.
        guard var one = remove(account) else { return nil }
        let (progress, wasConcluded) = (one.progress, one.isConcluded)
        body(&one)
        let sample = one.takeSample()
        insert(one)
        return Change(
            hasNewProgress: one.progress != nil && one.progress != progress, sample: sample,
            conclusion: wasConcluded ? nil : one.conclusion)
    }

    /// A case's own piece of memory.
    private indirect enum Box: Sendable {
        case one(Case)

        var one: Case {
            switch self {
            case .one(let one): one
            }
        }
    }

    /// What is new of a case after it changed.
    struct Change: Equatable, Sendable {
        /// Whether something new is known of the trigger's answer.
        var hasNewProgress: Bool
        /// What the case showed of its bank.
        var sample: LookSample?
        /// The case came to its outcome.
        var conclusion: Conclusion?
    }

    /// The outcome that a case came to.
    struct Conclusion: Equatable, Sendable {
        var bank: String
        var outcome: Outcome
        /// Whether the result of a sync of ours shows how the bank is.
        var showsBank: Bool
    }

    /// Counts a case that was settled with this outcome and written.
    mutating func countSettled(_ outcome: Outcome) { settled[outcome, default: 0] += 1 }

    private mutating func count(_ one: Case, by step: Int) {
        if one.isBeforeTrigger { beforeTrigger += step }
        if one.isSyncing { syncing += step }
    }
}

extension Case {
    /// The outcome that the case has come to.
    fileprivate var conclusion: CaseTable.Conclusion? {
        switch phase {
        case .askingForLink(let settlement), .done(let settlement):
            CaseTable.Conclusion(
                bank: bank, outcome: settlement.outcome,
                showsBank: intent.committedAt != nil && !settlement.withdrawsIntent && settlement.cause.showsBank)
        case .inspecting, .checkingPreviousSync, .ready, .armed, .withdrawing, .syncing, .confirming: nil
        }
    }
}
