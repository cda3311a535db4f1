import Reconciliation

/// What the judge itself believes to be known of accounts, from the settlements and events that it saw.
extension Judge {
    /// What was found out of an account.
    struct Known {
        var standing: Standing?
        /// Something came from Mono since that may have ended it; the rules of the order of events decide.
        var mayBeOver = false
        /// The first night on which it is tried again; nil: any.
        var nextNight: Int64?
        /// Something came from Mono since: from here on its turn may come at any time.
        var mayBeDue = false
        /// Something came that is news for certain.
        var isDue = false
    }

    /// A settlement was committed.
    func found(
        _ account: Int, _ settlement: Settlement, by run: Int64, at time: Timestamp, in row: MemoryStore.AccountRow?
    ) {
        guard settlement.outcome.restsOnEvidence else { return }
        let before = known[account]
        known[account] = Known()
        guard settlement.outcome.isUnresolved, row?.state.unlinkedAt == nil, row != nil else { return }
        // Whether an event had ended it is not seen here: where one may have, it may go on or begin anew.
        let isEnded = before.mayBeOver && row?.standing?.since == time
        let since = before.standing.flatMap { $0.outcome == settlement.outcome && !isEnded ? $0.since : nil }
        known[account].standing = Standing(outcome: settlement.outcome, cause: settlement.cause, since: since ?? time)
        let tonight = night(of: runStarts[run] ?? time)
        let first = min(night(of: since ?? time), tonight)
        // Written down once more, as the manual tells it.
        let tries: [Int]
        switch settlement.outcome {
        case .reauthorisationRequired, .partial, .accountNotFound:
            tries = [4, 11, 25] + stride(from: 53, to: 2_000, by: 28)
        case .providerFailed: tries = [2, 4, 8] + stride(from: 15, to: 2_000, by: 7)
        case .alreadyAvailable, .recovered, .bankUnavailable, .incompleteStatement, .stillProcessing, .deferred,
            .errored:
            return
        }
        known[account].nextNight = tries.first { $0 > tonight - first + 1 }.map { first + Int64($0) - 1 }
    }

    /// A night's number, noon to noon in Lagos.
    private func night(of time: Timestamp) -> Int64 {
        (time.microseconds - 11 * 3_600_000_000) / 86_400_000_000
    }

    /// An event came that may end what is known.
    func mayEnd(_ account: Int, by webhook: Webhook, isStale: Bool) {
        known[account].mayBeDue = true
        if let outcome = known[account].standing?.outcome, !isStale {
            switch webhook.kind {
            case .reauthorisationRequired: if outcome != .reauthorisationRequired { known[account].isDue = true }
            case .syncFailed, .jobUpdate: if outcome == .accountNotFound { known[account].isDue = true }
            case .connected, .reauthorised, .unlinked, .updated: break
            }
        }
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

    /// A nightly run lists an account that it did not try; where that is for a cool-down, that must be right.
    func leftAlone(_ one: MemoryStore.CaseRow, in run: Int64, _ store: MemoryStore) {
        // Where the clock was moved, the nights are not those of the judge.
        guard let row = store.runs[run], !hasMovedClock, !one.isTried, one.outcome?.restsOnEvidence == true else {
            return
        }
        if forcedRuns.contains(run) { return broke(.tooSeldom, one.accountID.index, "in a night that tries everybody") }
        let known = known[one.accountID.index]
        guard known.standing?.outcome == one.outcome else {
            return broke(.tooSeldom, one.accountID.index, "of whom nothing like that is known")
        }
        // It may also be tried on the night before its own: runs do not begin at the same minute of every night.
        guard known.isDue || known.nextNight.map({ $0 < night(of: row.startedAt) }) ?? true else { return }
        broke(.tooSeldom, one.accountID.index, known.isDue ? "after news" : "on its night")
    }

    /// A nightly run selected an account.
    func selected(_ account: Int, by row: MemoryStore.RunRow?) {
        guard let row, row.kind == .nightly, !row.options.force, !hasMovedClock else { return }
        let known = known[account]
        guard known.standing != nil, !known.mayBeDue, !known.mayBeOver, let next = known.nextNight,
            next > night(of: row.startedAt) + 1
        else { return }
        broke(.tooOften, account, "\(next - night(of: row.startedAt)) nights before its turn")
    }
}
