extension CaseScheduler {
    /// Takes the answer to an ``Action/ask(_:)``.
    package mutating func take(_ answer: StoreAnswer, at now: Timestamp) {
        switch answer {
        case .claimed(let claimed, let more): take(claimed, more: more, at: now)
        case .granted(let grant): take(grant, at: now)
        case .intended(let result): take(result, at: now)
        case .wrote(let result): take(result, at: now)
        case .news(let read): take(read, at: now)
        case .witnesses(let witnesses):
            let finding = inquiry.found(witnesses, at: now)
            // The suspicion may be gone by now, or the work be over.
            if health.isSuspect, stop == nil { follow(finding, at: now) } else { inquiry.end() }
        case .probing(let bank, let isGranted): banks.mayProbe(bank, isGranted, at: now)
        case .done: hold.told()
        case .stranded, .opened, .unknown, .elsewhere, .others, .signs, .learned, .closed, .caseElsewhere:
            preconditionFailure("an answer to a request that no scheduler makes")
        }
    }

    /// A call to Mono ended; an answer under a number that no call under way has is ignored.
    package mutating func answered(_ number: Int, _ result: CallResult, at now: Timestamp) {
        guard let call = callsUnderWay.end(number) else { return }
        if call.isWitness { return testified(result, ofCall: number, call.account, at: now) }
        observe(result, ofCall: number, about: call.account, at: now)
        let chance = Double.random(in: 0..<1, using: &dice)
        if call.isOfCurrentCase {
            let advice = advice(for: call.account)
            change(call.account, at: now) { one in
                if let advice { one.follow(advice) }
                switch result {
                case .details(let answer): one.answered(details: answer, chance: chance, at: now)
                case .job(let answer): one.answered(job: answer, chance: chance, at: now)
                case .trigger(let answer): one.answered(trigger: answer, at: now)
                case .reauthLink(let answer): one.answered(link: answer, at: now)
                }
            }
        }
        releaseWithheld(at: now)
    }

    /// The run's other workers have told this of Mono's answers.
    package mutating func heard(_ evidence: AnswerEvidence, at now: Timestamp) {
        health.heard(evidence)
        looksDueElsewhere = evidence.looksDue
        if let fine = evidence.fineAt { hold.answered(at: fine) }
        releaseWithheld(at: now)
    }

    /// The store named the banks in trouble.
    package mutating func heard(_ troubles: [BankTrouble], at now: Timestamp) { banks.heard(troubles, at: now) }

    /// The store told what it knows of the banks.
    package mutating func remember(_ memory: LookMemory, at now: Timestamp) {
        looks.remember(memory, cases: table.cases)
        banks.heard(memory.troubles, at: now)
        for bank in looks.banksWithResult { banks.hasResult(bank) }
    }

    /// These accounts changed in our own database; nil: any account may have changed.
    package mutating func changed(_ accounts: [AccountID]?) {
        news.want((accounts ?? table.accounts).filter(table.contains))
        // A case that comes with a claim may have been read before the change.
        claims.noteChange(of: accounts)
    }

    /// Ends the run early: Mono is asked nothing any more, and what is not known is deferred.
    package mutating func stop(_ reason: StopReason, at now: Timestamp) {
        guard beginEarlyEnd(reason, isHandingBack: false) else { return }
        var doubtsKey = health.isSuspect
        if case .keyRefused = reason { doubtsKey = true }
        if doubtsKey {
            for account in health.doubtful {
                change(account, at: now) { $0.disbelieve(because: reason, at: now) }
            }
        }
        health.rest()
        for account in table.accounts {
            change(account, at: now) { $0.putOff(because: reason, at: now) }
        }
    }

    /// Ends this worker's part of a run that others go on with: a case that is not concluded is left as it is.
    ///
    /// Outcomes and answers that are known are still written. An intent whose trigger has not left is taken back, so
    /// that whoever takes the case up may trigger it at once.
    package mutating func handBack(_ reason: StopReason, at now: Timestamp) {
        guard beginEarlyEnd(reason, isHandingBack: true) else { return }
        // While the key is suspect, what is withheld is left as it came.
        if !health.isSuspect {
            health.rest()
            releaseWithheld(at: now)
        }
        // What waits for a row that is locked waits no longer.
        for account in table.accounts where table[account]?.rowWait != nil { file(account, at: now) }
        handBackRest(at: now)
    }

    /// Another worker was told by Mono's `Retry-After` that no worker may call before this time.
    ///
    /// Where several workers share the rate, reserved slots may lie seconds ahead, so a scheduler must hear of a hold
    /// without making a reservation.
    package mutating func held(until: Timestamp, at now: Timestamp) {
        extendHold(until: until, at: now)
    }

    /// The database's clock was moved: what is waited for is as far away as before.
    ///
    /// Slots that were reserved by the former clock are forfeited, and an intent whose trigger has not left is taken back.
    package mutating func clockMoved(by jump: Duration, at now: Timestamp) {
        slots.clockMoved(by: jump)
        hold.clockMoved(by: jump)
        outbox.clockMoved(by: jump)
        claims.clockMoved(by: jump)
        inquiry.clockMoved(by: jump)
        health.clockMoved(by: jump)
        banks.clockMoved(by: jump)
        intents.clockMoved(by: jump)
        news.clockMoved(by: jump)
        for account in table.accounts {
            change(account, at: now) { one in
                one.clockMoved(by: jump)
                one.expire(at: now)
            }
        }
    }

    // MARK: Answers of the store

    private mutating func take(_ claimed: [Claim], more: Bool, at now: Timestamp) {
        let changes = claims.end(isEmpty: claimed.isEmpty, more: more, at: now)
        // Cases that come after the hand-back are left as they came.
        if isHandingBack { return }
        for claim in claimed {
            // A case of the account that is here was lost to a worker that is dead by now: what is under way for that
            // case is not the claimed case's.
            drop(claim.accountID)
            var one = Case(claim, rules: rules, skipsInspection: looks.skipsInspection(claim), now: now)
            if let reason = earlyEnd.deferral { one.putOff(because: reason, at: now) }
            add(one, at: now)
            if changes.mayInclude(claim.accountID) { news.want([claim.accountID]) }
        }
    }

    private mutating func take(_ grant: SlotGrant, at now: Timestamp) {
        slots.take(grant, at: now)
        if let until = grant.heldUntil { extendHold(until: until, at: now) }
        // The store may not have known of the hold when it gave the slots.
        if let until = hold.until { slots.forfeit(before: until) }
        budget.paid(grant.paid, left: grant.budgetLeft)
    }

    private mutating func take(_ result: IntentResult, at now: Timestamp) {
        let asked = intents.end()
        let known = Set(result.committed.keys).union(result.refused.keys).union(result.unwritten.keys)
        lose(asked.subtracting(known).sorted())
        let reason = earlyEnd.deferral
        for (account, intent) in result.committed.sorted(by: { $0.key < $1.key }) where asked.contains(account) {
            let advice = advice(for: account)
            change(account, at: now) { one in
                if let advice { one.follow(advice) }
                one.intended(at: intent.at, account: intent.account, now: now)
                if let reason { one.putOff(because: reason, at: now) }
            }
        }
        hear(result.refused, where: asked.contains, at: now)
        bear(result.unwritten, where: asked.contains, at: now)
        if isHandingBack { handBackRest(at: now) }
    }

    private mutating func take(_ result: WriteResult, at now: Timestamp) {
        // A case that was lost and claimed again during the write is not the case that was written.
        let written = outbox.end()
        let reason = earlyEnd.deferral
        for account in result.settled where written.contains(account) {
            guard let one = drop(account), case .settlement(let settlement) = one.want else { continue }
            table.countSettled(settlement.outcome)
        }
        for (account, row) in result.withdrawn.sorted(by: { $0.key < $1.key }) where written.contains(account) {
            change(account, at: now) { one in
                one.withdrawn(account: row, at: now)
                if let reason { one.putOff(because: reason, at: now) }
            }
        }
        hear(result.refused, where: written.contains, at: now)
        bear(result.unwritten, where: written.contains, at: now)
        lose(result.lost.filter(written.contains))
        if isHandingBack { handBackRest(at: now) }
    }

    private mutating func take(_ read: [AccountID: News], at now: Timestamp) {
        news.end()
        // News read while an account's intent is being committed may show that very intent: they are read again later.
        let asked = intents.accounts
        news.want(read.keys.filter(asked.contains))
        hear(read, where: { !asked.contains($0) }, at: now)
    }

    private mutating func hear(
        _ read: [AccountID: News], where concerns: (AccountID) -> Bool, at now: Timestamp
    ) {
        for (account, item) in read.sorted(by: { $0.key < $1.key }) where concerns(account) {
            change(account, at: now) { $0.heard(item, at: now) }
        }
    }

    /// One account's row that cannot be written is its own case's affair.
    private mutating func bear(
        _ faults: [AccountID: RowFault], where concerns: (AccountID) -> Bool, at now: Timestamp
    ) {
        let isEnding = !earlyEnd.isNone
        for (account, fault) in faults.sorted(by: { $0.key < $1.key }) where concerns(account) {
            // Others go on with what is not known.
            if isHandingBack, table[account]?.isConcluded == false { continue }
            change(account, at: now) { $0.rowFailed(fault, isEnding: isEnding, at: now) }
        }
    }

    private mutating func advice(for account: AccountID) -> LookAdvice? {
        guard let bank = table[account]?.bank else { return nil }
        let isProbe = banks.isProbe(account, of: bank)
        let isScout = banks.goesFirst(account, of: bank) && !isProbe
        var advice = looks.advice(for: account, of: bank, isScout: isScout)
        if isProbe { advice.mostLooks = BankBook.looksAProbe }
        return advice
    }

    /// Drops cases that another worker owns now.
    private mutating func lose(_ accounts: [AccountID]) {
        for account in accounts { drop(account) }
        if !accounts.isEmpty { claims.lost() }
    }

    // MARK: Early end

    private mutating func beginEarlyEnd(_ reason: StopReason, isHandingBack: Bool) -> Bool {
        let givesUpCalls = callsUnderWay.count > 0
        guard earlyEnd.begin(reason, isHandingBack: isHandingBack, givesUpCalls: givesUpCalls) else { return false }
        slots.forfeitAll()
        return true
    }

    /// Leaves to the other workers every case that nothing is to be written of.
    private mutating func handBackRest(at now: Timestamp) {
        // A case that is being written leaves, and is counted, when the answer is here.
        guard !outbox.isWriting else { return }
        for account in table.accounts where !intents.contains(account) {
            if case .trigger? = table[account]?.want { change(account, at: now) { $0.expire(at: now) } }
            if !outbox.contains(account) { drop(account) }
        }
    }

    // MARK: What answers say of Mono

    private mutating func observe(
        _ result: CallResult, ofCall number: Int, about account: AccountID, at now: Timestamp
    ) {
        guard earlyEnd.isNone else { return }
        switch health.saw(result, ofCall: number, about: account, at: now) {
        case .goOn: break
        case .stop(let reason): return stop(reason, at: now)
        case .leave(let reason): return handBack(reason, at: now)
        case .stopAndDisbelieve(let reason):
            stop(reason, at: now)
            return change(account, at: now) { $0.disbelieve(because: reason, at: now) }
        }
        heedRetryAfter(of: result, at: now)
    }

    private mutating func heedRetryAfter(of result: CallResult, at now: Timestamp) {
        if result.isAnswer, !result.isTooManyRequests { hold.answered(at: now) }
        guard let wait = result.retryAfter, wait > .zero else { return }
        // Holds count against no window, so one after the other could go on for ever.
        let isNew = hold.until.map { now >= $0 } ?? true
        if wait > rules.window || (isNew && hold.eaten >= rules.window) { return stop(.tryLater(wait), at: now) }
        // Whole seconds: a hundred answers in a row are one hold.
        let until = now.advanced(by: wait).roundedUpToSecond
        let before = hold.until
        hold.heard(until: until)
        extendHold(until: until, at: now)
        if before != hold.until { hold.ate(until.since(max(before ?? now, now)), at: now) }
    }

    /// A witness was answered: only 404 speaks against the key, and only a usable answer for it.
    private mutating func testified(
        _ result: CallResult, ofCall number: Int, _ account: AccountID, at now: Timestamp
    ) {
        guard earlyEnd.isNone else { return }
        let isUnknown = result.sign == .sign(.unknownAccount)
        if !isUnknown { observe(result, ofCall: number, about: account, at: now) }
        guard earlyEnd.isNone else { return }
        if health.isSuspect { follow(inquiry.answered(isUnknown: isUnknown), at: now) }
        releaseWithheld(at: now)
    }

    private mutating func follow(_ finding: WitnessInquiry.Finding, at now: Timestamp) {
        switch finding {
        case .open: break
        case .accused: stop(.keyRefused(MonoHealth.seesNothing), at: now)
        case .futile: stop(.unreachable("no account was answered in a way that speaks for the key"), at: now)
        }
    }

    /// Forbids calls until a time; the time of a hold counts against no window.
    private mutating func extendHold(until: Timestamp, at now: Timestamp) {
        guard let longer = hold.extend(to: until, at: now) else { return }
        slots.forfeit(before: until)
        for account in table.accounts {
            change(account, at: now) { $0.held(for: longer) }
        }
    }

    /// Files the cases whose settlements no longer wait for news of the key.
    mutating func releaseWithheld(at now: Timestamp) {
        for account in health.release() { file(account, at: now) }
    }
}
