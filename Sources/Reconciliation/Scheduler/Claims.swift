/// When this scheduler asks the store for cases, and what may have happened to them while it asks.
struct Claims: Sendable {
    /// Whether a claim is under way.
    private(set) var isUnderWay = false
    /// Whether open cases may be left that this scheduler does not have.
    private(set) var mayBringMore = true
    /// Claims made so far.
    private var count = 0
    private var lastAnswerAt: Timestamp?
    /// Whether the claim under way asked for new cases, and not only for the syncs of dead workers.
    private var asksForNew = false
    /// Whether the last claim that asked for new cases brought no case.
    private var broughtNothing = false
    /// Accounts that changed while the claim is under way: it may have read them before the change.
    private var changed = Changes.some([])
    /// Whether a case was lost to another worker while the claim is under way.
    private var lostCase = false

    /// Accounts that changed while a claim was under way.
    enum Changes: Equatable, Sendable {
        case some(Set<AccountID>)
        /// Any account may have changed.
        case any

        /// Whether the account may be other than the claim read it.
        func mayInclude(_ account: AccountID) -> Bool {
            switch self {
            case .some(let accounts): accounts.contains(account)
            case .any: true
            }
        }
    }

    /// Whether a claim would bring no case: the store has none, or another worker holds those that are open.
    var isExhausted: Bool { !isUnderWay && (!mayBringMore || broughtNothing) }

    /// When the next claim is due; nil: there is nothing to ask for now.
    ///
    /// At once if it may bring new cases, else at a pace that finds the cases of dead workers. A full scheduler still
    /// takes up the syncs of dead workers, because somebody must look how they ended.
    func nextDue(hasRoom: Bool, at now: Timestamp) -> Timestamp? {
        guard mayBringMore, !isUnderWay else { return nil }
        guard let lastAnswerAt, !hasRoom || broughtNothing else { return now }
        return lastAnswerAt.advanced(by: hasRoom ? WorkerLimits.claimPause : WorkerLimits.adoptionPause)
    }

    /// Begins a claim and returns its number, counted from 1.
    mutating func begin(asksForNew: Bool) -> Int {
        isUnderWay = true
        self.asksForNew = asksForNew
        count += 1
        return count
    }

    /// Notes that the claim was answered.
    ///
    /// - Parameters:
    ///   - isEmpty: Whether it brought no case.
    ///   - more: Whether the store has open cases that this scheduler does not hold.
    ///   - now: The time of the answer.
    /// - Returns: The accounts that changed while the claim was under way.
    mutating func end(isEmpty: Bool, more: Bool, at now: Timestamp) -> Changes {
        isUnderWay = false
        if asksForNew { broughtNothing = isEmpty }
        lastAnswerAt = now
        // A case that was lost meanwhile may be free by now, and the claim may not have seen that.
        mayBringMore = more || lostCase
        lostCase = false
        defer { changed = .some([]) }
        return changed
    }

    /// The clock was moved: the next claim is as far away as before.
    mutating func clockMoved(by jump: Duration) { lastAnswerAt = lastAnswerAt?.advanced(by: jump) }

    /// Another worker took a case away.
    ///
    /// That worker may die before this one, so its cases are asked for again although a claim has said that no open
    /// case is left.
    mutating func lost() {
        mayBringMore = true
        lostCase = isUnderWay
    }

    /// These accounts changed in our own database; nil: any account may have changed.
    mutating func noteChange(of accounts: [AccountID]?) {
        guard isUnderWay, case .some(var known) = changed else { return }
        guard let accounts else { return changed = .any }
        known.formUnion(accounts)
        changed = known.count > WorkerLimits.changesKept ? .any : .some(known)
    }
}
