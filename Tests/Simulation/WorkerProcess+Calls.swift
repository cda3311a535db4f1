import Reconciliation

/// Calls to Mono, as the program's executor sends them.
extension WorkerProcess {
    func send(_ call: MonoCall) {
        launches += 1
        let mine = launches
        sending[call.number] = Sending(call: call, launch: mine)
        judge.health[worker]?.launched += 1
        if !call.isWitness { judge.madeForBank(call.call, call.account.index, in: run) }
        let launchedAt = now
        // By the clock since boot, which nobody moves.
        var deadline = call.leavesBefore.map { now.after($0.from(believed)) }
        at(now.after(world.dice.time(0...aMillisecond / 2))) { [self] in
            guard isUnderWay(call, mine), pass(.callLeave, .before) else { return }
            if world.bug == .expiredWhileConnecting, let due = deadline, now < due {
                deadline = Timestamp(microseconds: .max)
            }
            at(now.after(world.connectDelay())) { [self] in
                guard isUnderWay(call, mine), pass(.callConnected, .before) else { return }
                // A process that was suspended here comes back later, and looks again.
                at(now) { [self] in
                    if isUnderWay(call, mine) { leave(call, mine, before: deadline, launchedAt: launchedAt) }
                }
            }
        }
    }

    /// Whether nothing has ended a call; another worker of this process counts its own from 0 again.
    private func isUnderWay(_ call: MonoCall, _ launch: Int) -> Bool { sending[call.number]?.launch == launch }

    private func leave(_ one: MonoCall, _ mine: Int, before deadline: Timestamp?, launchedAt: Timestamp) {
        let (call, account) = (one.call, one.account)
        if call == .trigger, deadline.map({ now >= $0 }) ?? true, world.bug != .expiredIntentSent {
            return answered(one, mine, .trigger(.refused(.noConnection("the process was held up"))))
        }
        if isDeaf {
            return at(now.after(3 * aSecond)) { [self] in answered(one, mine, call.noConnection) }
        }
        let reason = one.isWitness ? .requested : lifecycle.scheduler?.cases[account]?.reason ?? .missingUpdate
        judge.left(call, account.index, by: worker, run: run, launchedAt: launchedAt, reason: reason)
        if world.store.runs[run]?.options.baseURL != baseURL {
            judge.broke(.address, account.index, "\(call.word) of run \(run) to \(baseURL)")
        }
        note("\(account) \(call.word) leaves")
        world.travel(call, account.index) { [self] reply in
            // Late answers are given up.
            let patience = call == .trigger ? world.options.rules.window.micros : 15 * aSecond
            let result = reply.after > patience ? call.lost("timed out") : reply.result
            at(now.after(min(reply.after, patience))) { [self] in
                guard isUnderWay(one, mine), pass(.callAnswer, .before) else { return }
                at(now) { [self] in answered(one, mine, isDeaf ? call.lost("reset") : result) }
            }
        }
    }

    private func answered(_ one: MonoCall, _ mine: Int, _ result: CallResult) {
        guard isUnderWay(one, mine) else { return }
        sending[one.number] = nil
        judge.heard(result, one.account.index, by: worker)
        if world.bug == .doubtSentAgain, case .trigger(.inDoubt) = result { return sendAgain(one, mine) }
        take(.called(number: one.number, world.bug?.distort(result) ?? result))
        if case .trigger = result, lifecycle.scheduler?.cases[one.account]?.progress != nil {
            judge.learned(one.account.index, by: worker)
        }
    }

    /// The bug: a layer below repeats what had no usable answer.
    private func sendAgain(_ one: MonoCall, _ mine: Int) {
        sending[one.number] = Sending(call: one, launch: mine)
        world.travel(.trigger, one.account.index) { [self] reply in
            at(now.after(min(reply.after, aMinute))) { [self] in
                guard isUnderWay(one, mine) else { return }
                sending[one.number] = nil
                take(.called(number: one.number, reply.result))
            }
        }
    }

    func cancelCalls() {
        for one in sending.values.sorted(by: { $0.launch < $1.launch }) {
            at(now) { [self] in answered(one.call, one.launch, one.call.call.lost("cancelled")) }
        }
    }
}
