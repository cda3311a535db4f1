/// The table of what is known and what follows from it: one path for answers, events and earlier owners.
extension Case {
    /// The next look by the schedule; the last one falls on the window's end.
    mutating func scheduleLook(at now: Timestamp) {
        let next = now.advanced(by: rules.schedule.delay(afterLooks: looksOnSchedule))
        looksOnSchedule += 1
        guard let end = windowEnd, now < end else {
            notBefore = now
            return
        }
        notBefore = min(next, end)
    }

    /// The sync succeeded: the flag is cleared always; where data was there before, nothing more is to be seen.
    mutating func concludeSuccess(status: DataStatus?, isFinal: Bool = false, at now: Timestamp) {
        progress = .succeeded
        if hadData == true {
            return settle(.recovered, "the sync succeeded", at: now)
        }
        switch status {
        case nil:
            phase = .syncing(.succeeded)
            notBefore = now
        case .available: settle(.recovered, "the sync succeeded and the data is there", at: now)
        case .partial: settle(.partial, "the sync succeeded, with only balance or only transactions", at: now)
        case .unavailable: settle(.bankUnavailable, "the sync ended; the bank gave no data", at: now)
        case .failed: settle(.providerFailed, "the sync ended; Mono could not fetch the data", at: now)
        case .processing:
            phase = .syncing(.succeeded)
            guard !isFinal else { return settleStillProcessing(at: now) }
            scheduleLook(at: now)
        case .unknown(let word):
            settle(.errored, "Mono's data status \"\(word)\" is not known", at: now)
        }
    }

    /// The job failed: one look says how the account stands.
    ///
    /// Without a reason an unflagged case first waits a little for the event that has one.
    mutating func concludeFailure(isExplained: Bool, status: DataStatus?, at now: Timestamp) {
        progress = .failed
        guard let status else {
            let until = now.advanced(by: rules.explanationWait)
            phase = .syncing(.failed(explanationUntil: isExplained || wasFlagged ? nil : until))
            notBefore = now
            return
        }
        switch status {
        case .available where hadData == false && !wasFlagged:
            settle(.recovered, "the job failed, but the data is there", at: now)
        case .partial: settle(.partial, "the sync failed, with only balance or only transactions", at: now)
        case .unavailable: settle(.bankUnavailable, "the sync failed on the bank's side", at: now)
        case .available, .failed, .processing, .unknown:
            if wasFlagged {
                settle(.reauthorisationRequired, "flagged before, and the sync failed again", at: now)
            } else {
                settle(.providerFailed, "the sync failed and Mono did not say why", at: now)
            }
        }
    }

    /// A look at the details while it is not known whether a sync is at work.
    mutating func concludeDoubt(_ status: DataStatus, isFinal: Bool, at now: Timestamp) {
        if status == .available {
            settle(.recovered, "the data is there after our sync", at: now)
        } else if !isFinal {
            scheduleLook(at: now)
        } else if status == .processing {
            settleStillProcessing(at: now)
        } else {
            concludeUnknown(at: now)
        }
    }

    /// A look at our job.
    mutating func conclude(job status: JobStatus, isFinal: Bool, at now: Timestamp) {
        switch status {
        case .finished: concludeSuccess(status: nil, at: now)
        case .failed: concludeFailure(isExplained: false, status: nil, at: now)
        case .reauthorisationRequired:
            progress = .reauthorise
            settle(.reauthorisationRequired, "the job said so", at: now)
        case .processing where isFinal: settleStillProcessing(at: now)
        case .unknown(let word) where isFinal:
            settle(.errored, "Mono's job status \"\(word)\" is not known", at: now)
        case .processing, .unknown: scheduleLook(at: now)
        }
    }

    /// The window is over and nothing was proven.
    mutating func concludeUnknown(at now: Timestamp) {
        if case .syncing(.withoutJob) = phase {
            settle(.errored, "Mono took the sync without naming a job, and nothing came of it", at: now)
        } else if isStarved {
            settleDeferred("the budget of API calls was used up before the result could be read", at: now)
        } else {
            settleDeferred("it is not known whether the sync reached Mono", at: now)
        }
    }

    private mutating func settleStillProcessing(at now: Timestamp) {
        settle(.stillProcessing, "Mono was still working when the window ended", at: now)
    }
}
