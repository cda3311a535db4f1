extension Case {
    /// What our own database says of the account now: a free poll.
    package mutating func heard(_ news: News, at now: Timestamp) {
        let fresh = news.events.filter { heardKeys.insert($0.key).inserted }
        account = news.account
        if isBeforeTrigger || isConcluded { learnStatus(from: fresh) }
        switch phase {
        case .inspecting, .glancing, .ready, .withdrawing:
            hearBeforeTrigger(news, fresh: fresh, at: now)
        case .armed where sentAt == nil:
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
            if case .updated(let status?, _, _) = event.kind { statusAfter = status.word }
        }
    }

    private func isAfterIntent(_ event: EventNote) -> Bool {
        intendedAt.map { event.receivedAt >= $0 } ?? false
    }

    private mutating func hearBeforeTrigger(_ news: News, fresh: [EventNote], at now: Timestamp) {
        for event in fresh { note("event", event.word, at: now) }
        guard !concludeWithoutCall(News(account: news.account, events: fresh), at: now) else { return }
        if reason == .requested, news.account?.isHealthy == true, fresh.contains(where: \.isGood) {
            return settle(.alreadyAvailable, "its event came", at: now)
        }
        // Somebody else triggered it meanwhile.
        if phase == .ready, let until = limitEnd(news.account), until > now {
            deferInsideLimit(at: now, until: until)
        }
    }

    /// The settlement met a row that an event had changed.
    private mutating func reconsider(_ settlement: Settlement, fresh: [EventNote], at now: Timestamp) {
        let didNothing = intendedAt == nil || settlement.withdrawsIntent || progress == .notFound
        defer {
            if settlement.withdrawsIntent { amend { $0.withdrawsIntent = true } }
        }
        guard account != nil else {
            return settle(.accountNotFound, "the account is no longer in mono.accounts", at: now)
        }
        // Linked again since.
        if settlement.detail == Self.unlinked, account?.unlinkedAt == nil { settleUnlinked(at: now) }
        for event in fresh {
            switch event.kind {
            case .unlinked: settleUnlinked(at: now)
            case .reauthorised: settle(.stillProcessing, "the customer re-authorised a moment ago", at: now)
            case .reauthorisationRequired, .updated(_, .reauthorisationRequired, _):
                settle(.reauthorisationRequired, "Mono said so by event", at: now)
            case .updated(.available, nil, _), .updated(.available, .successful, _):
                guard didNothing || event.job.map(isOurs) ?? true else { continue }
                settle(didNothing ? .alreadyAvailable : .recovered, "its event came", at: now)
            case .updated, .jobUpdate, .syncFailed, .other: break
            }
        }
    }

    /// The customer took the link away, and perhaps made a new one since: then what was there before counts no more.
    private mutating func settleUnlinked(at now: Timestamp) {
        if account?.unlinkedAt != nil {
            settle(.accountNotFound, Self.unlinked, at: now)
        } else {
            settle(.stillProcessing, "the account was unlinked and linked again a moment ago", at: now)
        }
    }

    mutating func judgeHeldEvents(at now: Timestamp) {
        let events = unjudged
        unjudged = []
        for event in events { judge(event, at: now) }
    }

    /// Weighs one event that arrived after the intent.
    private mutating func judge(_ event: EventNote, at now: Timestamp) {
        switch phase {
        case .armed, .syncing, .confirming: break
        // One that came with the event which concluded the case.
        case .askingForLink(let settlement), .done(let settlement):
            if let job = event.job, !isOurs(job) { return }
            return reconsider(settlement, fresh: [event], at: now)
        case .inspecting, .glancing, .ready, .withdrawing: return
        }
        if phase == .armed, !event.isDecisive {
            unjudged.append(event)
            return
        }
        if phase == .confirming { return judgeWithoutSync(event, at: now) }
        if let job = event.job {
            guard isOurs(job) else { return note("event", "\(event.word), of another sync", at: now) }
            jobID = job
            adopt(job, at: now)
        }
        note("event", event.word, at: now)
        switch event.kind {
        case .updated(let status, let sync, let job): judgeUpdate(status, sync, hasJob: job != nil, at: now)
        case .jobUpdate(_, let status): judgeJob(status, at: now)
        case .reauthorisationRequired: settle(.reauthorisationRequired, "Mono said so by event", at: now)
        case .reauthorised: settle(.stillProcessing, "the customer re-authorised a moment ago", at: now)
        case .unlinked: settleUnlinked(at: now)
        case .syncFailed: judgeBadEnd(hasJob: false, at: now)
        case .other: break
        }
    }

    /// The trigger was not taken: an event is no news of a sync of ours.
    private mutating func judgeWithoutSync(_ event: EventNote, at now: Timestamp) {
        note("event", event.word, at: now)
        switch event.kind {
        case .unlinked: settleUnlinked(at: now)
        case .reauthorised: settle(.stillProcessing, "the customer re-authorised a moment ago", at: now)
        case .reauthorisationRequired, .updated(_, .reauthorisationRequired, _):
            settle(.reauthorisationRequired, "Mono said so by event", at: now)
        case .updated where event.isGood: settle(.alreadyAvailable, "its event came after all", at: now)
        case .updated, .jobUpdate, .syncFailed, .other: break
        }
    }

    /// In doubt, the job is learned from an event; the previous one is never ours.
    private func isOurs(_ job: String) -> Bool {
        if let jobID { return job == jobID }
        return job != jobBefore
    }

    private mutating func judgeUpdate(
        _ status: DataStatus?, _ sync: EventNote.SyncStatus?, hasJob: Bool, at now: Timestamp
    ) {
        if let status { statusAfter = status.word }
        switch (sync, status) {
        case (.reauthorisationRequired, _):
            settle(.reauthorisationRequired, "Mono said so by event", at: now)
        // The good event needs no look; without `sync_status` it is that of a sync without a job, or of the linking.
        case (.successful, .available), (nil, .available): concludeSuccess(status: .available, at: now)
        case (.successful, _): concludeSuccess(status: nil, at: now)
        case (.failed, _): concludeFailure(isExplained: true, status: nil, at: now)
        case (nil, .partial), (nil, .unavailable), (nil, .failed): judgeBadEnd(hasJob: hasJob, at: now)
        case (nil, .processing), (nil, .unknown), (nil, nil), (.unknown, _): break
        }
    }

    /// An event that says nothing of a sync: while a job of ours can be asked, the job decides.
    private mutating func judgeBadEnd(hasJob: Bool, at now: Timestamp) {
        if case .syncing(.running) = phase, !hasJob { return }
        if phase == .syncing(.succeeded) { return }
        concludeFailure(isExplained: true, status: nil, at: now)
    }

    /// In doubt, a job learned from an event is looked at like one that the trigger's answer named.
    private mutating func adopt(_ job: String, at now: Timestamp) {
        guard rules.api == .realtime else { return }
        switch phase {
        case .syncing(.inDoubt), .syncing(.withoutJob):
            progress = .started
            phase = .syncing(.running(job: job))
            scheduleLook(at: now)
        case .syncing, .armed, .confirming, .inspecting, .glancing, .ready, .withdrawing, .askingForLink, .done: break
        }
    }

    /// A job update tells success or failure, but not why it failed: the event that does follows shortly.
    private mutating func judgeJob(_ status: JobStatus, at now: Timestamp) {
        guard case .syncing(.running) = phase else { return }
        switch status {
        case .processing, .unknown: break
        case .finished, .failed, .reauthorisationRequired: conclude(job: status, isFinal: false, at: now)
        }
    }
}

extension EventNote {
    /// The job that the event names.
    var job: String? {
        switch kind {
        case .updated(_, _, let job): job
        case .jobUpdate(let job, _): job
        case .reauthorisationRequired, .reauthorised, .syncFailed, .unlinked, .other: nil
        }
    }

    /// Whether it says that the data is there and the link works.
    var isGood: Bool {
        switch kind {
        case .updated(.available, nil, _), .updated(.available, .successful, _): true
        case .updated, .jobUpdate, .reauthorisationRequired, .reauthorised, .syncFailed, .unlinked, .other: false
        }
    }

    /// Whether it settles the case whatever the trigger's answer will be.
    var isDecisive: Bool {
        switch kind {
        case .updated(.available, nil, nil), .updated(_, .reauthorisationRequired, nil): true
        case .reauthorisationRequired, .reauthorised, .unlinked: true
        case .updated, .jobUpdate, .syncFailed, .other: false
        }
    }

    /// A word for the case's story.
    var word: String {
        switch kind {
        case .updated(let status, let sync, _):
            ["account_updated", status?.word, sync.map { "sync \($0)" }].compactMap { $0 }.joined(separator: " ")
        case .jobUpdate(_, let status): "job \(status.word)"
        case .reauthorisationRequired: "reauthorisation_required"
        case .reauthorised: "account_reauthorized"
        case .syncFailed: "sync_failed"
        case .unlinked: "account_unlinked"
        case .other: "another event"
        }
    }
}
