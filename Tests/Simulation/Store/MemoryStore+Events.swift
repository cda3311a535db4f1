import Reconciliation

extension MemoryStore {
    /// What `mono.record_event` answers.
    package enum Effect: String {
        case applied, stale, duplicate
    }

    /// Applies one webhook.
    package func record(_ webhook: Webhook) -> Effect {
        let account = webhook.account
        guard !isDuplicate(webhook) else { return .duplicate }
        events[account, default: EventRows()].see(webhook.number, at: now)
        if accounts[account] == nil { put(account) }
        let isStale = webhook.occurredAt.flatMap { time in
            accounts[account]?.lastEventTime.map { time < $0 }
        }
        let arrived = now
        change(account) { $0.apply(webhook, arrived: arrived) }
        // Told even where no column changes: somebody may wait for it.
        changes.told.append(account)
        guard isStale != true else { return .stale }
        // Runs are told of applied events only.
        events[account, default: EventRows()].keep(
            EventNote(key: "e\(webhook.number)", kind: webhook.noteKind, receivedAt: now))
        return .applied
    }

    /// With an id, ever; without, an equal one of the last quarter of an hour.
    private func isDuplicate(_ webhook: Webhook) -> Bool {
        let seen = events[webhook.account]?.seen ?? []
        return seen.contains { known in
            known.number == webhook.number && (webhook.hasID || now.from(known.at) < 15 * aMinute)
        }
    }
}

extension MemoryStore.EventRows {
    fileprivate mutating func see(_ number: Int, at time: Timestamp) {
        seen.append((number, time))
        if seen.count > 40 { seen.removeFirst(20) }
    }

    fileprivate mutating func keep(_ note: EventNote) {
        notes.append(note)
        // No run asks for events of before its start.
        if notes.count > 60 { notes.removeFirst(30) }
    }
}

extension MemoryStore.AccountRow {
    /// `mono.after_event`: each fact goes by the newest event that spoke of it.
    fileprivate mutating func apply(_ webhook: Webhook, arrived: Timestamp) {
        let does = Effects(webhook)
        // An event without Mono's time counts as the newest: arrival decides.
        let moment = webhook.occurredAt ?? lastEventTime
        func isFree(_ time: Timestamp?) -> Bool {
            guard let time, let moment else { return true }
            return time <= moment
        }
        if let isSet = does.data, isFree(times.data) {
            state.dataAvailable = isSet
            times.data = moment
        }
        if does.data == true { bringData(isNewest: isFree(times.data), isFree: isFree(times.failure), arrived) }
        // What a run found out before is over; compared with the run's own time alone, so that no order matters.
        let lets = does.flag == false && standing?.outcome == .reauthorisationRequired
        if does.data == true || does.debt == .now || does.link != nil || lets, isFree(times.failure) {
            if standing != nil { retryAfter = nil }
            standing = nil
        }
        if isFree(times.failure), let outcome = standing?.outcome, does.isNews(beside: outcome) { retryAfter = nil }
        if let isSet = does.link, isFree(times.link) {
            state.unlinkedAt = isSet ? nil : state.unlinkedAt ?? arrived
            times.link = moment
        }
        if let debt = does.debt, isFree(times.debt) {
            state.awaitingSince = since(debt, arrived)
            // What a link owes goes by the time of the link: it depends on the facts before it.
            if debt != .firstUnlessAvailable { times.debt = moment }
        }
        if let isSet = does.flag, isFree(times.flag) {
            state.flaggedSince = isSet ? state.flaggedSince ?? arrived : nil
            times.flag = moment
        }
        if let job = does.job, isFree(times.job) {
            state.lastSyncJobID = job
            times.job = moment
        }
        if let status = does.status, isFree(times.status) {
            state.dataStatus = status.word
            times.status = moment
        }
        if let time = webhook.occurredAt { lastEventTime = max(lastEventTime ?? time, time) }
    }

    private mutating func bringData(isNewest: Bool, isFree: Bool, _ arrived: Timestamp) {
        lastUpdatedAt = isNewest ? arrived : lastUpdatedAt ?? arrived
        guard isFree else { return }
        consecutiveFailures = 0
        retryAfter = nil
    }

    /// Since when an update is owed, after the other facts have changed.
    private func since(_ debt: Effects.Debt, _ arrived: Timestamp) -> Timestamp? {
        switch debt {
        case .first: state.awaitingSince ?? arrived
        case .firstUnlessAvailable: state.dataAvailable ? state.awaitingSince : state.awaitingSince ?? arrived
        case .now: arrived
        case .clear: nil
        // A newer link that came before this unlink would have found no data.
        case .clearUnlessLinked: state.unlinkedAt == nil ? state.awaitingSince ?? arrived : nil
        }
    }
}

/// `mono.effect_of`: what an event does to an account, fact by fact; nil leaves a fact as it is.
private struct Effects {
    enum Debt {
        case first, firstUnlessAvailable, now, clear, clearUnlessLinked
    }

    var data: Bool?
    var debt: Debt?
    var flag: Bool?
    var link: Bool?
    var job: String?
    var status: DataStatus?

    /// Whether it says more than what stands, and so ends the cool-down.
    func isNews(beside outcome: Outcome) -> Bool {
        switch outcome {
        case .accountNotFound: true
        case .partial: flag == true || status == .failed || status == .unavailable
        case .providerFailed: flag == true || status == .partial || status == .unavailable
        case .alreadyAvailable, .recovered, .reauthorisationRequired, .bankUnavailable, .incompleteStatement,
            .stillProcessing, .deferred, .errored:
            false
        }
    }

    init(_ webhook: Webhook) {
        switch webhook.kind {
        case .connected: (debt, link) = (.firstUnlessAvailable, true)
        case .updated(let status, let sync, _):
            self.status = status
            switch sync {
            case _ where webhook.isGood: (data, debt, flag) = (true, .clear, false)
            case .reauthorisationRequired: flag = true
            case .successful: (debt, flag) = (.first, false)
            case .failed, .unknown, nil: debt = .first
            }
        case .reauthorisationRequired: flag = true
        case .reauthorised: (debt, flag) = (.now, false)
        case .syncFailed: debt = .first
        case .jobUpdate(let job, let status):
            self.job = job
            if status == .reauthorisationRequired { flag = true }
        case .unlinked: (data, debt, flag, link) = (false, .clearUnlessLinked, false, false)
        }
    }
}
