/// The account's row and its events.
extension Case {
    /// What our own database says of the account now: a free poll.
    package mutating func heard(_ news: News, at now: Timestamp) {
        let fresh = events.unheard(of: news.events)
        account = news.account
        if isBeforeTrigger || isConcluded { learnStatus(from: fresh) }
        switch phase {
        case .inspecting, .checkingPreviousSync, .ready, .withdrawing:
            hearBeforeTrigger(news, fresh: fresh, at: now)
        case .armed where intent.sentAt == nil:
            hearBeforeTrigger(news, fresh: fresh, at: now)
        case .armed, .syncing, .confirming:
            for event in fresh where isAfterIntent(event) {
                // What came later may take back what an earlier one said.
                switch phase {
                case .askingForLink(let settlement), .done(let settlement):
                    reconsider(settlement, fresh: [event], at: now)
                default: judge(event, at: now)
                }
            }
        case .askingForLink(let settlement), .done(let settlement):
            reconsider(settlement, fresh: fresh, at: now)
        }
    }

    private mutating func learnStatus(from events: [EventNote]) {
        for event in events {
            if case .updated(let status?, _, _) = event.kind { history.statusAfter = status.word }
        }
    }

    private func isAfterIntent(_ event: EventNote) -> Bool {
        // Without an intent it is the previous sync whose end is looked at: what is new came after that.
        intent.committedAt.map { event.receivedAt >= $0 } ?? true
    }

    private mutating func hearBeforeTrigger(_ news: News, fresh: [EventNote], at now: Timestamp) {
        for event in fresh { note(.event, event.word, at: now) }
        guard !concludeWithoutCall(News(account: news.account, events: fresh), at: now) else { return }
        if reason == .requested, news.account?.isHealthy == true, fresh.contains(where: \.isGood) {
            return learn(.account(.goodEvent(isOfOurSync: false)), at: now)
        }
        // Somebody else triggered it meanwhile.
        if phase == .ready, let until = limitEnd(news.account), until > now {
            learn(.trigger(.tooSoon(until: until)), at: now)
        }
    }

    /// The settlement met a row that an event had changed.
    private mutating func reconsider(_ settlement: Settlement, fresh: [EventNote], at now: Timestamp) {
        let didNothing = intent.committedAt == nil || settlement.withdrawsIntent || intent.progress == .notFound
        defer {
            if settlement.withdrawsIntent { amend { $0.withdrawsIntent = true } }
        }
        guard account != nil else { return learn(.account(.deleted), at: now) }
        // Linked again since.
        if settlement.cause == .unlinked, account?.unlinkedAt == nil { settleUnlinked(at: now) }
        for event in fresh {
            switch event.kind {
            case .unlinked: settleUnlinked(at: now)
            case .reauthorised: learn(.account(.reauthorised), at: now)
            case .reauthorisationRequired, .updated(_, .reauthorisationRequired, _):
                learn(.reauthorisationRequired(.event), at: now)
            case .updated(.available, nil, _), .updated(.available, .successful, _):
                guard didNothing || event.job.map(isOurs) ?? true else { continue }
                learn(.account(.goodEvent(isOfOurSync: !didNothing)), at: now)
            case .updated, .jobUpdate, .syncFailed, .other: break
            }
        }
    }

    /// The customer took the link away, and perhaps made a new one since: then what was there before counts no more.
    private mutating func settleUnlinked(at now: Timestamp) {
        learn(.account(account?.unlinkedAt != nil ? .unlinked : .linkedAgain), at: now)
    }

    mutating func judgeHeldEvents(at now: Timestamp) {
        for event in events.release() { judge(event, at: now) }
    }

    /// Weighs one event that arrived after the intent.
    private mutating func judge(_ event: EventNote, at now: Timestamp) {
        switch phase {
        case .armed, .syncing, .confirming: break
        // One that came with the event which concluded the case.
        case .askingForLink(let settlement), .done(let settlement):
            if let job = event.job, !isOurs(job) { return }
            return reconsider(settlement, fresh: [event], at: now)
        case .inspecting, .checkingPreviousSync, .ready, .withdrawing: return
        }
        if phase == .armed, !event.isDecisive {
            events.hold(event)
            return
        }
        if phase == .confirming { return judgeWithoutSync(event, at: now) }
        if let job = event.job {
            guard isOurs(job) else { return note(.event, "\(event.word), of another sync", at: now) }
            intent.job = job
            adopt(job, at: now)
        }
        note(.event, event.word, at: now)
        let (wasRunning, wasSucceeded) = (isRunning, phase == .syncing(.succeeded))
        defer {
            if wasRunning && !isRunning || wasSucceeded && isConcluded { learnFromEvent(event, wasRunning: wasRunning) }
        }
        switch event.kind {
        case .updated(let status, let sync, let job): judgeUpdate(status, sync, hasJob: job != nil, at: now)
        case .jobUpdate(_, let status): judgeJob(status, at: now)
        case .reauthorisationRequired: learn(.reauthorisationRequired(.event), at: now)
        case .reauthorised: learn(.account(.reauthorised), at: now)
        case .unlinked: settleUnlinked(at: now)
        case .syncFailed: judgeBadEnd(hasJob: false, at: now)
        case .other: break
        }
    }

    /// The trigger was not taken: an event is no news of a sync of ours.
    private mutating func judgeWithoutSync(_ event: EventNote, at now: Timestamp) {
        note(.event, event.word, at: now)
        switch event.kind {
        case .unlinked: settleUnlinked(at: now)
        case .reauthorised: learn(.account(.reauthorised), at: now)
        case .reauthorisationRequired, .updated(_, .reauthorisationRequired, _):
            learn(.reauthorisationRequired(.event), at: now)
        case .updated where event.isGood: learn(.account(.healthyAfterAll), at: now)
        case .updated, .jobUpdate, .syncFailed, .other: break
        }
    }

    /// In doubt, the job is learned from an event; the previous one is never ours.
    private func isOurs(_ job: String) -> Bool {
        if let ours = intent.job { return job == ours }
        return job != intent.jobBefore
    }

    private mutating func judgeUpdate(
        _ status: DataStatus?, _ sync: EventNote.SyncStatus?, hasJob: Bool, at now: Timestamp
    ) {
        if let status { history.statusAfter = status.word }
        switch (sync, status) {
        case (.reauthorisationRequired, _):
            learn(.reauthorisationRequired(.event), at: now)
        // The good event needs no look; without `sync_status` it is that of a sync without a job, or of the linking.
        case (.successful, .available), (nil, .available): syncSucceeded(.available, at: now)
        case (.successful, _): syncSucceeded(nil, at: now)
        case (.failed, _): syncFailed(nil, isExplained: true, at: now)
        case (nil, .partial), (nil, .unavailable), (nil, .failed): judgeBadEnd(hasJob: hasJob, at: now)
        case (nil, .processing), (nil, .unknown), (nil, nil), (.unknown, _): break
        }
    }

    /// An event that says nothing of a sync: while a job of ours can be asked, the job decides.
    private mutating func judgeBadEnd(hasJob: Bool, at now: Timestamp) {
        if case .syncing(.running) = phase, !hasJob { return }
        if phase == .syncing(.succeeded) { return }
        syncFailed(nil, isExplained: true, at: now)
    }

    /// In doubt, a job learned from an event is looked at like one that the trigger's answer named.
    private mutating func adopt(_ job: String, at now: Timestamp) {
        guard rules.api == .realtime else { return }
        switch phase {
        case .syncing(.inDoubt), .syncing(.withoutJob):
            watch(.running(job: job), as: .started, at: now)
        case .syncing, .armed, .confirming, .inspecting, .checkingPreviousSync, .ready, .withdrawing, .askingForLink,
            .done:
            break
        }
    }

    /// A job update tells success or failure, but not why it failed: the event that does follows shortly.
    private mutating func judgeJob(_ status: JobStatus, at now: Timestamp) {
        guard case .syncing(.running) = phase else { return }
        switch status {
        case .processing, .unknown: break
        case .finished, .failed, .reauthorisationRequired: conclude(job: status, isLastLook: false, at: now)
        }
    }
}
