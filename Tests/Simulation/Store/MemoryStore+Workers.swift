import Reconciliation

extension MemoryStore {
    /// Takes the worker's lock, unless the session has it, and renews its lease.
    ///
    /// - Throws: When a lost connection still has the lock; the server ends that one, and the worker tries again.
    func enlist(_ worker: Int, run: Int64, session: Int) throws(ConnectionLost) {
        heedClock(machine: worker % 2)
        if let holder = workers[worker]?.lock, holder != session, isOpen(holder) {
            closeSession(holder)
            throw ConnectionLost()
        }
        let lease = now.advanced(by: WorkerLimits.lease)
        guard workers[worker] != nil else {
            changes.note(worker: worker, nil)
            workers[worker] = WorkerRow(run: run, lock: session, life: life, leaseUntil: lease)
            return
        }
        change(worker: worker) { row in
            row.lock = session
            row.life = life
            row.leaseUntil = lease
        }
    }

    /// The worker's lease runs out at once; its lock stays.
    package func endLease(of worker: Int) { change(worker: worker) { $0.leaseUntil = now } }

    /// Whether a worker holds its lease, and its lock unless the server has lost all locks since.
    func isLive(_ worker: Int) -> Bool {
        guard let row = workers[worker] else { return false }
        return row.leaseUntil > now && (isOpen(row.lock) || row.life != life)
    }

    /// Whether a worker holds its lock and its lease.
    private func isEnlisted(_ worker: Int) -> Bool {
        workers[worker].map { $0.leaseUntil > now && isOpen($0.lock) } ?? false
    }

    func hasOthers(than worker: Int, in run: Int64) -> Bool {
        workers.contains { $0.key != worker && $0.value.run == run && isLive($0.key) }
    }

    func leave(_ worker: Int) {
        guard let run = workers[worker]?.run else { return }
        for place in openPlaces(in: run) where self[place].worker == worker { change(place) { $0.worker = nil } }
        change(worker: worker) { $0.leaseUntil = now }
    }

    /// Tells the others what Mono's answers to this worker say.
    func tell(_ evidence: AnswerEvidence, _ worker: Int) {
        change(worker: worker) { row in
            row.evidence.answeredAt = [row.evidence.answeredAt, evidence.answeredAt].compactMap { $0 }.max()
            row.evidence.fineAt = [row.evidence.fineAt, evidence.fineAt].compactMap { $0 }.max()
            row.evidence.unknownAccounts = evidence.unknownAccounts
            row.evidence.looksDue = evidence.looksDue
        }
    }

    private func evidence(of run: Int64, besides worker: Int) -> AnswerEvidence {
        let others = workers.filter { $0.key != worker && $0.value.run == run }.values
        let told = others.map(\.evidence)
        return AnswerEvidence(
            answeredAt: told.compactMap(\.answeredAt).max(), fineAt: told.compactMap(\.fineAt).max(),
            unknownAccounts: told.reduce(0) { $0 + $1.unknownAccounts },
            // Nobody looks any more at what a worker had in hand that is gone.
            looksDue: others.reduce(0) { $0 + ($1.leaseUntil > now ? $1.evidence.looksDue : 0) })
    }

    func signs(of run: Int64, _ worker: Int) -> RunSigns {
        guard let row = runs[run] else { return RunSigns() }
        return RunSigns(
            stop: row.stopCode.flatMap { StopReason(exitCode: $0, explanation: row.stopDetail ?? "") },
            heldUntil: rate.heldUntil, isEnlisted: isEnlisted(worker), clock: now,
            jump: rate.jumpedAt.flatMap { $0 > now.after(-aMinute) ? .microseconds(rate.lastJump) : nil },
            others: evidence(of: run, besides: worker), troubles: troubles(of: run))
    }

    /// The first reason stays.
    func stop(_ run: Int64, _ reason: StopReason) {
        guard let row = runs[run], row.finishedAt == nil, row.stopCode == nil else { return }
        change(run) { row in
            row.stopCode = reason.exitCode
            row.stopDetail = reason.explanation
        }
    }

    /// Who takes up a run that nobody else works on finds out anew.
    func forgetStop(of run: Int64, _ worker: Int) {
        guard let row = runs[run], row.finishedAt == nil, row.stopCode != nil, !hasOthers(than: worker, in: run) else {
            return
        }
        change(run) { row in
            row.stopCode = nil
            row.stopDetail = nil
        }
    }

    // MARK: Calls

    /// The counts are the worker's totals, so that noting them twice, or late, changes nothing.
    func tally(_ calls: CallCounts, _ worker: Int) {
        change(worker: worker) { row in
            row.calls.details = max(row.calls.details, calls.details)
            row.calls.trigger = max(row.calls.trigger, calls.trigger)
            row.calls.job = max(row.calls.job, calls.job)
            row.calls.reauth = max(row.calls.reauth, calls.reauth)
        }
    }

    /// `mono.take_slots`, and the budget.
    func reserve(_ wanted: SlotRequest, of run: OpenRun, by worker: Int) -> SlotGrant {
        heedClock(machine: worker % 2)
        let spacing = Micros((1_000_000 / wanted.rate).rounded())
        let lead = min(max(wanted.lead.micros, 0), 2 * aSecond)
        let pulledBack = pullBackSlots(rate: wanted.rate, window: run.options.rules.window)
        let first = max(rate.nextSlot, now.after(lead), rate.heldUntil ?? now)
        let granted = min(wanted.slots, Int((wanted.rate / 2).rounded(.up)))
        rate.nextSlot = first.after(spacing * Micros(granted))
        var grant = SlotGrant(
            first: first, spacing: .microseconds(spacing), count: granted, heldUntil: rate.heldUntil,
            pulledBack: pulledBack)
        guard let most = run.options.maxCalls else { return grant }
        let reserved = runs[run.runID]?.reserved ?? most
        let paid = max(0, min(wanted.budget, most - reserved))
        change(run.runID) { $0.reserved += paid }
        grant.paid = paid
        grant.budgetLeft = max(0, most - reserved - paid)
        return grant
    }
}
