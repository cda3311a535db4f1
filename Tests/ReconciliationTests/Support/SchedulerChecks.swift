import Reconciliation

/// What no night may do, whatever happens in it.
struct SchedulerChecks {
    private(set) var violations: [String] = []
    private let night: SchedulerNight
    /// Slots granted and not used.
    private var slots: [Timestamp] = []
    private var heldUntil: Timestamp?
    private var callCount = 0
    /// Intents that stand and whose trigger has not left.
    private var armed: [AccountID: Timestamp] = [:]
    /// Accounts whose customer's link was asked for.
    private var links: Set<AccountID> = []
    /// Triggers that Mono may have taken.
    private var triggered: [AccountID: Timestamp] = [:]

    init(_ night: SchedulerNight) { self.night = night }

    mutating func note(_ violation: String) {
        if violations.count < 20 { violations.append(violation) }
    }

    mutating func granted(_ grant: SlotGrant) {
        for index in 0..<grant.count { slots.append(grant.first.advanced(by: grant.spacing * index)) }
    }

    mutating func held(until: Timestamp) { heldUntil = max(heldUntil ?? until, until) }

    mutating func intending(_ asked: [CaseSnapshot], _ cases: [AccountID: Case], at now: Timestamp) {
        slots.removeAll { now.since($0) > .milliseconds(30) }
        if asked.isEmpty { note("intents for nobody") }
        for one in asked where cases[one.accountID]?.snapshot != one { note("\(one.accountID): not as it is") }
        // Those that grew too old, or were settled by an event, are being withdrawn.
        let waiting = armed.keys.count { cases[$0]?.want == .trigger }
        if asked.count + waiting > slots.count {
            note("\(asked.count) intents with \(waiting) armed for \(slots.count) slots")
        }
    }

    mutating func intended(_ ids: [AccountID], at now: Timestamp) {
        for id in ids { armed[id] = now }
    }

    mutating func withdrawn(_ ids: [AccountID]) {
        for id in ids { armed[id] = nil }
    }

    /// The request did nothing at Mono, so that another may follow.
    mutating func refused(_ id: AccountID) { triggered[id] = nil }

    mutating func writing(_ writes: [CaseWrite], _ cases: [AccountID: Case]) {
        if writes.isEmpty { note("a write of nothing") }
        for write in writes {
            let id = write.one.accountID
            if cases[id]?.snapshot != write.one { note("\(id): written other than it is") }
            let want = cases[id]?.want
            switch write.kind {
            case .progress: break
            case .withdrawal where want != .withdrawal:
                note("\(id): the withdrawal of an intent that the case stands by")
            case .settlement(let settlement) where want != .settlement(settlement):
                note("\(id): a settlement that is not the case's")
            case .withdrawal, .settlement: armed[id] = nil
            }
        }
    }

    mutating func called(_ made: MonoCall, at now: Timestamp, inFlight: Int) {
        let (id, call) = (made.account, made.call)
        if made.number != callCount { note("call \(callCount) has the number \(made.number)") }
        callCount += 1
        if made.leavesBefore != (call == .trigger ? armed[id]?.advanced(by: .seconds(10)) : nil) {
            note("\(id): a \(call) that may leave until \(String(describing: made.leavesBefore))")
        }
        let time = now.since(storyStart)
        slots.removeAll { now.since($0) > .milliseconds(30) }
        if let index = slots.firstIndex(where: { $0 <= now && now.since($0) <= .milliseconds(30) }) {
            slots.remove(at: index)
        } else {
            note("\(id): a call without a slot at \(time)")
        }
        if inFlight >= night.limits.concurrency { note("\(inFlight + 1) calls in flight at \(time)") }
        if let heldUntil, now < heldUntil { note("\(id): a call at \(time) in spite of Retry-After") }
        if call == .trigger { trigger(id, at: now) }
        if call == .reauthLink, !night.rules.asksForLinks || !links.insert(id).inserted {
            note("\(id): a link that nobody wants")
        }
    }

    private mutating func trigger(_ id: AccountID, at now: Timestamp) {
        if let committed = armed.removeValue(forKey: id) {
            if now.since(committed) > .seconds(10) { note("\(id): the trigger left \(now.since(committed)) late") }
        } else {
            note("\(id): a trigger without an intent")
        }
        if let before = triggered[id], now.since(before) < night.rules.syncLimit {
            note("\(id): triggered twice inside Mono's limit")
        }
        triggered[id] = now
    }

    mutating func end(_ ending: SchedulerEnding, lost: Set<AccountID>, unclaimed: [AccountID]) {
        let open = lost.union(ending.stop == nil ? [] : unclaimed)
        for claim in night.claims where !open.contains(claim.accountID) {
            let count = ending.settlements[claim.accountID]?.count ?? 0
            if count > 1 || count == 0 && !ending.isHandedBack { note("\(claim.accountID): settled \(count) times") }
        }
        for (id, settlements) in ending.settlements where settlements.contains(where: \.detail.isEmpty) {
            note("\(id): settled without a word")
        }
        if let budget = night.budget, ending.calls.count > budget { note("\(ending.calls.count) calls") }
        if ending.counted.total != ending.calls.count { note("\(ending.counted.total) calls counted") }
        // One more than the rate: a call may be late by the tolerance, so that a second begins just after its slot.
        if ending.mostInASecond > max(Int(night.limits.rate * 1.05), Int(night.limits.rate) + 1) {
            note("\(ending.mostInASecond) calls in a second")
        }
        if ending.idleTurns > 3 { note("woken \(ending.idleTurns) times at one instant") }
        if Set(armed.keys).subtracting(lost) != [] { note("intents left behind: \(armed.keys.sorted())") }
    }
}
