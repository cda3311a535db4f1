extension Case {
    /// The account's details, or why there are none.
    ///
    /// `chance` in 0..<1 places a repeat.
    package mutating func answered(
        details answer: Result<Details, ReadFailure>, chance: Double, at now: Timestamp
    ) {
        let startedFinal = takeAnswer()
        switch answer {
        case .failure(.notFound):
            note("details", "404", at: now)
            guard !isConcluded else { return }
            settle(.accountNotFound, "Mono does not know the account", at: now)
        case .failure(let failure):
            readFailed("details", failure, chance: chance, at: now)
        case .success(let details):
            read = ReadAttempts()
            learn(details)
            note("details", details.status.word, at: now)
            concludeDetails(details.status, isFinal: startedFinal, at: now)
        }
    }

    /// The job's status, or why there is none.
    package mutating func answered(
        job answer: Result<JobStatus, ReadFailure>, chance: Double, at now: Timestamp
    ) {
        let isFinal = takeAnswer()
        switch answer {
        case .failure(.notFound):
            note("job", "404", at: now)
            jobIsUnknown(at: now)
        case .failure(let failure):
            readFailed("job", failure, chance: chance, at: now)
        case .success(let status):
            read = ReadAttempts()
            note("job", status.word, at: now)
            if case .glancing = phase { return concludeGlance(status, at: now) }
            guard case .syncing(.running) = phase else { return }
            conclude(job: status, isFinal: isFinal, at: now)
        }
    }

    /// What Mono made of the trigger.
    package mutating func answered(trigger answer: SyncAnswer, at now: Timestamp) {
        inFlight = nil
        // It left before its answer came.
        sentAt = sentAt.map { min($0, now) }
        note("trigger", answer.word, at: now)
        // An event or the run's end may have concluded the case while the call was under way.
        guard phase == .armed else {
            // Nothing happened at Mono, so the intent goes.
            guard case .refused(let refusal) = answer, refusal != .notFound else { return }
            return amend { settlement in
                settlement.withdrawsIntent = true
                settlement.nextAttemptAt = nil
                // The event that settled it was not that of a sync of ours.
                if settlement.outcome == .recovered {
                    settlement.outcome = .alreadyAvailable
                    settlement.detail = "its event came"
                }
            }
        }
        if let job = answer.job, job == jobBefore {
            return tooSoon(answer, job: job, at: now)
        }
        accept(answer, at: now)
        if phase != .withdrawing { judgeHeldEvents(at: now) }
    }

    // MARK: Trigger

    private mutating func accept(_ answer: SyncAnswer, at now: Timestamp) {
        jobID = answer.job
        switch answer {
        case .started(let job):
            progress = .started
            phase = .syncing(.running(job: job))
            scheduleLook(at: now)
        case .succeeded:
            concludeSuccess(status: nil, at: now)
        case .failed:
            concludeFailure(isExplained: false, status: nil, at: now)
        case .reauthorise:
            progress = .reauthorise
            settle(.reauthorisationRequired, "Mono said so when the sync was requested", at: now)
        case .bankError:
            settle(.bankUnavailable, "Mono answered SYNC_ERROR: the bank's side failed", at: now)
        case .incomplete:
            settle(
                .incompleteStatement, "the bank returned fewer transactions than are on record", at: now,
                clearsFlag: true)
        case .withoutJob:
            progress = .withoutJob
            phase = .syncing(.withoutJob)
            scheduleLook(at: now)
        case .inDoubt:
            progress = .inDoubt
            phase = .syncing(.inDoubt)
            scheduleLook(at: now)
        case .refused(let refusal):
            refused(refusal, at: now)
        }
    }

    /// The answer names the account's previous job: no new sync was started.
    private mutating func tooSoon(_ answer: SyncAnswer, job: String, at now: Timestamp) {
        guard let before = beforeIntent, let requested = before.lastSyncRequestedAt, isOlder(before, than: requested)
        else {
            return settleDeferred("Mono named an earlier sync, which proves nothing for this debt", at: now)
        }
        accept(answer, at: now)
        if phase != .withdrawing { judgeHeldEvents(at: now) }
    }

    /// Not taken: nothing happened at Mono.
    private mutating func refused(_ refusal: Refusal, at now: Timestamp) {
        switch refusal {
        case .notFound:
            progress = .notFound
            if isStarved { return settleDeferred("the budget of API calls was used up", at: now) }
            phase = .confirming
            notBefore = now
        case .tooManyRequests:
            tryAgainOnce(at: now) { tried in
                tried.settleDeferred("Mono had too many requests", at: now, withdrawsIntent: true)
            }
        case .noConnection(let why):
            tryAgainOnce(at: now) { tried in
                tried.settle(.errored, "no connection to Mono: \(why)", at: now, withdrawsIntent: true)
            }
        case .badRequest:
            settle(.errored, "Mono refused the sync: HTTP 400", at: now, withdrawsIntent: true)
        case .denied(let status):
            settle(.errored, "Mono refused the sync: HTTP \(status)", at: now, withdrawsIntent: true)
        case .keyRefused:
            settleDeferred("Mono refuses the key", at: now, withdrawsIntent: true)
        }
    }

    /// The intent is withdrawn, and one new intent may follow inside the window.
    private mutating func tryAgainOnce(at now: Timestamp, otherwise giveUp: (inout Self) -> Void) {
        let next = now.advanced(by: rules.schedule.first)
        guard intentsLeft > 0, let end = windowEnd, next < end, !isStarved else { return giveUp(&self) }
        notBefore = next
        phase = .withdrawing
    }

    // MARK: Reads

    /// Clears the call under way; says whether that look began at or after the window's end.
    private mutating func takeAnswer() -> Bool {
        inFlight = nil
        guard let end = windowEnd, let began = read.lastAt else { return false }
        return began >= end
    }

    private mutating func learn(_ details: Details) {
        if statusBefore == nil, isBeforeTrigger { statusBefore = details.status.word }
        statusAfter = details.status.word
        learned = details
    }

    private mutating func concludeDetails(_ status: DataStatus, isFinal: Bool, at now: Timestamp) {
        switch phase {
        case .inspecting: concludeInspection(status, at: now)
        case .confirming:
            settle(
                .errored, "Mono knows the account but answered the sync with 404", at: now, withdrawsIntent: true)
        case .syncing(.succeeded): concludeSuccess(status: status, isFinal: isFinal, at: now)
        case .syncing(.failed): concludeFailure(isExplained: true, status: status, at: now)
        case .syncing(.inDoubt), .syncing(.withoutJob): concludeDoubt(status, isFinal: isFinal, at: now)
        // The case moved on while the answer travelled.
        case .syncing(.running), .glancing, .ready, .armed, .withdrawing, .askingForLink, .done: break
        }
    }

    private mutating func concludeInspection(_ status: DataStatus, at now: Timestamp) {
        if status == .available {
            let detail = reason == .requested ? "nothing is wrong" : "Mono had the data; its event was lost"
            settle(.alreadyAvailable, detail, at: now)
        } else if let until = limitEnd(account), until > now {
            deferInsideLimit(at: now, until: until)
        } else {
            phase = .ready
            notBefore = now
        }
    }

    private mutating func concludeGlance(_ status: JobStatus, at now: Timestamp) {
        guard let account, let until = limitEnd(account) else { return }
        switch status {
        case .finished:
            hadData = account.dataAvailable
            windowEnd = now
            wasFlagged = account.flaggedSince != nil
            concludeSuccess(status: nil, at: now)
        case .reauthorisationRequired:
            settle(.reauthorisationRequired, "the sync before said so", at: now, nextAttemptAt: until)
        case .processing, .failed, .unknown:
            deferInsideLimit(at: now, until: until)
        }
    }

    /// A job that Mono does not know is no proof of anything: on as in doubt.
    private mutating func jobIsUnknown(at now: Timestamp) {
        read = ReadAttempts()
        if case .glancing = phase, let until = limitEnd(account) { return deferInsideLimit(at: now, until: until) }
        guard case .syncing(.running) = phase else { return }
        // Its name stays known: an event of another job is still not ours.
        progress = .inDoubt
        phase = .syncing(.inDoubt)
        notBefore = now
    }

    /// 429, 5xx and transport errors are repeated; what cannot get better is `errored` at once.
    private mutating func readFailed(
        _ name: String, _ failure: ReadFailure, chance: Double, at now: Timestamp
    ) {
        note(name, failure.word, at: now)
        guard !isConcluded else { return }
        guard failure.isTransient else {
            if failure == .keyRefused { return settleDeferred("Mono refuses the key", at: now) }
            return settle(.errored, "Mono's answer: \(failure.word)", at: now)
        }
        read.failures += 1
        read.wereAllTooMany = read.wereAllTooMany && failure.isTooMany
        let repeatAt = now.advanced(by: ReadRepeats.delay(beforeRepeat: read.failures, chance: chance))
        let deadline = repeatDeadline(now)
        guard read.failures <= ReadRepeats.limit, repeatAt <= deadline, !isStarved else {
            return giveUpReading(failure, at: now)
        }
        notBefore = repeatAt
    }

    /// Repeats stay inside the window: an inspection's counts from its first try; a look at the window's end has a
    /// little longer, so that one hiccup does not hide the truth.
    private func repeatDeadline(_ now: Timestamp) -> Timestamp {
        let first = read.firstAt ?? now
        guard let windowEnd, isSyncing else { return first.advanced(by: rules.window) }
        return max(windowEnd, first.advanced(by: ReadRepeats.grace))
    }

    private mutating func giveUpReading(_ failure: ReadFailure, at now: Timestamp) {
        let tries = read.failures == 1 ? "1 try" : "\(read.failures) tries"
        if read.wereAllTooMany {
            settleDeferred("Mono had too many requests (\(tries))", at: now)
        } else {
            settle(.errored, "Mono gave no usable answer in \(tries), at last: \(failure.word)", at: now)
        }
    }
}

extension SyncAnswer {
    /// The job that the answer names.
    var job: String? {
        switch self {
        case .started(let job), .failed(let job): job
        case .succeeded(let job): job
        case .reauthorise, .bankError, .incomplete, .withoutJob, .refused, .inDoubt: nil
        }
    }

    /// A word for the case's story.
    package var word: String {
        switch self {
        case .started: "started"
        case .succeeded: "succeeded"
        case .reauthorise: "re-authorisation required"
        case .bankError: "SYNC_ERROR"
        case .incomplete: "INCOMPLETE_STATEMENT_ERROR"
        case .failed: "failed"
        case .withoutJob: "taken, without a job id"
        case .inDoubt(let doubt): "in doubt: \(doubt.why)"
        case .refused(let refusal): refusal.word
        }
    }
}

extension Refusal {
    var word: String {
        switch self {
        case .noConnection(let why): "no connection: \(why)"
        case .badRequest: "HTTP 400"
        case .keyRefused: "HTTP 401"
        case .denied(let status): "HTTP \(status)"
        case .notFound: "HTTP 404"
        case .tooManyRequests: "HTTP 429"
        }
    }
}

extension JobStatus {
    var word: String {
        switch self {
        case .processing: "processing"
        case .finished: "finished"
        case .failed: "failed"
        case .reauthorisationRequired: "re-authorisation required"
        case .unknown(let word): word
        }
    }
}

extension ReadFailure {
    var isTooMany: Bool {
        if case .tooManyRequests = self { true } else { false }
    }

    /// Whether another try may bring an answer.
    var isTransient: Bool {
        switch self {
        case .tooManyRequests, .server, .transport, .unreadable: true
        case .keyRefused, .denied, .notFound, .rejected, .wrongAccount: false
        }
    }

    /// Whether any HTTP answer came.
    package var isAnswer: Bool {
        if case .transport = self { false } else { true }
    }

    var word: String {
        switch self {
        case .tooManyRequests: "HTTP 429"
        case .server(let status), .denied(let status), .rejected(let status): "HTTP \(status)"
        case .transport(let why): why
        case .unreadable(let why): "unreadable: \(why)"
        case .keyRefused: "HTTP 401"
        case .notFound: "HTTP 404"
        case .wrongAccount: "an answer about another account"
        }
    }
}
