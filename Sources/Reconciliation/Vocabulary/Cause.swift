/// Why a case has its outcome: the codes of the column `cause`, from which every sentence, group and notice is made.
///
/// The free text beside the code, `detail`, is for engineers; no program reads that text.
package enum Cause: String, Sendable, CaseIterable {
    // MARK: already_available

    /// Mono's event arrived, so nothing had to be fetched; also for `recovered`, where our own sync brought the event.
    case eventCame = "event_came"
    /// Mono had the data when it was asked: the event that says so was lost.
    case eventLost = "event_lost"
    /// Somebody asked for a healthy account.
    case nothingWrong = "nothing_wrong"

    // MARK: recovered

    /// Our sync succeeded where data was there before.
    case syncSucceeded = "sync_succeeded"
    /// Our sync succeeded, and a look found the data.
    case dataFetched = "data_fetched"
    /// The job failed, and a look found the data all the same.
    case dataDespiteFailure = "data_despite_failure"
    /// Mono's answer to the trigger was lost, and a look found the data.
    case dataDespiteDoubt = "data_despite_doubt"

    // MARK: partial

    /// Our sync succeeded with only balance or only transactions.
    case syncSucceededInPart = "sync_succeeded_in_part"
    /// Our sync failed, and only balance or only transactions are there.
    case syncFailedInPart = "sync_failed_in_part"

    // MARK: reauthorisation_required

    /// Mono's answer to the trigger said so.
    case triggerSaidReauthorise = "trigger_said_reauthorise"
    /// The job of our sync said so.
    case jobSaidReauthorise = "job_said_reauthorise"
    /// The job of the sync before ours said so.
    case earlierJobSaidReauthorise = "earlier_job_said_reauthorise"
    /// An event said so.
    case eventSaidReauthorise = "event_said_reauthorise"
    /// The account was flagged before the sync, and the sync failed again.
    case flaggedAndFailedAgain = "flagged_and_failed_again"
    /// Mono says that this account cannot be re-authorised, so a link is of no use: the customer has to link it again.
    case cannotBeReauthorised = "cannot_be_reauthorised"

    // MARK: bank_unavailable, provider_failed, incomplete_statement

    /// data-sync answered `SYNC_ERROR`.
    case syncError = "sync_error"
    /// The sync ended, and the data's status is `UNAVAILABLE`.
    case bankGaveNoData = "bank_gave_no_data"
    /// The sync failed, and the data's status is `UNAVAILABLE`.
    case syncFailedAtBank = "sync_failed_at_bank"
    /// The sync ended, and the data's status is `FAILED`.
    case monoGaveNoData = "mono_gave_no_data"
    /// The sync failed, and Mono did not say why.
    case syncFailedWithoutReason = "sync_failed_without_reason"
    /// data-sync answered `INCOMPLETE_STATEMENT_ERROR`.
    case incompleteStatement = "incomplete_statement"

    // MARK: still_processing

    /// Mono was still working when the window ended.
    case windowEnded = "window_ended"
    /// The customer re-authorised a moment ago.
    case reauthorisedJustNow = "reauthorised_just_now"
    /// The customer unlinked the account and linked it again a moment ago.
    case linkedAgain = "linked_again"
    /// The account owes a new update since a moment ago.
    case owesAnew = "owes_anew"

    // MARK: account_not_found

    /// Mono answered 404 for the account's details.
    case unknownToMono = "unknown_to_mono"
    /// The account's row is gone from `mono.accounts`.
    case deleted
    /// The account was unlinked.
    case unlinked

    // MARK: deferred

    /// A sync was requested less than Mono's limit ago.
    case tooSoon = "too_soon"
    /// Mono answered the trigger with an earlier sync, which proves nothing for this debt.
    case earlierSyncNamed = "earlier_sync_named"
    /// `--max-calls` was used up before the account's turn.
    case budget
    /// `--max-calls` was used up after the trigger, before the result could be read.
    case budgetBeforeResult = "budget_before_result"
    /// Mono answered 429 to every try.
    case tooManyRequests = "too_many_requests"
    /// It is not known whether the trigger reached Mono.
    case syncInDoubt = "sync_in_doubt"
    /// Mono refuses the key.
    case keyRefused = "key_refused"
    /// The run was stopped: Mono could not be reached.
    case monoUnavailable = "mono_unavailable"
    /// The run was stopped: Mono asked to come back later.
    case tryLater = "try_later"
    /// The run was interrupted.
    case interrupted
    /// The night was over before the account's turn.
    case nightOver = "night_over"
    /// Left out by `--limit`.
    case limit
    /// Its bank kept failing, so its other accounts were left alone.
    case bankPaused = "bank_paused"
    /// It became due while the run was under way.
    case notDue = "not_due"
    /// Another run has the account in hand.
    case inOtherRun = "in_other_run"
    /// Another session kept the account's row locked.
    case rowLocked = "row_locked"
    /// The run spoke another API, or to another address, than the one that brought it to its end.
    case otherBaseURL = "other_base_url"

    // MARK: errored

    /// The database refused to write the account's row.
    case rowRefused = "row_refused"
    /// A time in the account's row of `mono.accounts` cannot be read.
    case unreadableAccount = "unreadable_account"
    /// No connection to Mono for the trigger.
    case noConnection = "no_connection"
    /// Mono answered the trigger with 400.
    case syncRejected = "sync_rejected"
    /// Mono answered the trigger with 402 or 403.
    case syncDenied = "sync_denied"
    /// Mono answered the trigger with 404, and knows the account.
    case syncNotFound = "sync_not_found"
    /// Mono took the trigger without naming a job, and no result came of it.
    case jobNotNamed = "job_not_named"
    /// Mono named a data status that no page of Mono's documents.
    case unknownDataStatus = "unknown_data_status"
    /// Mono named a job status that no page of Mono's documents.
    case unknownJobStatus = "unknown_job_status"
    /// Mono answered a read with 402 or 403.
    case readDenied = "read_denied"
    /// Mono answered a read with another 3xx or 4xx.
    case readRejected = "read_rejected"
    /// Mono's answer was about another account.
    case wrongAccount = "wrong_account"
    /// No try of a read brought a usable answer.
    case readGivenUp = "read_given_up"

    // MARK: no case's own

    /// The account was in its cool-down. Such a case keeps the cause of its standing, and is counted under this one where
    /// what was not tried is counted by cause.
    case coolDown = "cool_down"
}

extension Cause {
    /// Why a nightly run leaves an account out without anything being wrong with the night: it was told to, Mono wants a
    /// pause, it was not due yet, or another run has it in hand.
    package static let leavingOut: [Self] = [.limit, .tooSoon, .notDue, .inOtherRun]

    /// Whether the outcome of a sync shows how the bank is: data may be there from earlier, although the sync failed.
    package var showsBank: Bool { self != .dataDespiteFailure && self != .syncFailedInPart }
}

extension StopReason {
    /// Why the run's open cases are put off.
    package var deferredCause: Cause {
        switch self {
        case .interrupted: .interrupted
        case .keyRefused: .keyRefused
        case .unreachable: .monoUnavailable
        case .tryLater: .tryLater
        }
    }
}
