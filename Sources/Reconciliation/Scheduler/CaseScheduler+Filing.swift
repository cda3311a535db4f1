extension CaseScheduler {
    /// Adds a case, whose account must have none here.
    mutating func add(_ one: Case, at now: Timestamp) {
        table.insert(one)
        if one.progress != nil { outbox.post(.progress, of: one.accountID, at: now) }
        file(one.accountID, at: now)
    }

    /// Changes an account's case and files it anew; does nothing if the account has no case here.
    mutating func change(_ account: AccountID, at now: Timestamp, _ body: (inout Case) -> Void) {
        guard let change = table.change(account, body) else { return }
        // What the trigger answered is made durable soon, so that a worker that takes the case up knows it.
        if change.hasNewProgress { outbox.post(.progress, of: account, at: now) }
        if let sample = change.sample, !banks.isPaused(sample.bank, at: now) { looks.note(sample) }
        if let conclusion = change.conclusion {
            banks.concluded(account, of: conclusion.bank, conclusion.outcome, showsBank: conclusion.showsBank, at: now)
        }
        file(account, at: now)
    }

    /// Removes an account's case, if it has one here; whatever was under way for the case concerns nobody any more.
    @discardableResult
    mutating func drop(_ account: AccountID) -> Case? {
        queues.forget(account)
        outbox.forget(account)
        health.forget(account)
        intents.forget(account)
        callsUnderWay.forget(account)
        let one = table.remove(account)
        if let one { banks.left(account, of: one.bank) }
        return one
    }

    /// Files a case by what it wants now.
    mutating func file(_ account: AccountID, at now: Timestamp) {
        guard let one = table[account] else { return }
        outbox.revise(account, hasProgress: one.progress != nil)
        queues.file(account, place(of: one, at: now))
        guard rowRetry(of: one, at: now) == nil else { return }
        switch one.want {
        case .withdrawal: outbox.post(.withdrawal, of: account, at: now)
        case .settlement(let settlement):
            // An intent that is being committed is withdrawn with the settlement if it was committed, so the
            // settlement waits until that is known.
            guard !intents.contains(account), !health.withholds(account) else { return }
            outbox.post(.settlement(settlement), of: account, at: now)
        case .call, .intent, .trigger, .event, .answer: break
        }
    }

    /// Where a case waits for what it wants.
    private func place(of one: Case, at now: Timestamp) -> WorkQueues.Place {
        switch one.want {
        case .call(_, let wanted):
            if isScarce, one.isBeforeTrigger || one.isAskingForLink { return .parked }
            // With few calls left, the look at the window's end is the one that counts.
            let notBefore = isScarce && one.isSyncing ? max(wanted, one.windowEnd ?? wanted) : wanted
            if notBefore > now { return .timer(notBefore) }
            if one.isBeforeTrigger { return .inspections(lane(of: one)) }
            return banks.goesFirst(one.accountID, of: one.bank) ? .firstLooks : .looks
        case .intent(let notBefore): return notBefore > now ? .timer(notBefore) : .triggers(lane(of: one))
        case .trigger: return .armed(committedAt: one.intendedAt ?? now)
        case .event(let until): return .timer(until)
        case .withdrawal, .settlement: return rowRetry(of: one, at: now).map { .timer($0) } ?? .nowhere
        case .answer: return .nowhere
        }
    }

    /// When the store is asked again for the row of a case's account, which is locked; nil: now, or it is not locked.
    private func rowRetry(of one: Case, at now: Timestamp) -> Timestamp? {
        guard earlyEnd.isNone, let wait = one.rowWait, wait.retryAt > now else { return nil }
        return wait.retryAt
    }

    private func lane(of one: Case) -> BankQueues.Lane {
        banks.goesFirst(one.accountID, of: one.bank) ? .first : .bank(one.bank)
    }
}
