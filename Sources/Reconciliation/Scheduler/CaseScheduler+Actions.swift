import DequeModule
import HeapModule

extension CaseScheduler {
    /// What to do now; call it after every input and at every wake.
    package mutating func actions(at now: Timestamp) -> [Action] {
        var actions: [Action] = []
        if cancelsCalls {
            cancelsCalls = false
            actions.append(.cancelCalls)
        }
        if let until = pendingHold {
            pendingHold = nil
            actions.append(.hold(until: until))
        }
        ringTimers(at: now)
        expireIntents(at: now)
        starveIfBroke(at: now)
        unpark(at: now)
        settleWithheldAtTheEnd(at: now)
        send(into: &actions, at: now)
        claim(into: &actions, at: now)
        readNews(into: &actions)
        intend(into: &actions)
        reserve(into: &actions, at: now)
        write(into: &actions, at: now)
        if isDone {
            actions.append(.finished)
        } else if let at = nextWake(after: now) {
            actions.append(.wake(at: at))
        }
        return actions
    }

    /// Nothing is left at the scheduler, nothing is under way, nothing more can be claimed.
    private var isDone: Bool {
        cases.isEmpty && outbox.isEmpty && !isClaiming && !isReserving && !isIntending && !isWriting && !isReading
            && (callsInFlight == 0 || stop != nil) && (!mayClaimMore || stop != nil)
    }

    // MARK: Time

    private mutating func ringTimers(at now: Timestamp) {
        while let timer = timers.min, timer.at <= now {
            timers.removeMin()
            guard generations[timer.accountID] == timer.generation, let one = cases[timer.accountID] else { continue }
            if case .event = one.want {
                change(timer.accountID, at: now) { $0.elapsed(at: now) }
            } else {
                file(timer.accountID, at: now)
            }
        }
    }

    private mutating func expireIntents(at now: Timestamp) {
        while let first = armed.first {
            if isCurrent(first.ticket) {
                guard now.since(first.committedAt) >= WorkerLimits.intentLife else { return }
                change(first.ticket.accountID, at: now) { $0.expire(at: now) }
            }
            armed.removeFirst()
        }
    }

    private func nextWake(after now: Timestamp) -> Timestamp? {
        var times: [Timestamp] = []
        if let timer = timers.min { times.append(timer.at) }
        if stop == nil, let slot = slots.first, callsInFlight < limits.concurrency, hasReadyCall, unspent != 0 {
            times.append(max(slot, paceEnd ?? slot))
        }
        if let first = armed.first { times.append(first.committedAt.advanced(by: WorkerLimits.intentLife)) }
        if let since = outboxSince, !isWriting { times.append(since.advanced(by: WorkerLimits.writePause)) }
        if stop == nil, !isReserving, demand > 0, callsLeft != 0, let at = nextReserve { times.append(at) }
        if let due = nextClaim(at: now) { times.append(due) }
        return times.min().map { max($0, now) }
    }

    // MARK: Calls

    private var hasReadyCall: Bool { !reads.isEmpty || !armed.isEmpty }

    /// Each slot carries one call, at its time or not at all.
    private mutating func send(into actions: inout [Action], at now: Timestamp) {
        dropStaleTickets()
        guard stop == nil else { return }
        while let slot = slots.first, slot <= now {
            guard now.since(slot) <= WorkerLimits.slotTolerance else {
                slots.removeFirst()
                continue
            }
            if let paceEnd, now < paceEnd { return }
            guard callsInFlight < limits.concurrency, unspent.map({ $0 > 0 }) ?? true, let id = nextCall(at: now)
            else { return }
            slots.removeFirst()
            launch(id, into: &actions, at: now)
        }
    }

    /// When the next call may leave: one that left late must not crowd the second after it.
    private var paceEnd: Timestamp? {
        guard recentCalls.count >= limits.callsASecond else { return nil }
        return recentCalls.first?.advanced(by: .seconds(1))
    }

    /// Due looks go before new triggers, unless a trigger's intent grows old.
    private mutating func nextCall(at now: Timestamp) -> AccountID? {
        dropStaleTickets()
        if let first = armed.first, reads.isEmpty || now.since(first.committedAt) >= WorkerLimits.intentHurry {
            armed.removeFirst()
            return first.ticket.accountID
        }
        return reads.popFirst()?.accountID
    }

    private mutating func dropStaleTickets() {
        while let first = armed.first, !isCurrent(first.ticket) { armed.removeFirst() }
        while let first = reads.first, !isCurrent(first) { reads.removeFirst() }
        while let first = triggers.first, !isCurrent(first) { triggers.removeFirst() }
    }

    private mutating func launch(_ id: AccountID, into actions: inout [Action], at now: Timestamp) {
        guard let one = cases[id] else { return }
        let call: Call
        switch one.want {
        // The budget may have become scarce since it was filed.
        case .call(.reauthLink, _) where isScarce:
            parked.insert(id)
            return
        case .call(let read, _): call = read
        case .trigger:
            guard let intendedAt = one.intendedAt, now.since(intendedAt) < WorkerLimits.intentLife else {
                return change(id, at: now) { $0.expire(at: now) }
            }
            call = .trigger
        case .intent, .withdrawal, .event, .answer, .settlement: return
        }
        callNumbers[id] = calls.total
        switch call {
        case .details: calls.details += 1
        case .job: calls.job += 1
        case .trigger: calls.trigger += 1
        case .reauthLink: calls.reauth += 1
        }
        unspent = unspent.map { $0 - 1 }
        recentCalls.append(now)
        if recentCalls.count > limits.callsASecond { recentCalls.removeFirst() }
        callsInFlight += 1
        change(id, at: now) { $0.started(call, at: now) }
        actions.append(.call(id, call))
    }

    // MARK: Slots

    /// Calls that wait for a slot.
    private var demand: Int {
        guard stop == nil else { return 0 }
        let headroom = limits.concurrency - callsInFlight
        return min(reads.count + armed.count + triggers.count, headroom) - slots.count
    }

    /// The earliest time of the next reservation: two trips a second, and no earlier than its slots are needed.
    private var nextReserve: Timestamp? {
        let pause = lastReserve?.advanced(by: WorkerLimits.reservePause)
        let need = slots.last?.advanced(by: .zero - WorkerLimits.reserveLead)
        return [pause, need, heldUntil].compactMap { $0 }.max()
    }

    private mutating func reserve(into actions: inout [Action], at now: Timestamp) {
        guard stop == nil, !isReserving, demand > 0, callsLeft.map({ $0 > 0 }) ?? true else { return }
        if let at = nextReserve, at > now { return }
        let count = min(demand, limits.slotsAtATime)
        let budget = unspent.map { max(0, slots.count + count - $0) } ?? 0
        isReserving = true
        lastReserve = now
        actions.append(.reserve(slots: count, budget: budget, lead: min(reserveTrip * 1.5, .seconds(2))))
    }

    // MARK: Cases

    private var canClaim: Bool { stop == nil && mayClaimMore && !isClaiming }

    private var hasRoom: Bool { cases.count < limits.claimSize || beforeTrigger < limits.claimSize / 2 }

    /// When the next claim is due: at once if it may bring new cases, else at a pace that finds dead workers' ones.
    private func nextClaim(at now: Timestamp) -> Timestamp? {
        guard canClaim else { return nil }
        guard let lastClaim, !hasRoom || claimedNothing else { return now }
        return lastClaim.advanced(by: hasRoom ? WorkerLimits.claimPause : WorkerLimits.adoptionPause)
    }

    /// A full scheduler still takes up the syncs of dead workers: somebody must look how they ended.
    private mutating func claim(into actions: inout [Action], at now: Timestamp) {
        guard let due = nextClaim(at: now), due <= now else { return }
        isClaiming = true
        claimedFresh = hasRoom
        actions.append(.claim(hasRoom ? limits.claimSize : 0))
    }

    private mutating func readNews(into actions: inout [Action]) {
        guard !isReading, !newsWanted.isEmpty else { return }
        let ids = newsWanted.filter { cases[$0] != nil }.sorted()
        newsWanted = []
        guard !ids.isEmpty else { return }
        isReading = true
        actions.append(.read(ids))
    }

    /// Intents are made only for triggers whose slots are reserved.
    private mutating func intend(into actions: inout [Action]) {
        guard stop == nil, !isIntending, !triggers.isEmpty else { return }
        let free = slots.count - reads.count - armed.count
        let headroom = limits.concurrency - callsInFlight - armed.count
        var count = min(free, headroom, triggers.count)
        // A sync whose result cannot be paid for is not begun.
        if let callsLeft { count = min(count, (callsLeft - callsKept) / (1 + limits.callsASync(rules.api))) }
        guard count > 0 else { return }
        var ids: [AccountID] = []
        while ids.count < count, let ticket = triggers.popFirst() {
            if isCurrent(ticket) { ids.append(ticket.accountID) }
        }
        guard !ids.isEmpty else { return }
        isIntending = true
        intending = Set(ids)
        actions.append(.intend(ids))
    }

    /// Without a budget for them, cases that are not triggered yet are deferred.
    private mutating func starveIfBroke(at now: Timestamp) {
        guard stop == nil, let callsLeft, !isIntending, !isReserving else { return }
        let isBroke = callsLeft == 0
        let cannotTrigger = callsLeft < 1 + limits.callsASync(rules.api) && syncing == 0
        guard isBroke || cannotTrigger else { return }
        // Too few calls for a sync and its looks can still pay for inspections.
        let starving = cases.filter { _, one in
            !one.isStarved && one.inFlight == nil && (isBroke || one.phase == .ready)
        }
        for id in starving.keys.sorted() {
            change(id, at: now) { $0.starve("the budget of API calls was used up", at: now) }
        }
    }

    /// Inspections and links go on once no sync needs the budget.
    private mutating func unpark(at now: Timestamp) {
        guard !parked.isEmpty, !isScarce else { return }
        let ids = parked.sorted()
        parked = []
        for id in ids { file(id, at: now) }
    }

    /// Once nothing more will be asked, what was said stands.
    private mutating func settleWithheldAtTheEnd(at now: Timestamp) {
        guard !withheld.isEmpty, !mayClaimMore || claimedNothing, !isClaiming, callsInFlight == 0 else { return }
        guard cases.count == withheld.count else { return }
        keyHealth.rest()
        releaseWithheld(at: now)
    }

    // MARK: Writes

    private mutating func write(into actions: inout [Action], at now: Timestamp) {
        if outbox.isEmpty { outboxSince = nil }
        guard !isWriting, let since = outboxSince else { return }
        let isUrgent = outbox.count >= WorkerLimits.writeSize || outbox.count >= cases.count || stop != nil
        guard isUrgent || now.since(since) >= WorkerLimits.writePause else { return }
        let entries = outbox.values.sorted { $0.accountID < $1.accountID }
        outbox = [:]
        outboxSince = nil
        isWriting = true
        writing = Set(entries.map(\.accountID))
        actions.append(.write(entries))
    }
}
