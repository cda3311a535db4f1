/// The table of what is known of a case and what follows from it: the one place where an outcome is decided.
///
/// Answers, events and what an earlier worker left all come here, so that an outcome does not depend on who learned it.
package enum OutcomeTable {
    /// What follows from one observation.
    package enum Conclusion: Equatable, Sendable {
        /// The outcome is known.
        case settled(Settlement)
        /// A sync is needed.
        case trigger
        /// The sync ended well: one look at the details says how the data stands.
        case lookAtData
        /// The sync failed: one look at the details says how the data stands, at once or after the event that says why.
        case lookAfterFailure(awaitsReason: Bool)
        /// Another look, at the schedule's next time.
        case lookAgain
    }

    /// Decides one observation.
    package static func conclusion(from observation: Observation, in known: Circumstances) -> Conclusion {
        switch observation {
        case .account(let account): .settled(settlement(of: account, known))
        case .reauthorisationRequired(let source): .settled(settlement(of: source, known))
        case .inspected(let status, let limitEnd): inspection(status, limitEnd, known)
        case .trigger(let answer): .settled(settlement(of: answer, known))
        case .sync(let sync): conclusion(from: sync, known)
        case .read(let failure): .settled(settlement(of: failure, known))
        case .putOff(let cause, let detail, let withdrawsIntent):
            .settled(known.settlement(.deferred, cause, detail, withdrawsIntent: withdrawsIntent))
        }
    }

    // MARK: Without a sync of ours

    private static func settlement(of account: Observation.Account, _ known: Circumstances) -> Settlement {
        switch account {
        case .deleted:
            known.settlement(.accountNotFound, .deleted, "the account is no longer in mono.accounts")
        case .unreadable:
            known.settlement(
                .errored, .unreadableAccount, "a time in the account's row lies outside the years 1970 to 9999")
        case .unlinked: known.settlement(.accountNotFound, .unlinked, "the account was unlinked")
        case .unknownToMono: known.settlement(.accountNotFound, .unknownToMono, "Mono does not know the account")
        case .linkedAgain:
            known.settlement(
                .stillProcessing, .linkedAgain, "the account was unlinked and linked again a moment ago")
        case .reauthorised:
            known.settlement(.stillProcessing, .reauthorisedJustNow, "the customer re-authorised a moment ago")
        case .owesAnew: known.settlement(.stillProcessing, .owesAnew, "it owes a new update since a moment ago")
        case .healthyAfterAll: known.settlement(.alreadyAvailable, .eventCame, "its event came after all")
        case .foundEarlier(let found):
            known.settlement(
                found.outcome, found.cause, "an earlier run found it out, and could not write the account's row",
                clearsFlag: found.clearsFlag)
        case .goodEvent(let isOfOurSync):
            known.settlement(isOfOurSync ? .recovered : .alreadyAvailable, .eventCame, "its event came")
        }
    }

    private static func settlement(of source: Observation.Source, _ known: Circumstances) -> Settlement {
        let (cause, detail): (Cause, String) =
            switch source {
            case .trigger: (.triggerSaidReauthorise, "Mono said so when the sync was requested")
            case .earlierWorker: (.triggerSaidReauthorise, "Mono said so before this worker took over")
            case .job: (.jobSaidReauthorise, "the job said so")
            case .earlierJob: (.earlierJobSaidReauthorise, "the sync before said so")
            case .event: (.eventSaidReauthorise, "Mono said so by event")
            case .eventSinceStart: (.eventSaidReauthorise, "Mono said so by event since the run began")
            }
        guard case .earlierJob(let limitEnd) = source else {
            return known.settlement(.reauthorisationRequired, cause, detail)
        }
        return known.settlement(.reauthorisationRequired, cause, detail, nextAttemptAt: limitEnd)
    }

    private static func inspection(
        _ status: DataStatus, _ limitEnd: Timestamp?, _ known: Circumstances
    ) -> Conclusion {
        switch (status, known.reason) {
        case (.available, .requested):
            return .settled(known.settlement(.alreadyAvailable, .nothingWrong, "nothing is wrong"))
        case (.available, .missingUpdate), (.available, .reauthorisationRequired):
            return .settled(
                known.settlement(.alreadyAvailable, .eventLost, "Mono had the data; its event was lost"))
        case (.partial, _), (.unavailable, _), (.failed, _), (.processing, _), (.unknown, _):
            guard let limitEnd else { return .trigger }
            return .settled(settlement(of: .tooSoon(until: limitEnd), known))
        }
    }

    // MARK: The trigger

    private static func settlement(of answer: Observation.Trigger, _ known: Circumstances) -> Settlement {
        switch answer {
        case .tooSoon(let until):
            known.settlement(
                .deferred, .tooSoon,
                "a sync was requested less than Mono's limit ago; it may be tried again after \(until.iso8601)",
                nextAttemptAt: until)
        case .namedEarlierSync:
            known.settlement(
                .deferred, .earlierSyncNamed, "Mono named an earlier sync, which proves nothing for this debt")
        case .syncError:
            known.settlement(.bankUnavailable, .syncError, "Mono answered SYNC_ERROR: the bank's side failed")
        case .incomplete:
            // The bank let Mono in: the link works.
            known.settlement(
                .incompleteStatement, .incompleteStatement,
                "the bank returned fewer transactions than are on record", clearsFlag: true)
        case .refused(let refusal): settlement(of: refusal, known)
        }
    }

    /// A trigger that was not taken did nothing at Mono, so its intent is taken back.
    private static func settlement(of refusal: Refusal, _ known: Circumstances) -> Settlement {
        let (outcome, cause, detail): (Outcome, Cause, String) =
            switch refusal {
            case .tooManyRequests: (.deferred, .tooManyRequests, "Mono had too many requests")
            case .keyRefused: (.deferred, .keyRefused, "Mono refuses the key")
            case .noConnection(let why): (.errored, .noConnection, "no connection to Mono: \(why)")
            case .badRequest: (.errored, .syncRejected, "Mono refused the sync: HTTP 400")
            case .denied(let status): (.errored, .syncDenied, "Mono refused the sync: HTTP \(status)")
            case .notFound: (.errored, .syncNotFound, "Mono knows the account but answered the sync with 404")
            }
        return known.settlement(outcome, cause, detail, withdrawsIntent: true)
    }

    // MARK: The sync

    private static func conclusion(from sync: Observation.Sync, _ known: Circumstances) -> Conclusion {
        switch sync {
        case .succeeded(let status, let isLastLook): success(status, isLastLook, known)
        case .failed(let status, let isExplained): failure(status, isExplained, known)
        case .inDoubt(let status, let isLastLook, let namesNoJob): doubt(status, isLastLook, namesNoJob, known)
        case .working(let status, let isLastLook): working(status, isLastLook, known)
        case .windowEnded(let namesNoJob): .settled(unknown(namesNoJob, known))
        }
    }

    /// Where data was there before, a look at the status shows nothing new: Mono's status is cumulative.
    private static func success(_ status: DataStatus?, _ isLastLook: Bool, _ known: Circumstances) -> Conclusion {
        if known.hadData == true {
            return .settled(known.settlement(.recovered, .syncSucceeded, "the sync succeeded"))
        }
        guard let status else { return .lookAtData }
        let (outcome, cause, detail): (Outcome, Cause, String)
        switch status {
        case .processing: return isLastLook ? .settled(stillWorking(known)) : .lookAgain
        case .available:
            (outcome, cause, detail) = (.recovered, .dataFetched, "the sync succeeded and the data is there")
        case .partial:
            (outcome, cause) = (.partial, .syncSucceededInPart)
            detail = "the sync succeeded, with only balance or only transactions"
        case .unavailable:
            (outcome, cause, detail) = (.bankUnavailable, .bankGaveNoData, "the sync ended; the bank gave no data")
        case .failed:
            (outcome, cause) = (.providerFailed, .monoGaveNoData)
            detail = "the sync ended; Mono could not fetch the data"
        case .unknown(let word):
            (outcome, cause, detail) = (.errored, .unknownDataStatus, "Mono's data status \"\(word)\" is not known")
        }
        return .settled(known.settlement(outcome, cause, detail))
    }

    private static func failure(_ status: DataStatus?, _ isExplained: Bool, _ known: Circumstances) -> Conclusion {
        guard let status else {
            // Whatever the details say, where data was there before they say nothing of this sync.
            if known.wasFlagged, known.hadData == true { return failure(.failed, true, known) }
            return .lookAfterFailure(awaitsReason: !isExplained && !known.wasFlagged)
        }
        let (outcome, cause, detail): (Outcome, Cause, String) =
            switch status {
            case .available where known.hadData == false && !known.wasFlagged:
                (.recovered, .dataDespiteFailure, "the job failed, but the data is there")
            case .partial:
                (.partial, .syncFailedInPart, "the sync failed, with only balance or only transactions")
            case .unavailable: (.bankUnavailable, .syncFailedAtBank, "the sync failed on the bank's side")
            case .available, .failed, .processing, .unknown:
                known.wasFlagged
                    ? (.reauthorisationRequired, .flaggedAndFailedAgain, "flagged before, and the sync failed again")
                    : (.providerFailed, .syncFailedWithoutReason, "the sync failed and Mono did not say why")
            }
        return .settled(known.settlement(outcome, cause, detail))
    }

    private static func doubt(
        _ status: DataStatus, _ isLastLook: Bool, _ namesNoJob: Bool, _ known: Circumstances
    ) -> Conclusion {
        switch status {
        case .available:
            .settled(known.settlement(.recovered, .dataDespiteDoubt, "the data is there after our sync"))
        case .partial, .unavailable, .failed, .processing, .unknown:
            if !isLastLook {
                .lookAgain
            } else if status == .processing {
                .settled(stillWorking(known))
            } else {
                .settled(unknown(namesNoJob, known))
            }
        }
    }

    private static func working(_ status: JobStatus, _ isLastLook: Bool, _ known: Circumstances) -> Conclusion {
        guard isLastLook else { return .lookAgain }
        guard case .unknown(let word) = status else { return .settled(stillWorking(known)) }
        return .settled(
            known.settlement(.errored, .unknownJobStatus, "Mono's job status \"\(word)\" is not known"))
    }

    private static func stillWorking(_ known: Circumstances) -> Settlement {
        known.settlement(.stillProcessing, .windowEnded, "Mono was still working when the window ended")
    }

    /// The window is over and nothing was proved.
    private static func unknown(_ namesNoJob: Bool, _ known: Circumstances) -> Settlement {
        if namesNoJob {
            known.settlement(
                .errored, .jobNotNamed, "Mono took the sync without naming a job, and nothing came of it")
        } else if known.isStarved {
            known.settlement(
                .deferred, .budgetBeforeResult,
                "the budget of API calls was used up before the result could be read")
        } else {
            known.settlement(.deferred, .syncInDoubt, "it is not known whether the sync reached Mono")
        }
    }

    // MARK: Reads

    private static func settlement(of failure: Observation.Read, _ known: Circumstances) -> Settlement {
        switch failure {
        case .rejected(.keyRefused): return known.settlement(.deferred, .keyRefused, "Mono refuses the key")
        case .rejected(let failure):
            return known.settlement(.errored, cause(of: failure), "Mono's answer: \(failure.word)")
        case .givenUp(let last, let tries, let wereAllTooMany):
            let counted = tries == 1 ? "1 try" : "\(tries) tries"
            guard !wereAllTooMany else {
                return known.settlement(.deferred, .tooManyRequests, "Mono had too many requests (\(counted))")
            }
            return known.settlement(
                .errored, .readGivenUp, "Mono gave no usable answer in \(counted), at last: \(last.word)")
        }
    }

    private static func cause(of failure: ReadFailure) -> Cause {
        switch failure {
        case .denied: .readDenied
        case .wrongAccount: .wrongAccount
        case .unreadable, .foreign: .readGivenUp
        case .rejected, .keyRefused, .notFound, .tooManyRequests, .server, .transport: .readRejected
        }
    }
}
