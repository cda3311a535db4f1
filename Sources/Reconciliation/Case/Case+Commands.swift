extension Case {
    /// Whether the outcome is known.
    var isConcluded: Bool {
        switch phase {
        case .askingForLink, .done: true
        case .inspecting, .glancing, .ready, .armed, .withdrawing, .syncing, .confirming: false
        }
    }

    /// Whether the case still has to be triggered.
    package var isBeforeTrigger: Bool {
        switch phase {
        case .inspecting, .glancing, .ready, .withdrawing: true
        case .armed, .syncing, .confirming, .askingForLink, .done: false
        }
    }

    /// Whether a sync of ours may be at work and its fate is not concluded.
    package var isSyncing: Bool {
        switch phase {
        case .armed, .syncing, .confirming: true
        case .inspecting, .glancing, .ready, .withdrawing, .askingForLink, .done: false
        }
    }

    /// A call leaves.
    package mutating func started(_ call: Call, at now: Timestamp) {
        inFlight = call
        apiCalls += 1
        guard call != .trigger else {
            // The process may be suspended between this and the request.
            sentAt = (intendedAt ?? now).advanced(by: WorkerLimits.mayLeaveWithin)
            return
        }
        if read.call != call { read = ReadAttempts(call: call) }
        if read.firstAt == nil { read.firstAt = now }
        read.lastAt = now
        if isSyncing { polls += 1 }
    }

    /// The intent is committed; `account` is the row as the commit left it.
    package mutating func intended(at time: Timestamp, account: AccountState) {
        beforeIntent = self.account
        // An event may have taught a job since the account was read.
        jobBefore = account.lastSyncJobID
        wasFlagged = account.flaggedSince != nil
        hadData = account.dataAvailable
        self.account = account
        intendedAt = time
        sentAt = nil
        guard !isConcluded else {
            return amend { settlement in
                settlement.withdrawsIntent = true
                settlement.nextAttemptAt = nil
            }
        }
        windowEnd = time.advanced(by: rules.window)
        intentsLeft -= 1
        phase = .armed
        note("intent", "committed", at: time)
    }

    /// The trigger did not leave in time: its intent is to be taken back before anything happened.
    package mutating func expire(at now: Timestamp) {
        guard phase == .armed, sentAt == nil else { return }
        intentsLeft += 1
        note("intent", "taken back: no call left in time", at: now)
        phase = .withdrawing
    }

    /// The intent is taken back; `account` is the row as the commit left it.
    package mutating func withdrawn(account: AccountState?, at now: Timestamp) {
        guard phase == .withdrawing else { return }
        self.account = account
        intendedAt = nil
        hadData = nil
        sentAt = nil
        jobID = nil
        windowEnd = nil
        phase = .ready
        // Events that came while the refused trigger was under way speak of the account all the same.
        let events = unjudged
        unjudged = []
        _ = concludeWithoutCall(News(account: account, events: events), at: now)
    }

    /// When `last_sync_requested_at` was set before the intent, for its withdrawal.
    package var requestedBeforeIntent: Timestamp? { beforeIntent?.lastSyncRequestedAt }

    /// What it waited for did not come.
    package mutating func elapsed(at now: Timestamp) {
        guard case .syncing(let sync) = phase, inFlight == nil else { return }
        switch sync {
        case .failed(_?):
            phase = .syncing(.failed(explanationUntil: nil))
            notBefore = now
        case .inDoubt, .withoutJob, .running, .succeeded, .failed(nil):
            guard let end = windowEnd, now >= end else { return }
            concludeUnknown(at: now)
        }
    }

    /// `Retry-After` holds all calls for a while: that time does not count against the window.
    package mutating func held(for duration: Duration) {
        windowEnd = windowEnd?.advanced(by: duration)
        read.firstAt = read.firstAt?.advanced(by: duration)
    }

    /// No further call may be made for this case: its sync, if any, can still be proven by an event.
    package mutating func starve(_ why: String, at now: Timestamp) {
        guard !isStarved else { return }
        isStarved = true
        switch phase {
        case .askingForLink: finishWithoutLink(at: now)
        case .done, .syncing(.failed(_?)), .syncing(.running), .syncing(.inDoubt), .syncing(.withoutJob): break
        case .armed where sentAt != nil: break
        case .inspecting, .glancing, .ready, .armed, .withdrawing: settleDeferred(why, at: now)
        case .syncing(.succeeded), .syncing(.failed(nil)), .confirming: settleDeferred(why, at: now)
        }
    }

    /// The run ends here: what is known is settled, the rest is deferred.
    package mutating func abandon(_ why: String, at now: Timestamp) {
        isStarved = true
        guard !isConcluded else { return finishWithoutLink(at: now) }
        settleDeferred(why, at: now)
    }

    /// A settlement that rests on an answer which proved doubtful is deferred instead.
    package mutating func overrule(_ why: String, at now: Timestamp) {
        guard case .done(let settlement) = phase else { return }
        settleDeferred(why, at: now, withdrawsIntent: settlement.withdrawsIntent)
    }
}
