/// Mono's answers.
extension Case {
    /// The account's details, or why there are none.
    ///
    /// `chance` in 0..<1 places a repeat.
    package mutating func answered(
        details answer: Result<Details, ReadFailure>, chance: Double, at now: Timestamp
    ) {
        let isLastLook = takeAnswer()
        switch answer {
        case .failure(.notFound):
            note(.details, "404", at: now)
            guard !isConcluded else { return }
            learn(.account(.unknownToMono), at: now)
        case .failure(let failure):
            readFailed(.details, failure, chance: chance, at: now)
        case .success(let details):
            let lookedAt = calls.read.lastAt ?? now
            calls.read = CaseCalls.ReadAttempts()
            remember(details)
            note(.details, details.status.word, at: now)
            if case .syncing(.running) = phase {
                return concludeInsteadOfJob(details.status, isLastLook: isLastLook, lookedAt: lookedAt, at: now)
            }
            if rules.api == .dataSync, phase == .syncing(.succeeded) {
                looked(isAtWork: details.status == .processing, isLastLook: isLastLook, at: lookedAt)
            }
            conclude(details.status, isLastLook: isLastLook, at: now)
        }
    }

    /// The job's status, or why there is none.
    package mutating func answered(
        job answer: Result<JobStatus, ReadFailure>, chance: Double, at now: Timestamp
    ) {
        let isLastLook = takeAnswer()
        switch answer {
        case .failure(.notFound):
            note(.job, "404", at: now)
            jobIsUnknown(at: now)
        case .failure(let failure):
            readFailed(.job, failure, chance: chance, at: now)
        case .success(let status):
            let lookedAt = calls.read.lastAt ?? now
            calls.read = CaseCalls.ReadAttempts()
            note(.job, status.word, at: now)
            if case .checkingPreviousSync = phase { return conclude(previousSync: status, at: now) }
            guard case .syncing(.running) = phase else { return }
            looked(isAtWork: status.isAtWork, isLastLook: isLastLook, at: lookedAt)
            conclude(job: status, isLastLook: isLastLook, at: now)
        }
    }

    /// What Mono made of the trigger.
    package mutating func answered(trigger answer: SyncAnswer, at now: Timestamp) {
        calls.underWay = nil
        // The trigger left before its answer came.
        intent.sentAt = intent.sentAt.map { min($0, now) }
        history.note(.trigger, answer.saying, at: now)
        // An event or the run's end may have concluded the case while the call was under way.
        guard phase == .armed else { return triggerOfConcludedCase(answer) }
        guard let job = answer.job, job == intent.jobBefore, !previousSyncCounts else {
            accept(answer, at: now)
            if phase != .withdrawing { judgeHeldEvents(at: now) }
            return
        }
        learn(.trigger(.namedEarlierSync), at: now)
    }

    // MARK: Trigger

    private mutating func triggerOfConcludedCase(_ answer: SyncAnswer) {
        // A trigger that was not taken did nothing at Mono, so its intent goes.
        guard case .refused(let refusal) = answer, refusal != .notFound else { return }
        amend { settlement in
            settlement.withdrawsIntent = true
            settlement.nextAttemptAt = nil
            // The event that settled the case was not that of a sync of ours.
            if settlement.outcome == .recovered {
                settlement.outcome = .alreadyAvailable
                settlement.cause = .eventCame
                settlement.detail = "its event came"
            }
        }
    }

    /// Whether the account's previous job counts for the debt, although an answer names it: then no new sync was
    /// started, and the previous one is as good as ours.
    private var previousSyncCounts: Bool {
        guard let before = intent.accountBefore, let requested = before.lastSyncRequestedAt else { return false }
        return isOlder(before, than: requested)
    }

    private mutating func accept(_ answer: SyncAnswer, at now: Timestamp) {
        intent.job = answer.job
        learnFromTrigger(answer, at: now)
        switch answer {
        case .started(let job): watch(.running(job: job), as: .started, at: now)
        case .succeeded: syncSucceeded(nil, at: now)
        case .failed: syncFailed(nil, isExplained: false, at: now)
        case .reauthorise:
            intent.progress = .reauthorise
            learn(.reauthorisationRequired(.trigger), at: now)
        case .bankError: learn(.trigger(.syncError), at: now)
        case .incomplete: learn(.trigger(.incomplete), at: now)
        case .withoutJob: watch(.withoutJob, as: .withoutJob, at: now)
        case .inDoubt: watch(.inDoubt, as: .inDoubt, at: now)
        case .refused(let refusal): refused(refusal, at: now)
        }
    }

    private mutating func refused(_ refusal: Refusal, at now: Timestamp) {
        switch refusal {
        case .notFound:
            intent.progress = .notFound
            if isStarved {
                return learn(.putOff(.budget, "the budget of API calls was used up", withdrawsIntent: false), at: now)
            }
            phase = .confirming
            calls.notBefore = now
        case .tooManyRequests, .noConnection:
            guard let next = nextIntent(at: now) else { return learn(.trigger(.refused(refusal)), at: now) }
            calls.notBefore = next
            phase = .withdrawing
        case .badRequest, .denied, .keyRefused: learn(.trigger(.refused(refusal)), at: now)
        }
    }

    /// When one new intent may follow inside the window; nil if none may.
    private func nextIntent(at now: Timestamp) -> Timestamp? {
        let next = now.advanced(by: rules.schedule.first)
        guard intent.remaining > 0, let end = intent.windowEnd, next < end, !isStarved else { return nil }
        return next
    }

    // MARK: Reads

    /// Clears the call under way; says whether that look began at or after the window's end.
    private mutating func takeAnswer() -> Bool {
        calls.underWay = nil
        guard let end = intent.windowEnd, let began = calls.read.lastAt else { return false }
        return began >= end
    }

    private mutating func remember(_ details: Details) {
        if history.statusBefore == nil, isBeforeTrigger { history.statusBefore = details.status.word }
        history.statusAfter = details.status.word
        history.learned = details
    }

    private mutating func conclude(_ status: DataStatus, isLastLook: Bool, at now: Timestamp) {
        switch phase {
        case .inspecting:
            let end = limitEnd(account).flatMap { $0 > now ? $0 : nil }
            looks.foundProcessing = status == .processing
            looks.sample = LookSample(
                LookSample.Inspection(foundData: status == .available, isFirstNight: !wasTried), ofBank: bank)
            learn(.inspected(status, limitEnd: end), at: now)
        case .confirming: learn(.trigger(.refused(.notFound)), at: now)
        case .syncing(.succeeded): syncSucceeded(status, isLastLook: isLastLook, at: now)
        case .syncing(.failed): syncFailed(status, isExplained: true, at: now)
        case .syncing(.inDoubt), .syncing(.withoutJob):
            learn(.sync(.inDoubt(status, isLastLook: isLastLook, namesNoJob: namesNoJob)), at: now)
        // The case moved on while the answer travelled.
        case .syncing(.running), .checkingPreviousSync, .ready, .armed, .withdrawing, .askingForLink, .done: break
        }
    }

    /// Inside Mono's limit: the previous sync may have done what is owed.
    private mutating func conclude(previousSync status: JobStatus, at now: Timestamp) {
        guard let account, let until = limitEnd(account) else { return }
        switch status {
        case .finished:
            intent.hadData = account.dataAvailable
            intent.windowEnd = now
            intent.wasFlagged = account.flaggedSince != nil
            syncSucceeded(nil, at: now)
        case .reauthorisationRequired: learn(.reauthorisationRequired(.earlierJob(limitEnd: until)), at: now)
        case .processing, .failed, .unknown: learn(.trigger(.tooSoon(until: until)), at: now)
        }
    }

    /// A job that Mono does not know is no proof of anything: the case goes on as in doubt.
    private mutating func jobIsUnknown(at now: Timestamp) {
        calls.read = CaseCalls.ReadAttempts()
        if case .checkingPreviousSync = phase, let until = limitEnd(account) {
            return learn(.trigger(.tooSoon(until: until)), at: now)
        }
        guard case .syncing(.running) = phase else { return }
        // The job's name stays known: an event of another job is still not ours.
        intent.progress = .inDoubt
        phase = .syncing(.inDoubt)
        calls.notBefore = now
    }

    /// 429, 5xx and transport errors are repeated; what cannot get better is settled at once.
    private mutating func readFailed(
        _ name: StepName, _ failure: ReadFailure, chance: Double, at now: Timestamp
    ) {
        note(name, failure.word, at: now)
        guard !isConcluded else { return }
        guard failure.isTransient else { return learn(.read(.rejected(failure)), at: now) }
        calls.read.failures += 1
        calls.read.wereAllTooMany = calls.read.wereAllTooMany && failure.isTooMany
        let tries = calls.read.failures
        let repeatAt = now.advanced(by: ReadRepeats.delay(beforeRepeat: tries, chance: chance))
        guard tries <= ReadRepeats.limit, repeatAt <= repeatDeadline(now), !isStarved else {
            let givenUp = Observation.Read.givenUp(failure, tries: tries, wereAllTooMany: calls.read.wereAllTooMany)
            return learn(.read(givenUp), at: now)
        }
        calls.notBefore = repeatAt
    }

    /// Repeats stay inside the window: an inspection's window counts from its first try; a look at the window's end has
    /// a little longer, so that one hiccup does not hide the truth.
    private func repeatDeadline(_ now: Timestamp) -> Timestamp {
        let first = calls.read.firstAt ?? now
        guard let windowEnd = intent.windowEnd, isSyncing else { return first.advanced(by: rules.window) }
        return max(windowEnd, first.advanced(by: ReadRepeats.grace))
    }
}
