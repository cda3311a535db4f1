import DequeModule
import HeapModule

extension CaseScheduler {
    /// New cases from the run; `more` says whether open ones are left.
    package mutating func claimed(_ claims: [Claim], more: Bool, at now: Timestamp) {
        isClaiming = false
        if claimedFresh { claimedNothing = claims.isEmpty }
        lastClaim = now
        // A case that was lost meanwhile may be free by now, and the claim may not have seen that.
        mayClaimMore = more || lostMeanwhile
        lostMeanwhile = false
        let changed = changedMeanwhile
        changedMeanwhile = []
        // What was claimed meanwhile goes back as it came.
        if isHandingBack { return }
        for claim in claims {
            // It was lost to a worker that is dead by now: what is under way for it here is not this case's.
            remove(claim.accountID)
            var one = Case(claim, rules: rules, now: now)
            if let stop { one.abandon(stop.detail, at: now) }
            add(one, at: now)
            if changed?.contains(claim.accountID) ?? true { newsWanted.insert(claim.accountID) }
        }
    }

    /// Call slots: the first one's time, the time between two, how many, and how many calls the budget paid for.
    package mutating func granted(_ grant: SlotGrant, at now: Timestamp) {
        isReserving = false
        if let lastReserve { reserveTrip = now.since(lastReserve) }
        for index in 0..<grant.count {
            slots.append(grant.first.advanced(by: grant.spacing * index))
        }
        if let heldUntil = grant.heldUntil { extendHold(until: heldUntil, at: now) }
        // Reserved before the hold was known to the database.
        if let heldUntil { slots.removeAll { $0 < heldUntil } }
        if let unspent {
            self.unspent = unspent + grant.paid
            budgetLeft = grant.budgetLeft ?? budgetLeft
        }
    }

    /// The intents that were committed, and the news of those that were refused.
    package mutating func intended(
        _ committed: [AccountID: CommittedIntent], refused: [AccountID: News], at now: Timestamp
    ) {
        isIntending = false
        let asked = intending
        intending = []
        lose(asked.filter { committed[$0] == nil && refused[$0] == nil }.sorted())
        let reason = isHandingBack ? nil : stop
        for (id, intent) in committed.sorted(by: { $0.key < $1.key }) where asked.contains(id) {
            change(id, at: now) { one in
                one.intended(at: intent.at, account: intent.account)
                if let reason { one.abandon(reason.detail, at: now) }
            }
        }
        for (id, news) in refused.sorted(by: { $0.key < $1.key }) where asked.contains(id) {
            change(id, at: now) { $0.heard(news, at: now) }
        }
        if isHandingBack { handBackRest(at: now) }
    }

    /// A call ended; `number` counts the ``Action/call(_:_:)``s of this scheduler from 0.
    package mutating func answered(_ id: AccountID, _ result: CallResult, number: Int, at now: Timestamp) {
        callsInFlight -= 1
        observe(id, result, number: number, at: now)
        let chance = Double.random(in: 0..<1, using: &dice)
        if callNumbers[id] == number {
            callNumbers[id] = nil
            change(id, at: now) { one in
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

    /// What a write did: the cases settled, those whose account had changed, and the withdrawn ones.
    package mutating func wrote(_ result: WriteResult, at now: Timestamp) {
        isWriting = false
        // A case that was lost and claimed again meanwhile is not the one that was written.
        let written = writing
        writing = []
        let reason = isHandingBack ? nil : stop
        for id in result.settled where written.contains(id) {
            guard let one = remove(id) else { continue }
            if case .settlement(let settlement) = one.want { settled[settlement.outcome, default: 0] += 1 }
        }
        for (id, account) in result.withdrawn.sorted(by: { $0.key < $1.key }) where written.contains(id) {
            change(id, at: now) { one in
                one.withdrawn(account: account, at: now)
                if let reason { one.abandon(reason.detail, at: now) }
            }
        }
        for (id, news) in result.refused.sorted(by: { $0.key < $1.key }) where written.contains(id) {
            change(id, at: now) { $0.heard(news, at: now) }
        }
        lose(result.lost.filter(written.contains))
        if isHandingBack { handBackRest(at: now) }
    }

    /// Another worker owns them now: they are no longer ours to speak of.
    ///
    /// That worker may die before us, so its cases are asked for again although a claim has said that none are left.
    private mutating func lose(_ ids: [AccountID]) {
        for id in ids { remove(id) }
        guard !ids.isEmpty else { return }
        mayClaimMore = true
        lostMeanwhile = isClaiming
    }

    /// These accounts changed in our own database; nil: any may have.
    package mutating func changed(_ ids: [AccountID]?) {
        newsWanted.formUnion((ids ?? Array(cases.keys)).filter { cases[$0] != nil })
        guard isClaiming else { return }
        // A case that comes with the claim may have been read before the change.
        guard let ids else { return changedMeanwhile = nil }
        changedMeanwhile?.formUnion(ids)
        if let known = changedMeanwhile, known.count > WorkerLimits.changesKept { changedMeanwhile = nil }
    }

    /// The news that was asked for.
    package mutating func heard(_ news: [AccountID: News], at now: Timestamp) {
        isReading = false
        // What is read while its intent commits may show that very intent: it is read again afterwards.
        newsWanted.formUnion(news.keys.filter { intending.contains($0) })
        for (id, item) in news.sorted(by: { $0.key < $1.key }) where !intending.contains(id) {
            change(id, at: now) { $0.heard(item, at: now) }
        }
    }

    /// Ends the run early: nothing is asked any more, and what is not known is deferred.
    package mutating func stop(_ reason: StopReason, at now: Timestamp) {
        guard stop == nil else { return }
        stop = reason
        cancelsCalls = callsInFlight > 0
        slots.removeAll()
        if case .keyRefused = reason {
            for id in keyHealth.doubtful.sorted() {
                change(id, at: now) { $0.overrule(reason.detail, at: now) }
            }
        }
        keyHealth.rest()
        for id in cases.keys.sorted() {
            change(id, at: now) { $0.abandon(reason.detail, at: now) }
        }
    }

    /// `Retry-After` holds all workers until then: another one heard it.
    ///
    /// Reserved slots may lie seconds ahead when several workers share the rate, so a scheduler must hear of a hold without
    /// reserving.
    package mutating func held(until: Timestamp, at now: Timestamp) {
        extendHold(until: until, at: now)
    }

    /// Ends this worker's part of a run that others go on with: what is not concluded is left as it is.
    ///
    /// Outcomes and answers at hand are still written, and intents whose trigger has not left are taken back, so that
    /// whoever takes the cases up may trigger them at once.
    package mutating func handBack(_ reason: StopReason, at now: Timestamp) {
        guard stop == nil else { return }
        stop = reason
        isHandingBack = true
        cancelsCalls = callsInFlight > 0
        slots.removeAll()
        keyHealth.rest()
        releaseWithheld(at: now)
        handBackRest(at: now)
    }

    private mutating func handBackRest(at now: Timestamp) {
        // What is being written is counted when it is.
        guard !isWriting else { return }
        for id in cases.keys.sorted() where !intending.contains(id) {
            if case .trigger? = cases[id]?.want { change(id, at: now) { $0.expire(at: now) } }
            if outbox[id] == nil { remove(id) }
        }
    }

    // MARK: What answers say of Mono

    private mutating func observe(_ id: AccountID, _ result: CallResult, number: Int, at now: Timestamp) {
        guard stop == nil else { return }
        if let why = reachability.saw(answer: result.isAnswer, ofCall: number, at: now) {
            return stop(.unreachable(why), at: now)
        }
        switch result.sign {
        case .keyRefused: return stop(.keyRefused("Mono answered 401"), at: now)
        case .sign(let sign):
            if let why = keyHealth.saw(sign, of: id) {
                stop(.keyRefused(why), at: now)
                change(id, at: now) { $0.overrule(StopReason.keyRefused(why).detail, at: now) }
                return
            }
        case .none: break
        }
        guard let wait = result.retryAfter, wait > .zero else { return }
        if wait > rules.window { return stop(.tryLater(wait), at: now) }
        // Whole seconds: a hundred answers in a row are one hold.
        let until = now.advanced(by: wait).roundedUpToSecond
        if heldUntil.map({ until > $0 }) ?? true { pendingHold = until }
        extendHold(until: until, at: now)
    }

    /// The time of a hold counts against no window.
    private mutating func extendHold(until: Timestamp, at now: Timestamp) {
        let from = max(heldUntil ?? now, now)
        guard until > from else { return }
        heldUntil = until
        slots.removeAll { $0 < until }
        for id in cases.keys.sorted() {
            change(id, at: now) { $0.held(for: until.since(from)) }
        }
    }

    mutating func releaseWithheld(at now: Timestamp) {
        for id in withheld.sorted() where !keyHealth.withholds(id) {
            withheld.remove(id)
            file(id, at: now)
        }
    }
}
