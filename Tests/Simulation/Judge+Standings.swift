import Reconciliation

/// What the judge itself believes to be known of accounts, from the settlements and events that it saw.
extension Judge {
    /// What was found out of an account.
    struct Known {
        var standing: Standing?
        /// Something came from Mono since that may have ended it; the rules of the order of events decide.
        var mayBeOver = false
    }

    /// A settlement was committed.
    func found(_ account: Int, _ settlement: Settlement, at time: Timestamp, in row: MemoryStore.AccountRow?) {
        guard settlement.outcome.restsOnEvidence else { return }
        let before = known[account]
        known[account] = Known()
        guard settlement.outcome.isUnresolved, row?.state.unlinkedAt == nil, row != nil else { return }
        // Whether an event had ended it is not seen here: where one may have, it may go on or begin anew.
        let isEnded = before.mayBeOver && row?.standing?.since == time
        let since = before.standing.flatMap { $0.outcome == settlement.outcome && !isEnded ? $0.since : nil }
        known[account].standing = Standing(outcome: settlement.outcome, cause: settlement.cause, since: since ?? time)
    }

    /// An event came that may end what is known.
    func mayEnd(_ account: Int, by webhook: Webhook) {
        switch webhook.kind {
        case .connected, .reauthorised, .unlinked: known[account].mayBeOver = true
        case .updated(_, let sync, _): if webhook.isGood || sync == .successful { known[account].mayBeOver = true }
        case .reauthorisationRequired, .syncFailed, .jobUpdate: break
        }
    }

    /// A nightly run was closed: nobody of whom something is known may be missing, and nothing that is known be lost.
    func checkList(of run: Int64, _ store: MemoryStore) {
        guard let row = store.runs[run], row.kind == .nightly else { return }
        let stuckBefore = row.startedAt.advanced(by: .zero - row.options.rules.stuckAfter)
        for id in options.accountIDs {
            guard let account = store.accounts[id] else { continue }
            if account.standing != known[id.index].standing {
                if account.standing != nil || !known[id.index].mayBeOver {
                    broke(.standing, id.index, "run \(run) leaves \(account.standing?.outcome.rawValue ?? "none")")
                }
                known[id.index] = Known(standing: account.standing)
            }
            guard account.standing != nil, account.state.unlinkedAt == nil else { continue }
            let isStuck = account.state.awaitingSince.map { $0 <= stuckBefore } ?? false
            guard isStuck || account.state.flaggedSince != nil, store.place(of: id, in: run) == nil else { continue }
            broke(.unlisted, id.index, "in run \(run)")
        }
        for one in store.cases[run]?.rows ?? [] {
            let nights = one.standing.map { TimeZoneRules.lagos.nights(from: $0.since, to: row.startedAt) } ?? 1
            guard one.nightsInARow != nights else { continue }
            broke(.nights, one.accountID.index, "\(one.nightsInARow) instead of \(nights)")
        }
    }
}
