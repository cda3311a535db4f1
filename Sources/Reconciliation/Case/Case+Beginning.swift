/// From the claim to the first decision.
extension Case {
    /// Begins a case without an intent.
    mutating func begin(_ claim: Claim, skipsInspection: Bool, at now: Timestamp) {
        events.skip(claim.news.events)
        if concludeWithoutCall(claim.news, at: now) { return }
        guard let account = claim.news.account else { return }
        if let found = claim.found { return learn(.account(.foundEarlier(found)), at: now) }
        if let until = limitEnd(account), until > now {
            return beginInsideLimit(account, until: until)
        }
        let inspects = account.needsInspection(for: reason) && (reason == .requested || !skipsInspection)
        phase = inspects ? .inspecting : .ready
    }

    /// An event may have landed between selection and now: then no call is needed.
    mutating func concludeWithoutCall(_ news: News, at now: Timestamp) -> Bool {
        guard let account = news.account else {
            learn(.account(.deleted), at: now)
            return true
        }
        if account.hasImpossibleTime {
            learn(.account(.unreadable), at: now)
        } else if account.unlinkedAt != nil {
            learn(.account(.unlinked), at: now)
        } else if reason != .requested, account.isHealthy {
            learn(.account(.healthyAfterAll), at: now)
        } else if account.flaggedSince != nil {
            guard reason != .reauthorisationRequired else { return false }
            learn(.reauthorisationRequired(.eventSinceStart), at: now)
        } else if owesAnew(account, events: news.events, at: now) {
            let isKnown = news.events.contains { $0.kind == .reauthorised }
            learn(.account(isKnown ? .reauthorised : .owesAnew), at: now)
        } else {
            return false
        }
        return true
    }

    /// Whether the debt is younger than the selection and Mono still has time to fetch.
    ///
    /// A re-authorisation moves the debt's date forward; so does a new link, or whatever follows a good event.
    private func owesAnew(_ account: AccountState, events: [EventNote], at now: Timestamp) -> Bool {
        guard let since = account.awaitingSince, now.since(since) < rules.stuckAfter else { return false }
        if events.contains(where: { $0.kind == .reauthorised }) { return true }
        return reason == .missingUpdate && stuckSince.map { since > $0 } == true
    }

    /// Until when Mono's limit forbids another trigger.
    func limitEnd(_ account: AccountState?) -> Timestamp? {
        account?.lastSyncRequestedAt.map { $0.advanced(by: rules.syncLimit) }
    }

    /// Inside Mono's limit there is no trigger, only a look.
    private mutating func beginInsideLimit(_ account: AccountState, until: Timestamp) {
        if account.needsInspection(for: reason) {
            phase = .inspecting
        } else if rules.api == .realtime, let job = account.lastSyncJobID,
            let requested = account.lastSyncRequestedAt, isOlder(account, than: requested)
        {
            phase = .checkingPreviousSync(job: job)
        } else {
            learn(.trigger(.tooSoon(until: until)), at: calls.notBefore)
        }
    }

    /// Whether what is owed is older than a sync's request, so that the sync counts for the debt.
    ///
    /// `request` is the latest instant at which the trigger may have left; it may have left so much earlier.
    func isOlder(_ account: AccountState, than request: Timestamp) -> Bool {
        guard let since = account.flaggedSince ?? account.awaitingSince else { return false }
        return since < request.advanced(by: .zero - WorkerLimits.mayLeaveWithin)
    }

    /// Goes on with the intent of an earlier worker.
    mutating func resume(_ past: Claim.PastIntent, news: News, at now: Timestamp) {
        take(past, flaggedSince: news.account?.flaggedSince)
        // What came before the intent did not keep the intent from being made.
        events.skip(news.events.filter { $0.receivedAt < past.at })
        note(.resume, past.answer?.rawValue ?? "unanswered", at: now)
        switch (past.answer, past.jobID) {
        case (.started, let job?): phase = .syncing(.running(job: job))
        case (.succeeded, _): syncSucceeded(nil, at: now)
        case (.failed, _): syncFailed(nil, isExplained: true, at: now)
        case (.reauthorise, _): learn(.reauthorisationRequired(.earlierWorker), at: now)
        case (.withoutJob, _): phase = .syncing(.withoutJob)
        case (.notFound, _): phase = .confirming
        case (.started, nil), (.inDoubt, _), (nil, _): phase = .syncing(.inDoubt)
        }
        if account?.unlinkedAt != nil { return learn(.account(.unlinked), at: now) }
        guard account != nil else { return learn(.account(.deleted), at: now) }
        heard(news, at: now)
    }

    private mutating func take(_ past: Claim.PastIntent, flaggedSince: Timestamp?) {
        intent.committedAt = past.at
        // An intent of the future was committed by a clock that was moved since.
        let begin = min(past.at, history.startedAt)
        // Without the trigger's answer it is not known when, within the intent's life, the trigger left.
        intent.sentAt = past.answer == nil ? begin.advanced(by: WorkerLimits.mayLeaveWithin) : begin
        intent.hadData = past.hadData
        intent.job = past.jobID
        intent.jobBefore = past.jobBefore
        intent.progress = past.answer
        intent.windowEnd = begin.advanced(by: rules.window)
        intent.wasFlagged = flaggedSince.map { $0 <= past.at } ?? (reason == .reauthorisationRequired)
        intent.remaining = 0
    }
}
