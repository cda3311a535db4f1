import Reconciliation

/// A server whose clock is moved, and what heeds it.
extension MemoryStore {
    /// Moves the server's clock.
    package func moveClock(by jump: Micros) { clockOffset += jump }

    /// `mono.heed_clock`.
    func heedClock(machine: Int) {
        let uptime = clock.now.from(VirtualClock.beginning)
        let known = machines[machine]
        machines[machine] = MachineRow(uptime: uptime, seenAt: now, jumps: rate.jumps)
        guard let known else { return }
        let passed = uptime - known.uptime
        // A machine that saw no jump is right, whatever others have told since.
        let seen = now.from(known.seenAt) - passed
        guard abs(seen) > max(2 * aSecond, passed / 500) else { return }
        let jump = seen - (rate.jumps - known.jumps)
        guard abs(jump) > max(2 * aSecond, passed / 500) else { return }
        rate.jumps += jump
        rate.jumpedAt = now
        rate.lastJump = jump
        machines[machine]?.jumps = rate.jumps
        if jump < 0 || rate.nextSlot > now.after(-jump) { rate.nextSlot = rate.nextSlot.after(jump) }
        rate.heldUntil = rate.heldUntil.flatMap { $0 > known.seenAt ? $0.after(jump) : nil }
        for worker in workers.keys where (workers[worker]?.leaseUntil ?? now) > known.seenAt {
            change(worker: worker) { $0.leaseUntil = $0.leaseUntil.after(jump) }
        }
        moveRequests(by: jump, since: known.seenAt.after(-24 * anHour))
    }

    /// Mono's limit is counted by real time.
    private func moveRequests(by jump: Micros, since: Timestamp) {
        for account in accounts.keys.sorted() {
            guard let last = accounts[account]?.state.lastSyncRequestedAt else { continue }
            if jump > 0, last > since {
                change(account) { $0.state.lastSyncRequestedAt = min(last.after(jump), now) }
            } else if jump < 0, last > now {
                change(account) { $0.state.lastSyncRequestedAt = now }
            }
        }
    }

    /// What lies further ahead than can be meant was written by another clock; how far it lay.
    func pullBackSlots(rate perSecond: Double, window: Duration) -> Duration? {
        var pulledBack: Micros?
        if let until = rate.heldUntil, until > now.after(window.micros + 5 * aSecond) {
            pulledBack = until.from(now)
            rate.heldUntil = nil
        }
        let living = workers.values.count { $0.leaseUntil > now }
        let furthest = 5 * aSecond + Micros((0.5 + 1 / perSecond) * Double(living) * 1_000_000)
        let last = max(now, rate.heldUntil ?? now).after(furthest)
        if rate.nextSlot > last {
            pulledBack = max(pulledBack ?? 0, rate.nextSlot.from(now))
            rate.nextSlot = now
        }
        return pulledBack.map { .microseconds($0) }
    }
}
