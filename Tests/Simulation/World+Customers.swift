import Reconciliation

/// What customers and the business's other systems do.
extension World {
    /// How accounts get stuck.
    private enum Trouble: CaseIterable {
        /// Linked anew, and the event that says the data is there never came.
        case relinked
        /// Re-authorised, and no good event came.
        case refreshed
        /// The link is broken, and Mono said so.
        case flagged
        /// Likewise, but the customer has mended it and that event was lost.
        case mended
        /// A sync of somebody else succeeded before the link broke; its event may be late.
        case overtaken
        /// A sync failed.
        case failed
    }

    /// Every account is linked, well before the first night.
    func settleIn() {
        for account in 0..<options.accounts {
            at(now.after(Micros(account))) { [self] in
                mono.emit(.connected, account, isOutside: true)
                guard dice.chance(0.5), mono.accounts[account].script != .gone else { return }
                mono.accounts[account].status = .available
                mono.emit(.updated(.available, sync: nil, job: nil), account, isOutside: true)
            }
        }
    }

    /// Some accounts get stuck before a night, some are restless during it.
    func disturb(before base: Timestamp) {
        let stuckAfter = options.rules.stuckAfter.micros
        for account in 0..<options.accounts {
            if dice.chance(options.stuck) {
                let trouble = dice.pick(Trouble.allCases)
                let time = base.after(-stuckAfter - dice.time(aSecond...15 * aMinute))
                at(time) { [self] in strike(account, trouble) }
            }
            if dice.chance(options.restless) {
                at(base.after(dice.time(0...2 * aMinute))) { [self] in act(account) }
            }
        }
    }

    private func strike(_ account: Int, _ trouble: Trouble) {
        switch trouble {
        case .relinked: relink(account)
        case .refreshed:
            mono.emit(.reauthorised, account, isOutside: true)
        case .flagged, .mended:
            guard mono.accounts[account].script != .gone else { return }
            mono.accounts[account].isBroken = trouble == .flagged
            mono.emit(.reauthorisationRequired, account, isOutside: true)
        case .overtaken:
            guard !mono.accounts[account].isUnlinked, mono.accounts[account].script != .gone else { return }
            // Mono's limit holds for everybody, and it does one sync of an account at a time.
            let last = mono.accounts[account].syncs.last
            let isFree = last.map { sync in
                sync.endedAt != nil && now.from(sync.startedAt) >= options.rules.syncLimit.micros
            }
            if isFree ?? true { overtake(account) }
        case .failed: mono.emit(.syncFailed, account, isOutside: true)
        }
    }

    private func relink(_ account: Int) {
        mono.emit(.unlinked, account, isOutside: true)
        let script = drawScript()
        mono.accounts[account].script = script
        mono.accounts[account].status = script.statusBefore
        mono.accounts[account].isBroken = false
        mono.accounts[account].isUnlinked = false
        mono.accounts[account].links += 1
        at(now.after(aSecond)) { [self] in mono.emit(.connected, account, isOutside: true) }
    }

    private func drawScript() -> AccountScript {
        dice.chance(options.graves) ? .gone : AccountScript.draw(&dice)
    }

    /// Somebody else's sync succeeds, then the link breaks; shortly before the night, so that Mono's limit still holds.
    private func overtake(_ account: Int) {
        let job = "f\(account)-\(mono.accounts[account].count)"
        mono.accounts[account].count += 1
        mono.accounts[account].status = .available
        mono.accounts[account].syncs.append(
            MonoSync(job: job, startedAt: now, endedAt: now.after(aSecond), succeeded: true))
        if options.rules.api == .realtime {
            mono.emit(.jobUpdate(job: job, .finished), account, isOutside: true)
            let occurredAt = options.hasIDs ? now : nil
            let late = dice.time(0...options.rules.stuckAfter.micros + 3 * aMinute)
            let number = 1_000_000_000 + mono.accounts[account].count * 100_000 + account
            let link = mono.accounts[account].links
            at(now.after(late)) { [self] in
                guard mono.accounts[account].links == link else { return }
                record(
                    Webhook(
                        account: options.accountIDs[account], kind: .updated(.available, sync: .successful, job: job),
                        number: number,
                        hasID: options.hasIDs, occurredAt: occurredAt))
            }
        }
        at(now.after(dice.time(2 * aSecond...8 * aSecond))) { [self] in
            mono.accounts[account].isBroken = true
            mono.emit(.reauthorisationRequired, account, isOutside: true)
        }
    }

    /// During a night; `isHeard`: the good event is not lost.
    func act(_ account: Int, isHeard: Bool = false) {
        guard !mono.accounts[account].isUnlinked, mono.accounts[account].script != .gone else { return }
        switch dice.int(0...9) {
        case 0, 1, 2: mend(account)
        case 3:
            mono.accounts[account].isUnlinked = true
            mono.emit(.unlinked, account, isOutside: true)
        case 4:
            mono.accounts[account].isBroken = true
            mono.emit(.reauthorisationRequired, account)
        default:
            // The fetch after the linking ends at last.
            guard !mono.accounts[account].isBroken else { return }
            mono.accounts[account].status = .available
            mono.emit(.updated(.available, sync: nil, job: nil), account, isOutside: isHeard)
        }
    }

    /// The customer logs in again; Mono fetches, and says so unless that gets lost.
    private func mend(_ account: Int) {
        mono.accounts[account].isBroken = false
        if mono.accounts[account].script == .reauthorisation { mono.accounts[account].script = .recovers }
        mono.emit(.reauthorised, account, isOutside: true)
        let link = mono.accounts[account].links
        at(now.after(dice.time(options.bank))) { [self] in
            let one = mono.accounts[account]
            guard one.links == link, !one.isUnlinked, !one.isBroken else { return }
            mono.accounts[account].status = .available
            mono.emit(.updated(.available, sync: nil, job: nil), account)
        }
    }

    /// The business deletes an account's row, and inserts it again as it finds it at Mono.
    func reinsert(_ account: Int) {
        let id = options.accountIDs[account]
        guard let old = store.accounts[id], !mono.accounts[account].isUnlinked else { return }
        trace.note("store", "\(id) deleted")
        store.delete(id)
        judge.forgot(account)
        at(now.after(dice.spread(aMillisecond, aMinute))) { [self] in
            guard store.accounts[id] == nil else { return }
            var row = MemoryStore.AccountRow()
            row.state.awaitingSince = old.state.awaitingSince ?? store.now
            row.institution = old.institution
            trace.note("store", "\(id) inserted again")
            if bug == .limitGoesWithRow { store.forgetIntents() }
            store.put(id, row)
            judge.forgot(account)
            // Somebody looks at once whether it works now.
            if dice.chance(0.5) { start(.oneOff([id])) }
        }
    }

    // MARK: Webhooks

    /// Mono sends a webhook: it may get lost, come late, or twice; those of customers' own doing arrive.
    func deliver(_ webhook: Webhook, isOutside: Bool) {
        if isOutside { return at(now.after(dice.time(0...20 * aMillisecond))) { [self] in record(webhook) } }
        guard !dice.chance(options.lost) else { return }
        let copies = dice.chance(options.doubled) ? 2 : 1
        let account = webhook.account.index
        let link = mono.accounts[account].links
        for _ in 0..<copies {
            at(now.after(dice.chance(0.6) ? dice.time(0...aSecond) : dice.time(0...options.late))) { [self] in
                if mono.accounts[account].links == link { record(webhook) }
            }
        }
    }

    /// The listener records it; while the database is down, Mono tries again.
    private func record(_ webhook: Webhook) {
        guard store.isUp else { return at(now.after(10 * aSecond)) { [self] in record(webhook) } }
        observed.record(webhook)
        if let bank = options.bank(of: webhook.account.index) { store.name(bank, of: webhook.account) }
        deliverNotifications()
    }
}
