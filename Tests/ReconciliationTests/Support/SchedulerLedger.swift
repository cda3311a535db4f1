import Reconciliation

/// The database as a value: what `Ledger` promises, for one scheduler and an idle rest of the world.
struct SchedulerLedger {
    struct Intent {
        var at: Timestamp
        var requestedBefore: Timestamp?
    }

    var rows: [AccountID: AccountState] = [:]
    var events: [AccountID: [EventNote]] = [:]
    var unclaimed: [Claim]
    var intents: [AccountID: Intent] = [:]
    var settlements: [AccountID: [Settlement]] = [:]
    /// Cases that another worker took over.
    var lost: Set<AccountID> = []
    var nextSlot = storyStart
    var holdUntil: Timestamp?
    var reserved = 0
    var refusals = 0
    private let rules: Rules
    private var eventCount = 0

    init(_ night: SchedulerNight) {
        rules = night.rules
        unclaimed = night.claims.reversed()
        for claim in night.claims {
            rows[claim.accountID] = claim.news.account
            if let intent = claim.intent { intents[claim.accountID] = Intent(at: intent.at) }
        }
    }

    mutating func record(_ kind: EventNote.Kind, of account: AccountID, at now: Timestamp) {
        eventCount += 1
        rows[account]?.apply(kind, at: now)
        events[account, default: []].append(EventNote(key: "event-\(eventCount)", kind: kind, receivedAt: now))
    }

    func news(_ account: AccountID) -> News { News(account: rows[account], events: events[account] ?? []) }

    mutating func claim(_ limit: Int) -> [Claim] {
        var claims: [Claim] = []
        while claims.count < limit, var claim = unclaimed.popLast() {
            claim.news = news(claim.accountID)
            claims.append(claim)
        }
        return claims
    }

    mutating func reserve(slots: Int, budget: Int, lead: Duration, night: SchedulerNight, at now: Timestamp)
        -> SlotGrant
    {
        let spacing = Duration.seconds(1 / night.limits.rate)
        let first = max(nextSlot, now.advanced(by: lead), holdUntil ?? now)
        let count = min(slots, night.limits.slotsAtATime)
        nextSlot = first.advanced(by: spacing * count)
        var grant = SlotGrant(first: first, spacing: spacing, count: count, heldUntil: holdUntil)
        if let most = night.budget {
            grant.paid = max(0, min(budget, most - reserved))
            reserved += grant.paid
            grant.budgetLeft = most - reserved
        }
        return grant
    }

    mutating func intend(
        _ cases: [Case], at now: Timestamp
    ) -> (committed: [AccountID: CommittedIntent], refused: [AccountID: News]) {
        var committed: [AccountID: CommittedIntent] = [:]
        var refused: [AccountID: News] = [:]
        for one in cases {
            let id = one.accountID
            // Another worker's is neither committed nor refused: it is no longer ours to speak of.
            if lost.contains(id) { continue }
            guard var row = rows[id], isOpen(id), isAsKnown(one), isOutsideLimit(row, at: now), intents[id] == nil
            else {
                refused[id] = news(id)
                continue
            }
            intents[id] = Intent(at: now, requestedBefore: row.lastSyncRequestedAt)
            row.lastSyncRequestedAt = now
            row.awaitingSince = row.awaitingSince ?? now
            rows[id] = row
            committed[id] = CommittedIntent(at: now, account: row)
        }
        return (committed, refused)
    }

    mutating func write(_ entries: [CaseScheduler.Entry], cases: [AccountID: Case]) -> WriteResult {
        var result = WriteResult()
        for entry in entries {
            guard let one = cases[entry.accountID] else { continue }
            switch entry.kind {
            case .progress: break
            case .withdrawal where lost.contains(entry.accountID): result.lost.append(entry.accountID)
            case .withdrawal:
                withdraw(entry.accountID)
                result.withdrawn[entry.accountID] = .some(rows[entry.accountID])
            case .settlement(let settlement): settle(one, settlement, into: &result)
            }
        }
        return result
    }

    private mutating func settle(_ one: Case, _ settlement: Settlement, into result: inout WriteResult) {
        let id = one.accountID
        if lost.contains(id) {
            result.lost.append(id)
        } else if settlements[id] != nil {
            result.settled.append(id)
        } else if settlement.withdrawsIntent || isAsKnown(one) {
            if settlement.withdrawsIntent { withdraw(id) }
            settlements[id, default: []].append(settlement)
            rows[id]?.apply(settlement)
            result.settled.append(id)
        } else {
            refusals += 1
            result.refused[id] = news(id)
        }
    }

    private mutating func withdraw(_ id: AccountID) {
        guard isOpen(id), let intent = intents.removeValue(forKey: id) else { return }
        rows[id]?.lastSyncRequestedAt = intent.requestedBefore
        if rows[id]?.awaitingSince == intent.at { rows[id]?.awaitingSince = nil }
    }

    private func isOpen(_ id: AccountID) -> Bool { !lost.contains(id) && settlements[id] == nil }

    private func isOutsideLimit(_ row: AccountState, at now: Timestamp) -> Bool {
        row.unlinkedAt == nil && (row.lastSyncRequestedAt.map { now.since($0) >= rules.syncLimit } ?? true)
    }

    private func isAsKnown(_ one: Case) -> Bool {
        let row = rows[one.accountID]
        return row?.dataAvailable == one.account?.dataAvailable && row?.awaitingSince == one.account?.awaitingSince
            && row?.flaggedSince == one.account?.flaggedSince && row?.unlinkedAt == one.account?.unlinkedAt
    }
}

extension AccountState {
    /// What a settlement writes, as far as a scheduler can see it.
    fileprivate mutating func apply(_ settlement: Settlement) {
        if settlement.clearsFlag { flaggedSince = nil }
        guard settlement.outcome == .recovered || settlement.outcome == .alreadyAvailable else { return }
        dataAvailable = true
        awaitingSince = nil
    }
}
