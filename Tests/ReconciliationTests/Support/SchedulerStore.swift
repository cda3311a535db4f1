import Reconciliation

/// A store as a value: answers the requests of one scheduler as a run's store promises, in an otherwise idle world.
struct SchedulerStore {
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
    private let night: SchedulerNight
    private var eventCount = 0

    init(_ night: SchedulerNight) {
        self.night = night
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

    /// Answers a request that is committed now.
    mutating func perform(_ request: StoreRequest, at now: Timestamp) -> StoreAnswer {
        switch request {
        case .claim(let limit, _, _):
            let claims = claim(limit)
            let othersHold = night.othersHoldUntil.map { now.since(storyStart) < $0 } ?? false
            return .claimed(claims, more: !unclaimed.isEmpty || othersHold)
        case .reserve(let wanted, _): return .granted(reserve(wanted, at: now))
        case .intend(let cases, _): return .intended(intend(cases, at: now))
        case .write(let writes, _, _): return .wrote(write(writes, at: now))
        case .readNews(let accounts, _):
            return .news(Dictionary(accounts.map { ($0, news($0)) }) { first, _ in first })
        case .hold(let until):
            holdUntil = max(holdUntil ?? until, until)
            return .done
        case .findWitness: return .witnesses(night.witnesses)
        case .probe(let bank, _, _): return .probing(bank, true)
        case .findStranded, .openNightly, .findUnknown, .openOneOff, .findElsewhere, .enlist, .findOthers, .leave,
            .readSigns, .stop, .forgetStop, .tally, .deferRest, .close, .readElsewhere, .learn:
            preconditionFailure("no scheduler asks for \(request)")
        }
    }

    private mutating func claim(_ limit: Int) -> [Claim] {
        var claims: [Claim] = []
        while claims.count < limit, var claim = unclaimed.popLast() {
            claim.news = news(claim.accountID)
            claims.append(claim)
        }
        return claims
    }

    private mutating func reserve(_ wanted: SlotRequest, at now: Timestamp) -> SlotGrant {
        let spacing = Duration.seconds(1 / wanted.rate)
        let first = max(nextSlot, now.advanced(by: wanted.lead), holdUntil ?? now)
        let count = min(wanted.slots, night.limits.slotsAtATime)
        nextSlot = first.advanced(by: spacing * count)
        var grant = SlotGrant(first: first, spacing: spacing, count: count, heldUntil: holdUntil)
        if let most = night.budget {
            grant.paid = max(0, min(wanted.budget, most - reserved))
            reserved += grant.paid
            grant.budgetLeft = most - reserved
        }
        return grant
    }

    private mutating func intend(_ cases: [CaseSnapshot], at now: Timestamp) -> IntentResult {
        var result = IntentResult()
        for one in cases {
            let id = one.accountID
            // A case of another worker is neither committed nor refused.
            if lost.contains(id) { continue }
            if let fault = night.rowFault(id, now.since(storyStart)) {
                result.unwritten[id] = fault
                continue
            }
            guard var row = rows[id], isOpen(id), isAsKnown(one), isOutsideLimit(row, at: now), intents[id] == nil
            else {
                result.refused[id] = news(id)
                continue
            }
            intents[id] = Intent(at: now, requestedBefore: row.lastSyncRequestedAt)
            row.lastSyncRequestedAt = now
            row.awaitingSince = row.awaitingSince ?? now
            rows[id] = row
            result.committed[id] = CommittedIntent(at: now, account: row)
        }
        return result
    }

    private mutating func write(_ writes: [CaseWrite], at now: Timestamp) -> WriteResult {
        var result = WriteResult()
        for write in writes {
            let id = write.one.accountID
            if write.kind != .progress, !write.kind.sparesAccount,
                let fault = night.rowFault(id, now.since(storyStart))
            {
                result.unwritten[id] = fault
                continue
            }
            switch write.kind {
            case .progress: break
            case .withdrawal where lost.contains(id): result.lost.append(id)
            case .withdrawal:
                withdraw(id)
                result.withdrawn[id] = .some(rows[id])
            case .settlement(let settlement): settle(write.one, settlement, into: &result)
            }
        }
        return result
    }

    private mutating func settle(_ one: CaseSnapshot, _ settlement: Settlement, into result: inout WriteResult) {
        let id = one.accountID
        if lost.contains(id) {
            result.lost.append(id)
        } else if settlements[id] != nil {
            result.settled.append(id)
        } else if settlement.sparesAccount {
            settlements[id, default: []].append(settlement)
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
        row.unlinkedAt == nil && (row.lastSyncRequestedAt.map { now.since($0) >= night.rules.syncLimit } ?? true)
    }

    private func isAsKnown(_ one: CaseSnapshot) -> Bool {
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
