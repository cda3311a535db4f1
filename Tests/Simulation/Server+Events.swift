import Reconciliation

extension Server {
    /// What `mono.record_event` answers.
    enum Effect: String {
        case applied, stale, duplicate
    }

    /// Applies one webhook.
    func record(_ webhook: Webhook) -> Effect {
        let account = webhook.account
        guard !isDuplicate(webhook) else { return .duplicate }
        rows[account].seen.append((webhook.number, now))
        if rows[account].seen.count > 40 { rows[account].seen.removeFirst(20) }
        let isStale = webhook.occurredAt.flatMap { time in rows[account].lastEventTime.map { time < $0 } } ?? false
        let before = rows[account].state
        apply(webhook, to: &rows[account])
        // Runs are told of applied events only.
        if !isStale || bug == .staleOverwrites {
            keep(EventNote(key: "e\(webhook.number)", kind: webhook.noteKind, receivedAt: now), of: account)
        }
        notified.append(account)
        judge.recorded(webhook, isStale: isStale, before: before, after: rows[account].state)
        trace.note("ledger", "\(ids[account]) event \(webhook.word)\(isStale ? " (stale)" : "")")
        return isStale ? .stale : .applied
    }

    /// With an id, ever; without, an equal one of the last quarter of an hour.
    private func isDuplicate(_ webhook: Webhook) -> Bool {
        guard bug != .duplicateApplied else { return false }
        return rows[webhook.account].seen.contains { known in
            known.number == webhook.number && (webhook.hasID || now.from(known.at) < 15 * aMinute)
        }
    }

    private func keep(_ note: EventNote, of account: Int) {
        rows[account].notes.append(note)
        // No run asks for events of before its start.
        if rows[account].notes.count > 60 { rows[account].notes.removeFirst(30) }
    }

    /// `mono.after_event`: each fact goes by the newest event that spoke of it.
    private func apply(_ webhook: Webhook, to row: inout Row) {
        let does = Effects(webhook)
        // An event without Mono's time counts as the newest: arrival decides.
        let moment = webhook.occurredAt ?? row.lastEventTime
        let isFree = { [bug] (time: Timestamp?) in
            guard let time, let moment, bug != .staleOverwrites else { return true }
            return time <= moment
        }
        if let isSet = does.data, isFree(row.times.data) {
            row.state.dataAvailable = isSet
            row.times.data = moment
        }
        if let isSet = does.link, isFree(row.times.link) {
            row.state.unlinkedAt = isSet ? nil : row.state.unlinkedAt ?? now
            row.times.link = moment
        }
        if let debt = does.debt, isFree(row.times.debt) {
            row.state.awaitingSince = self.debt(debt, row.state)
            // What a link owes goes by the time of the link: it depends on the facts before it.
            if debt != .firstUnlessAvailable { row.times.debt = moment }
        }
        if let isSet = does.flag, isFree(row.times.flag) {
            row.state.flaggedSince = isSet ? row.state.flaggedSince ?? now : nil
            row.times.flag = moment
        }
        if let job = does.job, isFree(row.times.job), bug != .jobsNotKept {
            row.state.lastSyncJobID = job
            row.times.job = moment
        }
        if let status = does.status, isFree(row.times.status) {
            row.state.dataStatus = status.word
            row.times.status = moment
        }
        if let time = webhook.occurredAt { row.lastEventTime = max(row.lastEventTime ?? time, time) }
    }

    /// Since when an update is owed, after the other facts have changed.
    private func debt(_ effect: Effects.Debt, _ state: AccountState) -> Timestamp? {
        switch effect {
        case .first: state.awaitingSince ?? now
        case .firstUnlessAvailable: state.dataAvailable ? state.awaitingSince : state.awaitingSince ?? now
        case .now: now
        case .clear: nil
        // A newer link that came before this unlink would have found no data.
        case .clearUnlessLinked: state.unlinkedAt == nil ? state.awaitingSince ?? now : nil
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
