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
        if isStale, bug != .staleOverwrites {
            if webhook.isGood, before.unlinkedAt == nil { rows[account].state.dataAvailable = true }
        } else {
            apply(webhook.kind, to: &rows[account].state)
            if let time = webhook.occurredAt {
                rows[account].lastEventTime = max(rows[account].lastEventTime ?? time, time)
            }
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

    /// The table of effects.
    private func apply(_ kind: Webhook.Kind, to state: inout AccountState) {
        switch kind {
        case .connected:
            if !state.dataAvailable { state.awaitingSince = state.awaitingSince ?? now }
            state.unlinkedAt = nil
        case .updated(let status, let sync, _):
            update(status, sync, &state)
        case .reauthorisationRequired:
            state.flaggedSince = state.flaggedSince ?? now
        case .reauthorised:
            state.awaitingSince = now
            state.flaggedSince = nil
        case .syncFailed:
            state.awaitingSince = state.awaitingSince ?? now
        case .jobUpdate(let job, let status):
            if status == .reauthorisationRequired { state.flaggedSince = state.flaggedSince ?? now }
            if bug != .jobsNotKept { state.lastSyncJobID = job }
        case .unlinked:
            state.dataAvailable = false
            state.awaitingSince = nil
            state.flaggedSince = nil
            state.unlinkedAt = state.unlinkedAt ?? now
        }
    }

    private func update(_ status: DataStatus, _ sync: EventNote.SyncStatus?, _ state: inout AccountState) {
        state.dataStatus = status.word
        switch (status, sync) {
        case (.available, nil), (.available, .successful):
            state.dataAvailable = true
            state.awaitingSince = nil
            state.flaggedSince = nil
        case (_, .reauthorisationRequired):
            state.flaggedSince = state.flaggedSince ?? now
        case (_, .successful):
            state.awaitingSince = state.awaitingSince ?? now
            state.flaggedSince = nil
        default:
            state.awaitingSince = state.awaitingSince ?? now
        }
    }
}
