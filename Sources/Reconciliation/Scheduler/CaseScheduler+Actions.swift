extension CaseScheduler {
    /// What to do now; to be asked for after every input and at every wake.
    package mutating func actions(at now: Timestamp) -> [Action] {
        var actions: [Action] = []
        inquire(into: &actions, at: now)
        if earlyEnd.takeCancellation() { actions.append(.cancelCalls) }
        if let until = hold.takeMessage() { actions.append(.ask(.hold(until: until))) }
        ringTimers(at: now)
        expireIntents(at: now)
        starveIfBroke(at: now)
        unpark(at: now)
        settleWithheldAtTheEnd(at: now)
        probe(into: &actions, at: now)
        putOffPausedAtTheEnd(at: now)
        send(into: &actions, at: now)
        claim(into: &actions, at: now)
        readNews(into: &actions, at: now)
        intend(into: &actions, at: now)
        reserve(into: &actions, at: now)
        write(into: &actions, at: now)
        if isDone {
            actions.append(.finished)
        } else if let at = nextWake(after: now) {
            actions.append(.wake(at: at))
        }
        return actions
    }

    /// Whether no case is left, no request is under way, and no case can be claimed any more.
    private var isDone: Bool {
        guard table.isEmpty, outbox.isEmpty, !isAsking else { return false }
        return stop != nil || (callsUnderWay.count == 0 && !claims.mayBringMore)
    }

    /// Whether the store has a request without an answer.
    private var isAsking: Bool {
        claims.isUnderWay || slots.isReserving || intents.isUnderWay || outbox.isWriting || news.isUnderWay
            || hold.isBeingTold || inquiry.isFinding || banks.isAsking
    }

    private func nextWake(after now: Timestamp) -> Timestamp? {
        var times = [queues.nextTimer, queues.nextExpiry, outbox.nextWriteAt, news.nextDue]
        if stop == nil {
            let canCall = callsUnderWay.count < limits.concurrency && hasReadyCall(at: now) && budget.paysForCall
            if canCall { times.append(slots.nextCallAt) }
            if canReserve(at: now) { times.append(slots.nextReservation(heldUntil: hold.until)) }
            times.append(claims.nextDue(hasRoom: hasRoom(at: now), at: now))
            if intentsWanted(at: now) > 0 { times.append(intents.nextDue) }
            times.append(nextProbe(at: now)?.at)
            if health.isSuspect { times.append(inquiry.nextLook) }
        }
        return times.compactMap { $0 }.min().map { max($0, now) }
    }

    // MARK: Time

    private mutating func ringTimers(at now: Timestamp) {
        while let account = queues.popTimer(dueAt: now) {
            if case .event? = table[account]?.want {
                change(account, at: now) { $0.elapsed(at: now) }
            } else {
                file(account, at: now)
            }
        }
    }

    private mutating func expireIntents(at now: Timestamp) {
        while let account = queues.popExpired(at: now) {
            change(account, at: now) { $0.expire(at: now) }
        }
    }

    // MARK: Budget

    /// Puts off the cases that the budget can do nothing for any more.
    private mutating func starveIfBroke(at now: Timestamp) {
        guard stop == nil, !intents.isUnderWay, !slots.isReserving else { return }
        let isBroke: Bool
        switch budget.shortage(whileSyncing: table.syncing) {
        case .none: return
        case .ofSyncs: isBroke = false
        case .ofCalls: isBroke = true
        }
        let starving = table.cases.filter { one in
            !one.isStarved && one.inFlight == nil && (isBroke || one.isReadyToTrigger)
        }
        for account in starving.map(\.accountID).sorted() {
            change(account, at: now) { $0.runDry(at: now) }
        }
    }

    /// Goes on with inspections and links once no sync needs the budget.
    private mutating func unpark(at now: Timestamp) {
        guard queues.hasParked, !isScarce else { return }
        for account in queues.popParked() { file(account, at: now) }
    }

    /// Believes what Mono said of the accounts that are left, once no further answer can say more of the key.
    private mutating func settleWithheldAtTheEnd(at now: Timestamp) {
        guard health.withheldCount > 0, table.count == health.withheldCount, !health.isSuspect else { return }
        guard claims.isExhausted, callsUnderWay.count == 0 else { return }
        health.rest()
        releaseWithheld(at: now)
    }

    // MARK: The key

    /// Asks the store for accounts that should be known to Mono, once the key is suspect.
    private mutating func inquire(into actions: inout [Action], at now: Timestamp) {
        guard stop == nil, health.isSuspect else { return inquiry.end() }
        // A witness that cannot be paid for is not asked, and nothing speaks for the key.
        guard budget.hasCallsLeft else { return stop(.keyRefused(MonoHealth.seesNothing), at: now) }
        if inquiry.begins(at: now) { actions.append(.ask(.findWitness(besides: health.doubtful, of: run))) }
    }

    /// Whether a call waits for a slot; while the key is suspect, nothing but a witness is asked.
    private func hasReadyCall(at now: Timestamp) -> Bool {
        if health.isSuspect { return inquiry.next != nil }
        return queues.lookCount > 0 || queues.armedCount > 0 || queues.starts(rank(at: now)).inspections > 0
    }

    private mutating func sendToWitness(into actions: inout [Action], at now: Timestamp) {
        guard slots.isOpen(at: now), callsUnderWay.count < limits.concurrency, budget.paysForCall,
            let witness = inquiry.next
        else { return }
        slots.use()
        inquiry.asked()
        let number = callsUnderWay.startWitness(witness)
        budget.spend()
        slots.noteCall(at: now)
        var call = MonoCall(number: number, account: witness, call: .details)
        call.isWitness = true
        actions.append(.call(call))
    }

    // MARK: Calls

    /// Sends one call with each slot whose time has come.
    private mutating func send(into actions: inout [Action], at now: Timestamp) {
        queues.dropStale()
        guard stop == nil else { return }
        guard !health.isSuspect else { return sendToWitness(into: &actions, at: now) }
        while slots.isOpen(at: now), callsUnderWay.count < limits.concurrency, budget.paysForCall,
            let next = queues.popCall(startsGoFirst: startsGoFirst, at: now, rank(at: now))
        {
            if next.isInspection, !beginsByInspection(next.account, at: now) { continue }
            slots.use()
            launch(next.account, into: &actions, at: now)
        }
    }

    /// A case's start begins; says whether by an inspection: a probe goes without.
    private mutating func beginsByInspection(_ account: AccountID, at now: Timestamp) -> Bool {
        guard let bank = table[account]?.bank else { return false }
        banks.begins(account, of: bank, at: now)
        guard banks.isProbe(account, of: bank) else { return true }
        var skips = false
        change(account, at: now) { skips = $0.skipInspection(at: now) }
        return !skips
    }

    private func rank(at now: Timestamp) -> (BankQueues.Lane) -> BankBook.Rank {
        let banks = banks
        return { lane in
            switch lane {
            case .first: .first
            case .bank(let name): banks.rank(of: name, at: now)
            }
        }
    }

    private mutating func launch(_ account: AccountID, into actions: inout [Action], at now: Timestamp) {
        guard let one = table[account] else { return }
        let call: Call
        var leavesBefore: Timestamp?
        switch one.want {
        // The budget may have become scarce since the case was filed.
        case .call(.reauthLink, _) where isScarce: return queues.park(account)
        case .call(let read, _): call = read
        case .trigger:
            leavesBefore = one.intendedAt?.advanced(by: WorkerLimits.intentLife)
            // An intent of the future was committed by a clock that was moved since.
            guard let leavesBefore, now < leavesBefore, leavesBefore.since(now) < WorkerLimits.mayLeaveWithin else {
                return change(account, at: now) { $0.expire(at: now) }
            }
            call = .trigger
        case .intent, .withdrawal, .event, .answer, .settlement: return
        }
        let number = callsUnderWay.start(call, of: account)
        budget.spend()
        slots.noteCall(at: now)
        change(account, at: now) { $0.started(call, at: now) }
        actions.append(.call(MonoCall(number: number, account: account, call: call, leavesBefore: leavesBefore)))
    }

    // MARK: Slots

    /// Calls that may be made at once and have no slot.
    private func callsWithoutSlot(at now: Timestamp) -> Int {
        let waiting: Int
        if health.isSuspect {
            waiting = inquiry.next == nil ? 0 : 1
        } else {
            let starts = queues.starts(rank(at: now))
            waiting = queues.lookCount + queues.armedCount + starts.inspections + starts.triggers
        }
        return min(waiting, limits.concurrency - callsUnderWay.count) - slots.count
    }

    private func canReserve(at now: Timestamp) -> Bool {
        stop == nil && !slots.isReserving && budget.hasCallsLeft && callsWithoutSlot(at: now) > 0
    }

    private mutating func reserve(into actions: inout [Action], at now: Timestamp) {
        guard canReserve(at: now) else { return }
        if let at = slots.nextReservation(heldUntil: hold.until), at > now { return }
        let request = slots.reserve(for: callsWithoutSlot(at: now), paidBy: budget, at: now)
        actions.append(.ask(.reserve(request, of: run)))
    }

    /// Asks for intents, and only for triggers whose slots are reserved.
    private mutating func intend(into actions: inout [Action], at now: Timestamp) {
        let count = intentsWanted(at: now)
        guard count > 0, intents.nextDue.map({ $0 <= now }) ?? true else { return }
        var accounts: [AccountID] = []
        while accounts.count < count, let account = queues.popTrigger(rank(at: now)) {
            accounts.append(account)
            if let bank = table[account]?.bank { banks.begins(account, of: bank, at: now) }
        }
        guard !accounts.isEmpty else { return }
        intents.begin(accounts, at: now)
        actions.append(.ask(.intend(accounts.compactMap { table[$0]?.snapshot }, of: run)))
    }

    /// How many intents could be asked for now.
    private func intentsWanted(at now: Timestamp) -> Int {
        guard stop == nil, !intents.isUnderWay, !health.isSuspect else { return 0 }
        let free = slots.count - queues.armedCount - (startsGoFirst ? queues.firstLookCount : queues.lookCount)
        let headroom = limits.concurrency - callsUnderWay.count - queues.armedCount
        // A sync whose result cannot be paid for is not begun.
        let count = min(free, headroom, budget.syncsToBegin(under: load) ?? free)
        return count > 0 ? min(count, queues.starts(rank(at: now)).triggers) : 0
    }

    // MARK: Paused banks

    /// The next probe of a paused bank of which starts wait.
    private func nextProbe(at now: Timestamp) -> (bank: String, at: Timestamp)? {
        guard stop == nil, !health.isSuspect, !banks.isCalm else { return nil }
        return queues.waitingBanks.compactMap { bank in banks.nextProbe(of: bank, at: now).map { (bank, $0) } }
            .min { ($0.at, $0.bank) < ($1.at, $1.bank) }
    }

    /// Asks whether this worker may try one account of a paused bank.
    private mutating func probe(into actions: inout [Action], at now: Timestamp) {
        while let next = nextProbe(at: now), next.at <= now {
            actions.append(.ask(.probe(next.bank, after: banks.asksToProbe(next.bank), of: run)))
        }
    }

    /// Puts off what waits for paused banks once nothing else is left to do.
    private mutating func putOffPausedAtTheEnd(at now: Timestamp) {
        // Settlements that wait for news of the key wait for these cases' answers in vain.
        let others = table.count - health.withheldCount
        guard stop == nil, !banks.isCalm, claims.isExhausted, callsUnderWay.count == 0, !intents.isUnderWay,
            others > 0, queues.starts(rank(at: now)).paused >= others
        else { return }
        let paused = queues.waitingBanks.filter { banks.isPaused($0, at: now) }.sorted()
        guard !paused.contains(where: banks.isProbing) else { return }
        let waiting = paused.flatMap(queues.waiting(ofBank:))
        guard waiting.count == others else { return }
        for account in waiting { change(account, at: now) { $0.waitInVain(at: now) } }
    }

    // MARK: Cases

    /// Whether the scheduler can use more cases.
    ///
    /// Starts that wait for their bank are not counted, or they would keep the scheduler from those of other banks.
    private func hasRoom(at now: Timestamp) -> Bool {
        let starts = queues.starts(rank(at: now))
        let heldBack = min(starts.unproven + starts.paused, WorkerLimits.heldBackLimit)
        return table.count - heldBack < limits.claimSize || table.beforeTrigger - heldBack < limits.claimSize / 2
    }

    private mutating func claim(into actions: inout [Action], at now: Timestamp) {
        let hasRoom = hasRoom(at: now)
        guard stop == nil, let due = claims.nextDue(hasRoom: hasRoom, at: now), due <= now else { return }
        let number = claims.begin(asksForNew: hasRoom)
        actions.append(.ask(.claim(limit: hasRoom ? limits.claimSize : 0, number: number, of: run)))
    }

    private mutating func readNews(into actions: inout [Action], at now: Timestamp) {
        guard let accounts = news.begin(where: table.contains, at: now) else { return }
        actions.append(.ask(.readNews(accounts, of: run)))
    }

    private mutating func write(into actions: inout [Action], at now: Timestamp) {
        guard let due = outbox.takeDue(cases: table.count, isHurried: stop != nil, at: now) else { return }
        let writes = due.compactMap { entry in
            table[entry.account].map { CaseWrite($0.snapshot, entry.kind) }
        }
        actions.append(.ask(.write(writes, calls: calls, of: run)))
    }
}
