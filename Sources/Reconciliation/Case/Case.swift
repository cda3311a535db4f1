/// The life of one case: one account in one run, from the claim to its settlement.
///
/// A case takes what happened with the time (always the database's clock) and says what it ``want``s next. It knows
/// nothing of workers, batches, rates or sockets, so a test runs a night in microseconds. Whoever learned something
/// (an answer, an event, an earlier worker), ``OutcomeTable`` decides what follows.
package struct Case: Sendable {
    package let accountID: AccountID
    package let reason: Reason
    package let rules: Rules
    /// The debt's or the flag's date at the selection.
    package let stuckSince: Timestamp?
    /// Whether a call was made for the account in an earlier run.
    package let wasTried: Bool
    private let institution: String?
    /// The account as it was last read; settlements and intents apply only to this state.
    package internal(set) var account: AccountState?
    /// Whether no more calls may be made.
    package internal(set) var isStarved = false

    var phase: Phase
    var intent = CaseIntent()
    var calls: CaseCalls
    var looks = CaseLooks()
    var history: CaseHistory
    var events = CaseEvents()
    /// How long the account's row has been waited for, which another session locks; nil: it has not been found locked.
    var rowWait: RowWait?
    /// Mono's answer to the question for the customer's link; nil while the question was not asked.
    var linkAnswer: Result<ReauthLink, ReauthFailure>?

    package static let stepLimit = 40

    /// Where the case stands.
    enum Phase: Equatable, Sendable {
        /// Does Mono have the data already?
        case inspecting
        /// Inside Mono's limit: one look at the job of the previous sync.
        case checkingPreviousSync(job: String)
        /// A trigger is needed.
        case ready
        /// The intent is committed.
        case armed
        /// The intent did nothing at Mono and is to be taken back before a new one is made.
        case withdrawing
        /// The trigger has left.
        case syncing(SyncState)
        /// The trigger was answered 404.
        case confirming
        /// Concluded; the customer's link is asked for before the case is settled.
        case askingForLink(Settlement)
        case done(Settlement)
    }

    /// What is known of our sync while its result is awaited.
    enum SyncState: Equatable, Sendable {
        /// It is not known whether the trigger reached Mono.
        case inDoubt
        /// Mono took the trigger without naming a job.
        case withoutJob
        case running(job: String)
        /// The sync ended well; the data status is still to be seen.
        case succeeded
        /// The sync failed; nil: no event that says why is awaited any more.
        case failed(explanationUntil: Timestamp?)
    }

    /// Takes up a claimed case.
    ///
    /// - Parameters:
    ///   - claim: The case as the store gave it.
    ///   - rules: The run's.
    ///   - skipsInspection: Whether a sync is asked for at once where an inspection would come first.
    ///   - now: The time.
    package init(_ claim: Claim, rules: Rules, skipsInspection: Bool = false, now: Timestamp) {
        accountID = claim.accountID
        reason = claim.reason
        self.rules = rules
        stuckSince = claim.stuckSince
        institution = claim.institution
        wasTried = claim.wasTried
        account = claim.news.account
        phase = .ready
        calls = CaseCalls(notBefore: now, looks: claim.polls, made: claim.apiCalls)
        history = CaseHistory(startedAt: now, steps: claim.steps, statusBefore: claim.news.account?.dataStatus)
        if let intent = claim.intent {
            resume(intent, news: claim.news, at: now)
        } else {
            begin(claim, skipsInspection: skipsInspection, at: now)
        }
    }

    /// The bank's name, as the case's row or Mono's answer has it; empty if neither does.
    package var bank: String { institution ?? history.learned?.institution ?? "" }

    /// What the case needs next.
    package var want: Want {
        if case .done(let settlement) = phase { return .settlement(settlement) }
        if calls.underWay != nil { return .answer }
        switch phase {
        case .inspecting, .confirming: return .call(.details, notBefore: calls.notBefore)
        case .checkingPreviousSync(let job): return .call(.job(job), notBefore: calls.notBefore)
        case .ready: return .intent(notBefore: calls.notBefore)
        case .armed: return .trigger
        case .withdrawing: return .withdrawal
        case .syncing(.failed(let until?)): return .event(until: until)
        case .syncing(let sync): return wantAfterTrigger(sync)
        case .askingForLink: return .call(.reauthLink, notBefore: calls.notBefore)
        case .done(let settlement): return .settlement(settlement)
        }
    }

    private func wantAfterTrigger(_ sync: SyncState) -> Want {
        let end = intent.windowEnd ?? calls.notBefore
        if isStarved { return .event(until: end) }
        switch sync {
        // The last look is at the job: details that stay PROCESSING do not tell whether the sync has failed.
        case .running where looks.areAtDetails && calls.notBefore < end:
            return .call(.details, notBefore: calls.notBefore)
        case .running(let job): return .call(.job(job), notBefore: calls.notBefore)
        case .succeeded, .failed: return .call(.details, notBefore: calls.notBefore)
        case .inDoubt, .withoutJob:
            return intent.canProveByDetails ? .call(.details, notBefore: calls.notBefore) : .event(until: end)
        }
    }

    mutating func note(_ name: StepName, _ words: String, at now: Timestamp) {
        history.note(name, StepSaying(words), at: now)
    }
}

extension Case {
    /// Whether the outcome is known.
    var isConcluded: Bool {
        switch phase {
        case .askingForLink, .done: true
        case .inspecting, .checkingPreviousSync, .ready, .armed, .withdrawing, .syncing, .confirming: false
        }
    }

    /// Whether the case still has to be triggered.
    package var isBeforeTrigger: Bool {
        switch phase {
        case .inspecting, .checkingPreviousSync, .ready, .withdrawing: true
        case .armed, .syncing, .confirming, .askingForLink, .done: false
        }
    }

    /// Whether the case wants an intent and nothing else.
    package var isReadyToTrigger: Bool { phase == .ready }

    /// Whether a sync of ours may be at work and its fate is not concluded.
    package var isSyncing: Bool {
        switch phase {
        case .armed, .syncing, .confirming: true
        case .inspecting, .checkingPreviousSync, .ready, .withdrawing, .askingForLink, .done: false
        }
    }

    /// Whether a sync of ours is at work, as far as is known.
    var isRunning: Bool {
        if case .syncing(.running) = phase { true } else { false }
    }

    /// The call under way.
    package var inFlight: Call? { calls.underWay }
    /// The commit time of the intent, if one stands.
    package var intendedAt: Timestamp? { intent.committedAt }
    /// The end of the window, if an intent stands.
    package var windowEnd: Timestamp? { intent.windowEnd }
    /// `data_available` at the intent.
    package var hadData: Bool? { intent.hadData }
    /// What is durable, or is to be made so, of the trigger's answer.
    package var progress: SyncProgress? { intent.progress }
}
