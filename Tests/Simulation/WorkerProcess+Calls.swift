import Reconciliation

/// Calls to Mono, as the program's executor sends them.
extension WorkerProcess {
    func send(_ call: MonoCall) {
        sending[call.number] = Sending(call: call)
        judge.health[worker]?.launched += 1
        let launchedAt = now
        at(now.after(world.dice.time(0...aMillisecond / 2))) { [self] in
            guard sending[call.number] != nil, pass(.callLeave, .before) else { return }
            // A process that was suspended here comes back later, and looks again.
            at(now) { [self] in
                if sending[call.number] != nil { leave(call, launchedAt: launchedAt) }
            }
        }
    }

    private func leave(_ one: MonoCall, launchedAt: Timestamp) {
        let (call, account) = (one.call, one.account)
        if call == .trigger, one.leavesBefore.map({ believed >= $0 }) ?? true, world.bug != .expiredIntentSent {
            return answered(one, .trigger(.refused(.noConnection("the process was held up"))))
        }
        if isDeaf {
            return at(now.after(3 * aSecond)) { [self] in answered(one, call.noConnection) }
        }
        let reason = lifecycle.scheduler?.cases[account]?.reason ?? .missingUpdate
        judge.left(call, account.index, by: worker, run: run, launchedAt: launchedAt, reason: reason)
        note("\(account) \(call.word) leaves")
        world.travel(call, account.index) { [self] reply in
            // Late answers are given up.
            let patience = call == .trigger ? world.options.rules.window.micros : 15 * aSecond
            let result = reply.after > patience ? call.lost("timed out") : reply.result
            at(now.after(min(reply.after, patience))) { [self] in
                guard sending[one.number] != nil, pass(.callAnswer, .before) else { return }
                at(now) { [self] in answered(one, isDeaf ? call.lost("reset") : result) }
            }
        }
    }

    private func answered(_ one: MonoCall, _ result: CallResult) {
        guard sending.removeValue(forKey: one.number) != nil else { return }
        judge.heard(result, one.account.index, by: worker)
        if world.bug == .doubtSentAgain, case .trigger(.inDoubt) = result { return sendAgain(one) }
        take(.called(number: one.number, world.bug?.distort(result) ?? result))
        if case .trigger = result, lifecycle.scheduler?.cases[one.account]?.progress != nil {
            judge.learned(one.account.index, by: worker)
        }
    }

    /// The bug: a layer below repeats what had no usable answer.
    private func sendAgain(_ one: MonoCall) {
        sending[one.number] = Sending(call: one)
        world.travel(.trigger, one.account.index) { [self] reply in
            at(now.after(min(reply.after, aMinute))) { [self] in
                guard sending.removeValue(forKey: one.number) != nil else { return }
                take(.called(number: one.number, reply.result))
            }
        }
    }

    func cancelCalls() {
        for number in sending.keys.sorted() {
            at(now) { [self] in
                guard let one = sending[number]?.call else { return }
                answered(one, one.call.lost("cancelled"))
            }
        }
    }
}
