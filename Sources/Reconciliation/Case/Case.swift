/// The life of one case: one account in one run, from the claim to its settlement.
///
/// It takes what happened with the time (always the database's clock) and says what it ``want``s next. It knows
/// nothing of workers, batches, rates or sockets, so a test runs a night in microseconds. Whoever learned
/// an outcome (answer, event, earlier owner), it is concluded here.
package struct Case: Sendable {
    package let accountID: AccountID
    package let reason: Reason
    package let rules: Rules
    /// The time of the claim; zero of the steps.
    package let startedAt: Timestamp
    /// The debt's or the flag's date at the selection.
    package let stuckSince: Timestamp?

    /// The account as it was last read; settlements and intents apply only to this state.
    package internal(set) var account: AccountState?
    /// The commit time of the intent, if one stands.
    package internal(set) var intendedAt: Timestamp?
    /// The latest instant at which the trigger may have left; Mono's limit counts from it.
    package internal(set) var sentAt: Timestamp?
    /// `data_available` at the intent.
    package internal(set) var hadData: Bool?
    /// The job of our sync, as far as known.
    package internal(set) var jobID: String?
    /// What is durable, or is to be made so, of the trigger's answer.
    package internal(set) var progress: SyncProgress?
    /// Looks made after the trigger.
    package internal(set) var polls = 0
    /// Calls made.
    package internal(set) var apiCalls = 0
    /// The case's story, at most ``stepLimit`` entries.
    package internal(set) var steps: [Step] = []
    /// The status that Mono named first and last in this run.
    package internal(set) var statusBefore: String?
    package internal(set) var statusAfter: String?
    /// What details answers taught.
    package internal(set) var learned: Details?

    package static let stepLimit = 40

    static let unlinked = "the account was unlinked"

    var phase: Phase
    var inFlight: Call?
    /// The earliest time of the next call.
    var notBefore: Timestamp
    /// The end of the window, moved by the time in which `Retry-After` held everything.
    var windowEnd: Timestamp?
    /// The account's state just before the intent.
    var beforeIntent: AccountState?
    /// The newest job known when the intent was made: it is not ours.
    package internal(set) var jobBefore: String?
    /// Flagged when the intent was made.
    var wasFlagged = false
    /// New intents that may still follow a trigger that was not taken.
    var intentsLeft = 2
    /// When the read that is being repeated was first tried, and how it went since.
    var read = ReadAttempts()
    var heardKeys: Set<String> = []
    /// Events that cannot be judged before the trigger's answer is known.
    var unjudged: [EventNote] = []
    /// No more calls may be made.
    var isStarved = false
    /// Looks that the schedule has counted.
    var looksOnSchedule = 0
    /// What came of asking for the customer's link; nil while it was not asked for.
    var linkAnswer: Result<ReauthLink, ReauthFailure>?

    /// Where the case stands.
    enum Phase: Equatable, Sendable {
        /// Does Mono have the data already?
        case inspecting
        /// Inside Mono's limit: one look at the job of the sync before.
        case glancing(job: String)
        /// A trigger is needed.
        case ready
        /// The intent is committed.
        case armed
        /// The intent did nothing at Mono and is to be taken back before a new one is made.
        case withdrawing
        /// The trigger has left.
        case syncing(Sync)
        /// The trigger was answered 404.
        case confirming
        /// Concluded; the customer's link is asked for before it is settled.
        case askingForLink(Settlement)
        case done(Settlement)
    }

    /// What is known of our sync.
    enum Sync: Equatable, Sendable {
        case inDoubt
        case withoutJob
        case running(job: String)
        /// It ended well; the data status is still to be seen.
        case succeeded
        /// It failed; nil: no event is waited for any more.
        case failed(explanationUntil: Timestamp?)
    }

    /// The tries of one read.
    struct ReadAttempts: Equatable, Sendable {
        var call: Call?
        var firstAt: Timestamp?
        var lastAt: Timestamp?
        var failures = 0
        var wereAllTooMany = true
    }

    /// Takes up a claimed case.
    package init(_ claim: Claim, rules: Rules, now: Timestamp) {
        accountID = claim.accountID
        reason = claim.reason
        self.rules = rules
        startedAt = now
        stuckSince = claim.stuckSince
        account = claim.news.account
        statusBefore = claim.news.account?.dataStatus
        apiCalls = claim.apiCalls
        polls = claim.polls
        steps = claim.steps
        phase = .ready
        notBefore = now
        if let intent = claim.intent {
            resume(intent, news: claim.news, at: now)
        } else {
            begin(claim.news, at: now)
        }
    }

    /// What the case needs next.
    package var want: Want {
        if case .done(let settlement) = phase { return .settlement(settlement) }
        if inFlight != nil { return .answer }
        switch phase {
        case .inspecting, .confirming: return .call(.details, notBefore: notBefore)
        case .glancing(let job): return .call(.job(job), notBefore: notBefore)
        case .ready: return .intent(notBefore: notBefore)
        case .armed: return .trigger
        case .withdrawing: return .withdrawal
        case .syncing(.failed(let until?)): return .event(until: until)
        case .syncing(let sync): return wantAfterTrigger(sync)
        case .askingForLink: return .call(.reauthLink, notBefore: notBefore)
        case .done(let settlement): return .settlement(settlement)
        }
    }

    private func wantAfterTrigger(_ sync: Sync) -> Want {
        let end = windowEnd ?? notBefore
        if isStarved { return .event(until: end) }
        switch sync {
        case .running(let job): return .call(.job(job), notBefore: notBefore)
        case .succeeded, .failed: return .call(.details, notBefore: notBefore)
        case .inDoubt, .withoutJob:
            return canProveByDetails ? .call(.details, notBefore: notBefore) : .event(until: end)
        }
    }

    /// Whether the account's status can prove a sync whose fate is unknown: Mono's status is cumulative, so
    /// where data was there before, `AVAILABLE` proves nothing.
    var canProveByDetails: Bool { hadData == false && !wasFlagged }

    // MARK: Beginning

    private mutating func begin(_ news: News, at now: Timestamp) {
        heardKeys.formUnion(news.events.map(\.key))
        if concludeWithoutCall(news, at: now) { return }
        guard let account = news.account else { return }
        if let until = limitEnd(account), until > now {
            return beginInsideLimit(account, until: until)
        }
        phase = account.needsInspection(for: reason) ? .inspecting : .ready
    }

    /// An event may have landed between selection and now: then nothing need be asked.
    mutating func concludeWithoutCall(_ news: News, at now: Timestamp) -> Bool {
        guard let account = news.account else {
            settle(.accountNotFound, "the account is no longer in mono.accounts", at: now)
            return true
        }
        if account.unlinkedAt != nil {
            settle(.accountNotFound, Self.unlinked, at: now)
        } else if reason != .requested, account.isHealthy {
            settle(.alreadyAvailable, "its event came after all", at: now)
        } else if account.flaggedSince != nil {
            guard reason != .reauthorisationRequired else { return false }
            settle(.reauthorisationRequired, "Mono said so by event since the run began", at: now)
        } else if owesAnew(account, events: news.events, at: now) {
            let isKnown = news.events.contains { $0.kind == .reauthorised }
            settle(
                .stillProcessing,
                isKnown ? "the customer re-authorised a moment ago" : "it owes a new update since a moment ago", at: now
            )
        } else {
            return false
        }
        return true
    }

    /// Whether the debt is younger than the selection and Mono still has time to fetch.
    ///
    /// A re-authorisation moves its date forward; so does a new link, or whatever follows a good event.
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
            phase = .glancing(job: job)
        } else {
            deferInsideLimit(at: notBefore, until: until)
        }
    }

    /// Whether what is owed is older than a sync's request, so that the sync counts for it.
    ///
    /// `request` is the latest instant at which it may have left; it may have left so much earlier.
    func isOlder(_ account: AccountState, than request: Timestamp) -> Bool {
        guard let since = account.flaggedSince ?? account.awaitingSince else { return false }
        return since < request.advanced(by: .zero - WorkerLimits.mayLeaveWithin)
    }

    mutating func deferInsideLimit(at now: Timestamp, until: Timestamp) {
        settle(
            .deferred, "a sync was requested less than Mono's limit ago; it may be tried again after \(until.iso8601)",
            at: now, nextAttemptAt: until)
    }

    private mutating func resume(_ intent: Claim.PastIntent, news: News, at now: Timestamp) {
        intendedAt = intent.at
        // Without its answer it is not known when, within its life, the trigger left.
        sentAt = intent.answer == nil ? intent.at.advanced(by: WorkerLimits.mayLeaveWithin) : intent.at
        hadData = intent.hadData
        jobID = intent.jobID
        jobBefore = intent.jobBefore
        progress = intent.answer
        windowEnd = intent.at.advanced(by: rules.window)
        wasFlagged = news.account?.flaggedSince.map { $0 <= intent.at } ?? (reason == .reauthorisationRequired)
        intentsLeft = 0
        // What came before the intent did not keep it from being made.
        heardKeys.formUnion(news.events.filter { $0.receivedAt < intent.at }.map(\.key))
        note("resume", intent.answer?.rawValue ?? "unanswered", at: now)
        switch (intent.answer, intent.jobID) {
        case (.started, let job?): phase = .syncing(.running(job: job))
        case (.succeeded, _): concludeSuccess(status: nil, at: now)
        case (.failed, _): concludeFailure(isExplained: true, status: nil, at: now)
        case (.reauthorise, _): settle(.reauthorisationRequired, "Mono said so before this worker took over", at: now)
        case (.withoutJob, _): phase = .syncing(.withoutJob)
        case (.notFound, _): phase = .confirming
        case (.started, nil), (.inDoubt, _), (nil, _): phase = .syncing(.inDoubt)
        }
        if account?.unlinkedAt != nil { return settle(.accountNotFound, Self.unlinked, at: now) }
        guard account != nil else {
            return settle(.accountNotFound, "the account is no longer in mono.accounts", at: now)
        }
        heard(news, at: now)
    }

    // MARK: Common

    mutating func settle(
        _ outcome: Outcome, _ detail: String, at now: Timestamp, clearsFlag: Bool = false,
        withdrawsIntent: Bool = false, nextAttemptAt: Timestamp? = nil
    ) {
        // A success clears the flag whatever became of the data afterwards.
        let syncSucceeded = progress == .succeeded && outcome != .reauthorisationRequired
        // An armed intent whose trigger has not left did nothing.
        let neverLeft = (phase == .armed && sentAt == nil) || phase == .withdrawing
        conclude(
            Settlement(
                outcome, detail, clearsFlag: clearsFlag || syncSucceeded,
                withdrawsIntent: withdrawsIntent || neverLeft, nextAttemptAt: neverLeft ? nil : nextAttemptAt),
            at: now)
    }

    /// Settles as deferred; after an intent with the time at which it may be tried again.
    mutating func settleDeferred(_ detail: String, at now: Timestamp, withdrawsIntent: Bool = false) {
        let next = withdrawsIntent ? nil : (sentAt ?? intendedAt).map { $0.advanced(by: rules.syncLimit) }
        settle(.deferred, detail, at: now, withdrawsIntent: withdrawsIntent, nextAttemptAt: next)
    }

    mutating func note(_ name: String, _ said: String, at now: Timestamp) {
        let (seconds, attoseconds) = now.since(startedAt).components
        let elapsed = Double(seconds) + (Double(attoseconds) / 1e16).rounded() / 100
        // The last entry makes way: the beginning and the end tell the story.
        if steps.count >= Self.stepLimit { steps.removeLast() }
        steps.append(Step(seconds: elapsed, name: name, said: said))
    }
}
