/// What follows from an observation: ``OutcomeTable`` decides, the case does it.
extension Case {
    /// Weighs one observation with all that is known.
    mutating func learn(_ observation: Observation, at now: Timestamp) {
        switch OutcomeTable.conclusion(from: observation, in: circumstances) {
        case .settled(let settlement): conclude(settlement, at: now)
        case .trigger:
            phase = .ready
            calls.notBefore = now
        case .lookAtData:
            phase = .syncing(.succeeded)
            // The event that says how the data stands is a free look, where events come.
            calls.notBefore = looks.advice.expectsEvent ? now.advanced(by: rules.explanationWait) : now
        case .lookAfterFailure(let awaitsReason):
            let until = now.advanced(by: rules.explanationWait)
            phase = .syncing(.failed(explanationUntil: awaitsReason ? until : nil))
            calls.notBefore = now
        case .lookAgain: scheduleLook(at: now)
        }
    }

    /// What is known besides.
    var circumstances: Circumstances {
        Circumstances(
            reason: reason, hadData: intent.hadData, wasFlagged: intent.wasFlagged,
            syncSucceeded: intent.progress == .succeeded, isStarved: isStarved,
            triggerNeverLeft: (phase == .armed && intent.sentAt == nil) || phase == .withdrawing,
            limitEnd: (intent.sentAt ?? intent.committedAt).map { $0.advanced(by: rules.syncLimit) })
    }

    /// The sync ended well; `status` is what a look at the details showed since.
    mutating func syncSucceeded(_ status: DataStatus?, isLastLook: Bool = false, at now: Timestamp) {
        intent.progress = .succeeded
        learn(.sync(.succeeded(status, isLastLook: isLastLook)), at: now)
    }

    /// The sync failed; `status` is what a look at the details showed since.
    mutating func syncFailed(_ status: DataStatus?, isExplained: Bool, at now: Timestamp) {
        intent.progress = .failed
        learn(.sync(.failed(status, isExplained: isExplained)), at: now)
    }

    /// Our job has a status.
    mutating func conclude(job status: JobStatus, isLastLook: Bool, at now: Timestamp) {
        switch status {
        case .finished: syncSucceeded(nil, at: now)
        case .failed: syncFailed(nil, isExplained: false, at: now)
        case .reauthorisationRequired:
            intent.progress = .reauthorise
            learn(.reauthorisationRequired(.job), at: now)
        case .processing, .unknown: learn(.sync(.working(status, isLastLook: isLastLook)), at: now)
        }
    }

    /// Whether Mono took the trigger without naming a job.
    var namesNoJob: Bool { phase == .syncing(.withoutJob) }
}
