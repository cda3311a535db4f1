/// When and where a case looks at its sync, and what its looks show of the bank.
extension Case {
    /// Looks go by this from now on.
    package mutating func follow(_ advice: LookAdvice) { looks.advice = advice }

    /// What was learned since it was last taken.
    mutating func takeSample() -> LookSample? {
        defer { looks.sample = nil }
        return looks.sample
    }

    // MARK: When

    /// The next look; the last one falls on the window's end.
    mutating func scheduleLook(at now: Timestamp) {
        defer { calls.looksOnSchedule += 1 }
        guard let end = intent.windowEnd, now < end else { return calls.notBefore = now }
        calls.notBefore = min(nextLook(after: now, windowEnd: end), end)
    }

    private func nextLook(after now: Timestamp, windowEnd: Timestamp) -> Timestamp {
        let mostLooks = looks.advice.mostLooks
        if let mostLooks, calls.looksOnSchedule >= mostLooks - 1 { return windowEnd }
        guard let plan = looks.areAtDetails ? looks.advice.detailsPlan : looks.advice.plan else {
            // The schedule's first looks would be spent too early where few may be made.
            if let mostLooks { return now.advanced(by: rules.window / (2 * mostLooks)) }
            return now.advanced(by: rules.schedule.delay(afterLooks: calls.looksOnSchedule))
        }
        let begin = looks.triggeredAt ?? windowEnd.advanced(by: .zero - rules.window)
        let next = begin.advanced(by: plan.nextLook(after: max(.zero, now.since(begin))))
        // A hold has moved the window's end beyond the plan's.
        return next > now ? next : windowEnd
    }

    // MARK: Where

    /// Looks at a sync from now on.
    mutating func watch(_ sync: SyncState, as progress: SyncProgress, at now: Timestamp) {
        intent.progress = progress
        phase = .syncing(sync)
        // Where the details said a moment ago that no data is there, data is news, and one look tells all.
        looks.areAtDetails =
            rules.api == .realtime && looks.advice.prefersDetails && looks.foundProcessing
            && intent.canProveByDetails
        scheduleLook(at: now)
    }

    /// A look at the details while the job is at work, as far as is known.
    mutating func concludeInsteadOfJob(
        _ status: DataStatus, isLastLook: Bool, lookedAt: Timestamp, at now: Timestamp
    ) {
        switch status {
        case .available, .processing: looked(isAtWork: status == .processing, isLastLook: false, at: lookedAt)
        // Whether our sync has ended is not known before the job tells.
        case .partial, .unavailable, .failed, .unknown: break
        }
        switch status {
        case .available: syncSucceeded(.available, at: now)
        // A look that was due before the window's end was made after it.
        case .processing where isLastLook: calls.notBefore = now
        case .processing: learn(.sync(.working(.processing, isLastLook: false)), at: now)
        case .partial, .unavailable, .failed, .unknown:
            // It may have been so before our sync: the job tells.
            looks.areAtDetails = false
            looks.statusBeforeJob = status
            calls.notBefore = now
        }
    }

    // MARK: What looks show

    var lookKind: LookKind { rules.api == .dataSync || watchesDetails ? .details : .job }

    /// Whether the details are looked at, or told that the job is to be asked.
    private var watchesDetails: Bool { looks.areAtDetails || looks.statusBeforeJob != nil }

    /// A look at the running sync was answered.
    mutating func looked(isAtWork: Bool, isLastLook: Bool, at lookedAt: Timestamp) {
        guard let triggeredAt = looks.triggeredAt else { return }
        let elapsed = lookedAt.since(triggeredAt)
        guard isAtWork else {
            let lastSeen = looks.seenWorkingAt ?? triggeredAt
            // An event that had time to come and did not is a lost one.
            let isUntold = !waitsForEventAfterSuccess && lookedAt.since(lastSeen) >= LookLaw.eventLag * 2
            return noteEnd(before: elapsed, isTold: isUntold ? false : nil)
        }
        looks.seenWorkingAt = lookedAt
        guard isLastLook else { return }
        let cell = LookCell(processingAt: elapsed, endedAt: nil)
        looks.sample = sample(cell, plainLooks: rules.schedule.looks(before: rules.window) + 1, isTold: nil)
    }

    private var waitsForEventAfterSuccess: Bool { looks.advice.expectsEvent && intent.hadData != true }

    /// The trigger's answer may tell the end at once.
    mutating func learnFromTrigger(_ answer: SyncAnswer, at now: Timestamp) {
        switch answer {
        case .started: break
        // data-sync answers when the bank has answered Mono, and may have data to prepare.
        case .succeeded where rules.api == .dataSync: break
        case .succeeded, .failed, .reauthorise:
            noteEnd(before: looks.triggeredAt.map { now.since($0) } ?? .zero, isTold: nil)
        // When such a sync began is not known.
        case .bankError, .incomplete, .withoutJob, .refused, .inDoubt: looks.triggeredAt = nil
        }
    }

    /// An event told the end of the running sync.
    mutating func learnFromEvent(_ event: EventNote, wasRunning: Bool) {
        switch event.kind {
        case .updated, .jobUpdate: break
        case .reauthorisationRequired, .reauthorised, .syncFailed, .unlinked, .other: return
        }
        guard let triggeredAt = looks.triggeredAt else { return }
        guard wasRunning else {
            guard looks.advice.expectsEvent else { return }
            return looks.sample = LookSample(kind: lookKind, bank: bank, isTold: true)
        }
        let elapsed = max(.zero, event.receivedAt.since(triggeredAt))
        looks.sample = sample(
            LookCell(toldAt: elapsed), plainLooks: rules.schedule.looks(before: elapsed), isTold: true)
    }

    /// The look that follows a success leaves: the event that was waited for did not come.
    mutating func eventDidNotCome() {
        guard phase == .syncing(.succeeded), looks.triggeredAt != nil, waitsForEventAfterSuccess else { return }
        looks.sample = LookSample(kind: .job, bank: bank, isTold: false)
        looks.triggeredAt = nil
    }

    private mutating func noteEnd(before elapsed: Duration, isTold: Bool?) {
        guard let triggeredAt = looks.triggeredAt else { return }
        let seenWorking = looks.seenWorkingAt?.since(triggeredAt) ?? .zero
        // After the job the plain schedule looks at the details as well.
        let plainLooks =
            rules.schedule.looks(before: (seenWorking + elapsed) / 2) + 1 + (watchesDetails ? 1 : 0)
        looks.sample = sample(
            LookCell(processingAt: seenWorking, endedAt: elapsed), plainLooks: plainLooks, isTold: isTold)
    }

    /// What the looks have shown of a sync that is still at work.
    var unfinishedCell: LookCell? {
        guard isRunning, let triggeredAt = looks.triggeredAt, let seen = looks.seenWorkingAt else { return nil }
        return LookCell(processingAt: seen.since(triggeredAt), endedAt: nil)
    }

    private func sample(_ cell: LookCell?, plainLooks: Int, isTold: Bool?) -> LookSample {
        LookSample(
            kind: lookKind, bank: bank, cell: cell, isTold: isTold, looks: calls.looks, plainLooks: plainLooks)
    }
}
