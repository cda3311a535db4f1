/// What the worker does with a case.
extension Case {
    /// A call leaves.
    package mutating func started(_ call: Call, at now: Timestamp) {
        calls.underWay = call
        calls.made += 1
        guard call != .trigger else {
            // The process may be suspended between this and the request.
            intent.sentAt = (intent.committedAt ?? now).advanced(by: WorkerLimits.mayLeaveWithin)
            looks.triggeredAt = now
            return
        }
        if calls.read.call != call { calls.read = CaseCalls.ReadAttempts(call: call) }
        if calls.read.firstAt == nil { calls.read.firstAt = now }
        calls.read.lastAt = now
        if isSyncing {
            calls.looks += 1
            eventDidNotCome()
        }
    }

    /// The intent was committed at a time that the answer tells now; `account` is the row as the commit left it.
    package mutating func intended(at time: Timestamp, account: AccountState, now: Timestamp) {
        intent.accountBefore = self.account
        // An event may have taught a job since the account was read.
        intent.jobBefore = account.lastSyncJobID
        intent.wasFlagged = account.flaggedSince != nil
        intent.hadData = account.dataAvailable
        self.account = account
        rowWait = nil
        intent.committedAt = time
        intent.sentAt = nil
        guard !isConcluded else {
            return amend { settlement in
                settlement.withdrawsIntent = true
                settlement.nextAttemptAt = nil
            }
        }
        // A commit that seems far away was timed by a clock that was moved since.
        let isNear = max(now.since(time), time.since(now)) < WorkerLimits.mayLeaveWithin
        intent.windowEnd = (isNear ? time : now).advanced(by: rules.window)
        intent.remaining -= 1
        phase = .armed
        history.note(.intent, .code(.committed), at: time)
    }

    /// The case goes to its trigger without an inspection, where nothing but the inspection asks for one; says whether
    /// it does.
    package mutating func skipInspection(at now: Timestamp) -> Bool {
        guard phase == .inspecting, reason != .requested, limitEnd(account).map({ $0 <= now }) ?? true else {
            return false
        }
        phase = .ready
        calls.notBefore = now
        return true
    }

    /// The trigger did not leave in time: its intent is to be taken back before anything happened.
    package mutating func expire(at now: Timestamp) {
        guard phase == .armed, intent.sentAt == nil else { return }
        intent.remaining += 1
        note(.intent, "taken back: no call left in time", at: now)
        phase = .withdrawing
    }

    /// The intent is taken back; `account` is the row as the commit left it.
    package mutating func withdrawn(account: AccountState?, at now: Timestamp) {
        guard phase == .withdrawing else { return }
        self.account = account
        rowWait = nil
        intent.takeBack()
        looks.takeBack()
        phase = .ready
        // Events that came while the refused trigger was under way speak of the account all the same.
        _ = concludeWithoutCall(News(account: account, events: events.release()), at: now)
    }

    /// What the case waited for did not come.
    package mutating func elapsed(at now: Timestamp) {
        guard case .syncing(let sync) = phase, calls.underWay == nil else { return }
        switch sync {
        case .failed(_?):
            if let seen = looks.statusBeforeJob { return syncFailed(seen, isExplained: true, at: now) }
            phase = .syncing(.failed(explanationUntil: nil))
            calls.notBefore = now
        case .inDoubt, .withoutJob, .running, .succeeded, .failed(nil):
            guard let end = intent.windowEnd, now >= end else { return }
            learn(.sync(.windowEnded(namesNoJob: namesNoJob)), at: now)
        }
    }

    /// `Retry-After` holds all calls for a while: that time does not count against the window.
    package mutating func held(for duration: Duration) {
        intent.windowEnd = intent.windowEnd?.advanced(by: duration)
        calls.read.firstAt = calls.read.firstAt?.advanced(by: duration)
    }

    /// The database's clock was moved: what is waited for is as far away as before.
    ///
    /// The intent keeps its time, which is its name in the row.
    package mutating func clockMoved(by jump: Duration) {
        intent.sentAt = intent.sentAt?.advanced(by: jump)
        intent.windowEnd = intent.windowEnd?.advanced(by: jump)
        calls.notBefore = calls.notBefore.advanced(by: jump)
        calls.read.firstAt = calls.read.firstAt?.advanced(by: jump)
        calls.read.lastAt = calls.read.lastAt?.advanced(by: jump)
        history.startedAt = history.startedAt.advanced(by: jump)
        looks.triggeredAt = looks.triggeredAt?.advanced(by: jump)
        looks.seenWorkingAt = looks.seenWorkingAt?.advanced(by: jump)
        rowWait?.clockMoved(by: jump)
        if case .syncing(.failed(let until?)) = phase {
            phase = .syncing(.failed(explanationUntil: until.advanced(by: jump)))
        }
    }

    /// No further call may be made for this case: its sync, if any, can still be proved by an event.
    package mutating func starve(cause: Cause, _ detail: String, at now: Timestamp) {
        guard !isStarved else { return }
        isStarved = true
        switch phase {
        case .askingForLink: finishWithoutLink(at: now)
        case .done, .syncing(.failed(_?)), .syncing(.running), .syncing(.inDoubt), .syncing(.withoutJob): break
        case .armed where intent.sentAt != nil: break
        case .inspecting, .checkingPreviousSync, .ready, .armed, .withdrawing, .syncing(.succeeded),
            .syncing(.failed(nil)), .confirming:
            learn(.putOff(cause, detail, withdrawsIntent: false), at: now)
        }
    }

    /// The run ends here: what is known is settled, the rest is deferred.
    package mutating func abandon(cause: Cause, _ detail: String, at now: Timestamp) {
        isStarved = true
        guard !isConcluded else { return finishWithoutLink(at: now) }
        learn(.putOff(cause, detail, withdrawsIntent: false), at: now)
    }

    /// A settlement that rests on an answer which proved doubtful is deferred instead.
    package mutating func overrule(cause: Cause, _ detail: String, at now: Timestamp) {
        guard case .done(let settlement) = phase else { return }
        learn(.putOff(cause, detail, withdrawsIntent: settlement.withdrawsIntent), at: now)
    }
}
