import Reconciliation

extension Judge {
    /// A settlement as it was committed.
    struct Settled {
        var account: Int
        var run: Int64
        var worker: Int
        /// The case as its worker knew it.
        var known: CaseSnapshot
        var settlement: Settlement
        /// The case's row before.
        var before: MemoryStore.CaseRow
        var rowBefore: AccountState
        var rowAfter: AccountState
    }

    func settled(_ one: Settled) {
        count(one.settlement.outcome)
        if one.before.outcome != nil { broke(.settledTwice, one.account, "in run \(one.run)") }
        if one.rowBefore.dataAvailable, !one.rowAfter.dataAvailable {
            broke(.overwritten, one.account, "data_available became false")
        }
        if !one.settlement.sparesAccount, let known = one.known.account, isChanged(known, one.rowBefore, one.settlement)
        {
            broke(.overwritten, one.account, "settled \(one.settlement.outcome) over a row that had changed")
        }
        // Where the clock was moved, times in rows say little of what came first.
        if !hasMovedClock, let why = missingEvidence(proving: one) {
            broke(.evidence, one.account, "\(one.settlement.outcome.rawValue) by w\(one.worker): \(why)")
        }
        // It knew all events so far: none of them, and none before them, changes it back.
        for fact in [Fact.data, .status, .debt, .flag] where !fact.isSame(in: one.rowAfter, as: one.rowBefore) {
            spokenAt[one.account][fact] = newestEvent[one.account]
        }
    }

    /// A stopping worker deferred its case: none of the others may have been there to take it.
    func gaveUp(_ account: Int, _ worker: Int, run: Int64) {
        guard let told = health[worker]?.troubles.first(where: { $0.to.microseconds == .max })?.from else { return }
        let well = health.keys.sorted().first { other in
            guard other != worker, let one = health[other], one.run == run, !one.isGone else { return false }
            return isQuiet(other, from: told.after(-3 * aSecond - slack), to: told.after(aSecond + slack))
        }
        if let well { broke(.handBack, account, "by w\(worker) although w\(well) was well") }
    }

    func count(_ outcome: Outcome) {
        settledCases += 1
        outcomes[outcome, default: 0] += 1
    }

    /// Whether the settlement would overwrite what the case did not know; a withdrawal has taken its own debt back.
    private func isChanged(_ known: AccountState, _ row: AccountState, _ settlement: Settlement) -> Bool {
        known.dataAvailable != row.dataAvailable || known.flaggedSince != row.flaggedSince
            || known.unlinkedAt != row.unlinkedAt
            || !settlement.withdrawsIntent && known.awaitingSince != row.awaitingSince
    }

    /// The same for what is only kept, and for what was kept: that was proved when it was found out.
    private func missingEvidence(proving one: Settled) -> String? {
        let wasKept = kept.removeValue(forKey: one.account)
        guard one.settlement.sparesAccount else {
            return wasKept?.outcome == one.settlement.outcome ? nil : missingEvidence(one)
        }
        guard let found = one.settlement.found else { return nil }
        kept[one.account] = found
        guard found != wasKept else { return nil }
        var proved = one
        proved.settlement.outcome = found.outcome
        proved.settlement.cause = found.cause
        return missingEvidence(proved)
    }

    /// Why an outcome may not be reported, if so.
    private func missingEvidence(_ one: Settled) -> String? {
        guard let truth = mono?.accounts[one.account] else { return nil }
        let start = runStarts[one.run] ?? VirtualClock.beginning
        func said(_ words: Word...) -> Bool { words.contains { truth.said($0, since: start) } }
        switch one.settlement.outcome {
        case .alreadyAvailable:
            if truth.status != .available { return "Mono has no data" }
            if !said(.available) { return "nobody said so in this run" }
            // What was answered 404 may have been taken, for all that is known; nothing says that it was.
            if one.known.progress == .notFound || one.known.intendedAt == nil { return nil }
            return takenAt[one.account].map { $0 > start } ?? false ? "a sync of ours was taken" : nil
        case .recovered: return missingRecovery(one, truth, start)
        case .partial: return said(.partial) ? nil : "Mono did not say so"
        case .reauthorisationRequired: return truth.everSaid(.reauthorise) ? nil : "Mono never said so"
        case .bankUnavailable: return said(.unavailable, .bankError) ? nil : "Mono did not say so"
        case .providerFailed:
            return said(.failed, .failure, .partial, .unavailable) ? nil : "Mono did not say so"
        case .incompleteStatement: return said(.incomplete) ? nil : "Mono did not say so"
        case .stillProcessing:
            let isFresh = max(one.rowBefore.awaitingSince ?? start, reauthorisedAt[one.account] ?? start) > start
            return said(.processing) || isFresh ? nil : "Mono did not say so"
        case .accountNotFound:
            // A row that the business has deleted is nobody's account.
            if one.settlement.cause == .deleted { return nil }
            return truth.isUnlinked || truth.script == .gone || one.rowBefore.unlinkedAt != nil ? nil : "Mono knows it"
        case .deferred, .errored: return nil
        }
    }

    private func missingRecovery(_ one: Settled, _ truth: MonoAccount, _ start: Timestamp) -> String? {
        guard truth.said(.available, since: start) || truth.said(.success, since: start) else {
            return "nobody said so in this run"
        }
        let intent = intents[one.account].flatMap { $0.run == one.run ? $0 : nil }
        let hadData = one.before.hadData ?? one.rowBefore.dataAvailable
        let wasFlagged = intent?.wasFlagged ?? (one.rowBefore.flaggedSince != nil)
        guard hadData || wasFlagged else { return truth.status == .available ? nil : "Mono has no data" }
        // Mono's status is cumulative: it proves nothing where data was there, or the link is broken.
        let owed = intent?.owedSince ?? one.rowBefore.flaggedSince ?? one.rowBefore.awaitingSince ?? start
        if truth.syncs.contains(where: { $0.succeeded && $0.startedAt >= owed }) { return nil }
        if let intent, goodWithoutJobAt[one.account].map({ $0 >= intent.at }) ?? false { return nil }
        // In doubt, a job learned from an event counts as ours, unless it was known before.
        let isInDoubt = intent?.namedJob == nil || intent?.worker != one.worker
        // Where an update without Mono's time came late, the row has forgotten the newer job.
        if isInDoubt || forgottenJobs[one.account].contains(one.known.jobID ?? ""), let job = one.known.jobID,
            job != intent?.knownJob, truth.syncs.contains(where: { $0.job == job && $0.succeeded })
        {
            return nil
        }
        return "no sync since the debt succeeded"
    }

    // MARK: Events

    func recorded(_ webhook: Webhook, isStale: Bool, before: AccountState, after: AccountState) {
        let account = webhook.account.index
        mayEnd(account, by: webhook, isStale: isStale)
        if let last = applied[webhook.number], webhook.hasID || (now.from(last) < 15 * aMinute && !hasMovedClock) {
            broke(.order, account, "event \(webhook.number) twice")
        }
        applied[webhook.number] = now
        if let time = webhook.occurredAt { checkOrder(webhook, time, before, after) }
        // The row has one place for a job.
        if let known = before.lastSyncJobID, known != after.lastSyncJobID {
            forgottenJobs[account] = forgottenJobs[account].suffix(7) + [known]
            if intents[account]?.knownJob == known { intents[account]?.knownJob = nil }
        }
        listen(to: webhook)
        if !after.isHealthy {
            wokenAt[account] = nil
        } else if webhook.isGood, webhook.job == nil, !isStale, wokenAt[account] == nil {
            wokenAt[account] = now
        }
    }

    /// An event that comes late fills in what nothing newer spoke of, and changes nothing else.
    private func checkOrder(_ webhook: Webhook, _ time: Timestamp, _ before: AccountState, _ after: AccountState) {
        let account = webhook.account.index
        for fact in Fact.allCases where !fact.isSame(in: before, as: after) {
            guard let newer = spokenAt[account][fact], newer > time else { continue }
            broke(.order, account, "event \(webhook.number) changed the \(fact), of which a newer one spoke")
        }
        for fact in webhook.facts { spokenAt[account][fact] = max(spokenAt[account][fact] ?? time, time) }
        newestEvent[account] = max(newestEvent[account] ?? time, time)
    }

    private func listen(to webhook: Webhook) {
        let account = webhook.account.index
        if webhook.isGood, webhook.job == nil { goodWithoutJobAt[account] = now }
        if webhook.kind == .reauthorised || webhook.kind == .connected { reauthorisedAt[account] = now }
        guard let mono else { return }
        switch webhook.kind {
        case .updated(let status, let sync, _):
            mono.accounts[account].say(Word(status), at: now)
            if sync == .failed { mono.accounts[account].say(.failure, at: now) }
            if sync == .successful { mono.accounts[account].say(.success, at: now) }
        case .jobUpdate(_, .finished): mono.accounts[account].say(.success, at: now)
        case .jobUpdate, .syncFailed: mono.accounts[account].say(.failure, at: now)
        case .connected, .reauthorisationRequired, .reauthorised, .unlinked: break
        }
    }
}
